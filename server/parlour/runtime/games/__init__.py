"""The games of a process: finds them among the installed packages, and stops calls that take too long.

Owns: the entry points of group `parlour.games` (discovery.py), the watchdog around authors' code (watchdog.py).
Never: a rule; what a game means is core/games/.
Walk: served_kinds → game_rooms → GameRoom.of(game, guard=Watchdog) → Watchdog.__enter__ at every call.
Shown by: tests/runtime/games/test_watchdog.py, tests/runtime/rooms/test_kinds.py.
"""
