"""Matchmaking: who plays with whom, as a room whose log is the line.

    Seek → match.sought → Line.waiting → pair → Make → match.made → Line.tables → match.ended or match.missed

Owns: tickets, how their windows widen, which of them make a table, who sits where, the kind `queue`. Never: a clock, a
connection, the table's own room (runtime/matchmaking/ makes it).
Shown by: tests/core/matchmaking/test_pairing.py and test_room.py.
"""
