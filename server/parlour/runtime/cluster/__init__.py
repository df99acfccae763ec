"""Several nodes on one database: the bus between them, their links, and the rooms that another node owns.

Owns: the Bus protocol and what travels on it, who owns which room, and RemoteRooms, which forwards what is asked of a
room to its owner. Never: decides what a room allows, or stores anything; the log in the database stays the truth.
Walk: rooms.py -> owners.py -> forwarding.py -> link.py -> the bus -> serving.py at the room's owner, and back.
Shown by: tests/contract/test_bus.py, tests/runtime/cluster/ and tests/e2e/test_cluster.py.
"""
