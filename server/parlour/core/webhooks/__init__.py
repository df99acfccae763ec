"""What a webhook wants and what it is sent (protocol §7 "Webhooks").

Owns patterns, bodies and signatures. Sends nothing: runtime/webhooks decides when, adapters/webhooks how.

Walk: `hook.Hook.takes` an entry, `hook.body_of` makes what is posted, `signature.signature` signs it.
Shown by tests/core/webhooks/test_hook.py.
"""
