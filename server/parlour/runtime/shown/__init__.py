"""What viewers of a room are shown: an entry as JSON, the computed state with its patches, the room as it was.

Owns: the forms of what is sent to whoever reads a room, and the room of the past that delayed viewers see.
Never: decides who may read (rights.py and the kinds), keeps connections or timers, reads the store.
Walk: past.py -> entry_json.py -> views.py.
Shown by: tests/runtime/shown/test_views.py and tests/runtime/live_room/test_delayed_audience.py.
"""
