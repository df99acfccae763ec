"""`/api/admin/rooms`, `people`, `messages`, `matches` and `boards`: what operators see and do, over HTTP and in SQL.

Owns the table of notes. Decides no right: the door of `adapters/console` and the rooms do.

Walk: door → `room_routes.RoomRoutes` → `RoomService`, `room_rows` and `runtime/operating`.
Shown by tests/e2e/test_admin_rooms.py.
"""
