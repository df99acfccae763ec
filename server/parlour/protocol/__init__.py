"""The wire as models: what a client may ask, what it is answered, what it hears (docs/protocol.md is the prose).

It owns the names and shapes of requests, replies, events, entries and HTTP bodies, and says each as JSON Schema. It
decides no right and keeps no state. Follow `requests.parse` for what comes in, `replies` and `events` for what goes
out, `entries.BODIES` for what a log holds, `schema.definitions` for all of it as one document;
`tests/test_protocol_models.py` checks a served conversation against them.
"""

PROTOCOL = 1
"""The version in `welcome.protocol`, and the only one there is."""
