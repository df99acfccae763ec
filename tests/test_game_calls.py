"""A move in a turn game costs the whole server few Python calls."""

from __future__ import annotations

import pytest

from parlour.runtime.commit_pace import CommitMode
from tests.game_calls import measure

MOST_CALLS = 200
"""Of a lone move, from its first byte to the state of both players, the commit of its entry included.

It was 493 before views, worlds and checks were shared (docs/reports/speed.md says where the rest is).
"""


@pytest.mark.parametrize("commit", ["loop", "thread"])
def test_move_of_a_turn_game_stays_within_its_python_calls(commit: CommitMode) -> None:
    calls = measure(commit)
    loop, writer = calls.of_thread("MainThread"), calls.of_thread("parlour-writer")
    print(
        f"{calls.least} to {calls.median:.0f} Python calls a move: {loop:.0f} in the loop, {writer:.0f} in the writer."
    )
    assert len(calls.moves) == 32
    assert calls.least <= MOST_CALLS
