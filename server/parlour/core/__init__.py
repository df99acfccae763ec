"""The pure part of the server: decides what happens in rooms, without a clock, chance, waiting or I/O.

Owns: the vocabulary (room/), identities, the chain's data, the log, rooms, games, proofs; each package imports only
those before it. Never: asyncio, a database, a socket.
Shown by: tests/test_architecture.py.
"""
