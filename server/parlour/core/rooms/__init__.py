"""What every kind of room shares, and the base of kinds that other packages add.

Owns: rights (access.py), chat, watches of the chain, a room's title and options, the idempotency of requests.
Never: what one kind alone knows; a kind is a subclass of Hall, and this package names none.
Walk: a `chat.message` is decided in Hall.handle → Access.check_post → Chat.handle, and folded in Hall.apply →
Chat.apply.
Shown by: tests/core/rooms/test_hall.py.
"""
