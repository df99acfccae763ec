"""What the server's operators do that no single room decides: erasing rooms and people, server-wide mutes and bans.

Owns: the order in which rows, live rooms and files go, and what other processes hear of it. Never: SQL, HTTP, a right.

Walk: `DELETE /api/admin/rooms/<id>` → `RoomEraser.erase` → `ErasureRows.begin` → live hosts end →
`ErasureRows.go_on` until nothing is left.
Shown by tests/e2e/test_room_erasure.py.
"""
