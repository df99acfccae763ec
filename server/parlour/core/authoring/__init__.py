"""What the author of a game writes, and what is read from it.

Owns: the author's API (game.py, marks.py, values.py, chance.py), the world that author's code changes, and the reading
of a class (rules.py). Never: an entry or a command (core/games/ plays), a clock, a particular game (parlour/games/).
Walk: a class is checked (check_class.py) and read once (rules.py, methods.py) into Rules; each entry gets a Game over a
copy of the World.
Shown by: tests/core/authoring/test_rules.py.
"""
