"""The rooms that play the games authors write.

Owns: `game.*` entries and what they do to a match, deadlines, ticks, bots, views. Never: the author's API
(core/authoring/), a clock or a watchdog (runtime/games/), a particular game (parlour/games/).
Walk: a `game.action` is decided in GameRoom.handle → Match.post → acting.act → Referee.run_action, on a copy of the
World; when the entry is stored, GameLog.apply adopts that copy.
Shown by: tests/core/games/test_room.py.
"""
