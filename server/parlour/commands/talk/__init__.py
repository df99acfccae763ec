"""Commands for people in a terminal: say something, follow a room, write to somebody directly.

They are clients like any other (`parlour_client`), with a wallet's own rights, and never open the database.
A line's walk: `say` → `session.talking` → `parlour_client` → the server. Shown by tests/commands/talk/test_talk.py.
"""
