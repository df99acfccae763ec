"""Matchmaking of one process: takes tickets, makes tables, tells players, sees what became of each table.

    match:find → matchmaker.py: Seek → line_keeper.py: pair, Make → tables.py: the room, match:found → Ended, Missed

Owns: when a line is looked through, who is here, what players are told. Never: who suits whom, or what a line remembers
(core/matchmaking/). Whatever a crash interrupts is found in the line's log and done again.
Shown by: tests/runtime/matchmaking/test_matchmaker.py.
"""
