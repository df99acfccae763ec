"""Parlour inside somebody else's process: mounted in aiohttp or ASGI, in a python-socketio server, or in a script.

It owns the `Parlour` object: its settings, its start and end, and what the host's own code may ask of rooms. It changes
nothing of its host: no signal handler, no log configuration, no tuning of the process.

Walk of a host's post: `Parlour.rooms` → `Rooms.get` → `Room.post` → `RoomService.ask`, and back to the host by
`Handlers.stored`. Shown by tests/embedding/test_parlour.py.
"""
