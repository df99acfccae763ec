"""What is asked of rooms from beside them: their files, and copies of what they hold.

Owns no right: `runtime/rooms/rights.py` decides on every call.

Walk: `adapters/room_files` asks `room_files.RoomFiles.find` for a file, which asks `RoomRights.open` and then the
room's list. Shown by tests/e2e/test_files.py.
"""
