"""Games: the class an author writes, and the rooms that play it.

Owns: the author's API (game.py, chance.py), the reading of a class (rules.py), `game.*` entries and what they do to a
match. Never: a clock or a watchdog (runtime/games/), a particular game (parlour/games/).
Walk: a `game.action` is decided in GameRoom.handle → Match.post → acting.act → Referee.run_action, on a copy of the
World; when the entry is stored, GameLog.apply adopts that copy.
Shown by: tests/core/games/test_room.py.
"""
