"""What the server's operators do with a room of any kind: freeze it, thaw it, announce something, give it to another.

Owns: whether a room stands still, and the entries of these acts. Never: who may do them, which `core/rooms` decides.

Walk: `POST /api/admin/rooms/<id>/freeze` → `Operate` → `Hall.handle` → `Standing.draft` → `room.frozen`.
Shown by tests/core/operating/test_standing.py.
"""
