"""Ratings and boards: rooms that fold the ends of matches.

    game.ended → board.counted {room, seq, teams, ranks} → Standings.count → rows, the first 100 in the state

Owns: how a match changes ratings, the order of a board, the kind `board`. Never: which matches count
(runtime/matchmaking/boards.py brings them).
Shown by: tests/core/boards/test_room.py.
"""
