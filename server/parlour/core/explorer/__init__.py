"""Chain rooms: a room per chain whose entries are its blocks, and whose state is what an explorer's first page shows.

Owns: the kind `chain`. Never: follows a chain; its blocks come as those of any watch of blocks.
Walk: room.py. Shown by: tests/core/explorer/test_room.py.
"""
