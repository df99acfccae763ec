"""Rooms that are joined: what is known of one, who reads it, and the handle that users hold.

It owns the order of entries, the gap after a reconnect and the count of handles. It never dials. An entry's walk:
`Membership` → `Replica` → `Reader` → `Room`. Shown by the conversations 02 and 04 to 10
(tests/clients/test_conversations.py).
"""
