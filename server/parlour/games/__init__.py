"""Reference games, written only with what `parlour` exports.

Owns: six games in five files; daily chess is chess with another clock. Never: what an author outside could not write.
Walk: Game → @action → self.state → self.finish; docs/games.md builds one from nothing.
Shown by: tests/games/test_tic_tac_toe.py, tests/games/test_random_matches.py.
"""
