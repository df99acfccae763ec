"""All rooms of a process: the interface to them, live rooms, lists, histories, invitations and watches.

Owns: RoomService (interface.py), the one way from adapters to rooms, and LocalRooms, which answers it.
Never: decides what a room allows (that is its kind in core), or runs a live room (that is runtime/live_room).
Walk: interface.py -> local.py -> registry.py (changes) or rights.py -> history.py, lists.py (reads).
Shown by: tests/runtime/rooms/test_registry.py and tests/adapters/socket/test_gateway.py.
"""
