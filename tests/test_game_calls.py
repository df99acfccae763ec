"""A move in a turn game costs the whole server few Python calls."""

from __future__ import annotations

from tests.game_calls import measure

MOST_CALLS = 275
"""Of a lone move, from its first byte to the state of both players, the commit of its entry included.

It was 493 before views, worlds and checks were shared; the aim is 200 (docs/reports/speed.md says where the rest is).
"""


def test_move_of_a_turn_game_stays_within_its_python_calls() -> None:
    calls = measure()
    loop, writer = calls.of_thread("MainThread"), calls.of_thread("parlour-writer")
    print(f"{calls.median:.0f} Python calls a move: {loop:.0f} in the loop, {writer:.0f} in the writer.")
    assert len(calls.moves) == 32
    assert calls.median <= MOST_CALLS
