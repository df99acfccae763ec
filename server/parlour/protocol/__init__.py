"""The wire as models: what a client may ask, what it is answered, what it hears (docs/protocol.md is the prose).

Owns: the names and shapes of requests, replies, events, entries and HTTP bodies, each as JSON Schema.
Never: decides a right, keeps state, or makes what the server sends: that is made as plain dicts, and checked in tests.
Walk: requests.py (in) -> replies.py, events.py (out) -> entries.py (a log) -> schema.py (all, as one document).
Shown by: tests/e2e/test_protocol_models.py, which has a conversation with every request, ack and event in it.
"""

PROTOCOL = 1
"""The version in `welcome.protocol`, and the only one there is."""
