"""Reference games, written only with what `parlour` exports.

Owns: five games, each one file. Never: anything an author outside this project could not write.
Walk: Game → @action → self.state → self.finish; docs/games.md builds one from nothing.
Shown by: tests/games/test_tic_tac_toe.py, tests/games/test_random_matches.py.
"""
