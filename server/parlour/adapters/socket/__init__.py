"""The Socket.IO side of the server: connections, requests and their acks (protocol §2-§3).

Owns: who is on which socket, what one connection may ask, one module of handlers for each subject.
Never: decides a right, reads a host or the store (that is RoomService), or writes a frame (that is adapters/engine).
Walk: gateway.py -> requests.py (the table) -> posts.py, rooms.py, … -> runtime/rooms/interface.py -> gateway.py (ack).
Shown by: tests/adapters/socket/test_gateway.py and tests/adapters/socket/test_requests.py.
"""
