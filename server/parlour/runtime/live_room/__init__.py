"""One live room: its mailbox, the decisions on what waits there, the commit, and what is sent afterwards.

Owns: the folded state of an open room, the end of its log in memory, its connections and its timers.
Never: decides what is allowed (that is the room kind in core) or speaks SQL, HTTP or Socket.IO.
Walk: host.py -> scheduler.py -> turns.py -> decide.py -> commit.py (journal.py) -> publish.py (audience.py).
Shown by: tests/runtime/live_room/test_host.py and tests/simulation/test_rooms.py.
"""
