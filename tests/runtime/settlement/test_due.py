"""What is due to an escrow follows from the log alone, wherever a kill ended it: nothing is kept beside it."""

from __future__ import annotations

import orjson

from parlour.core.games.room import GameRoom
from parlour.core.room import fold
from parlour.runtime.settlement.due import EscrowCall, Standing, standing_of
from parlour.testing import Table
from tests.core.games.test_escrow import claimed, finished

PAYER = "0x" + "9" * 40
WINDOW_OVER = 9_000
"""After the `settleAt` of the claim, ms."""
CLAIM, SETTLE = "claim", "settle"


def settled_in_full() -> Table:
    """A match from its stakes to its payment, with each step final in the end."""
    game = finished()
    game.chain_confirmed("finalized", chain=31337)
    claimed(game)
    game.chain_confirmed("finalized", chain=31337)
    claimed(game, "Settled")
    game.chain_confirmed("finalized", chain=31337)
    return game


def due(room: GameRoom, now: int) -> list[str]:
    standing = standing_of(room, PAYER, now)
    assert isinstance(standing, Standing)
    assert all(call == EscrowCall(call.function, 1, call.ended) for call in standing.calls)
    return [call.function for call in standing.calls]


def test_server_that_starts_at_any_entry_knows_what_is_due():
    game, told = settled_in_full(), list[tuple[str, list[str], list[str]]]()
    for upto in range(1, len(game.log) + 1):
        room = fold(game.kind("table"), game.log[:upto])
        again = game.kind("table")
        again.restore(orjson.loads(orjson.dumps(room.snapshot())))
        assert isinstance(room, GameRoom)
        for now in (0, WINDOW_OVER):
            assert due(again, now) == due(room, now)
        soon, later = due(room, 0), due(room, WINDOW_OVER)
        if not told or told[-1][1:] != (soon, later):
            told.append((game.log[upto - 1].type, soon, later))
    assert told == [
        ("room.created", [], []),
        ("chain.confirmed", [CLAIM], [CLAIM]),
        ("chain.event", [], [SETTLE]),
        ("chain.event", [], []),
    ]


def test_claim_that_a_reorganisation_undid_is_due_again():
    game = finished()
    game.chain_confirmed("finalized", chain=31337)
    event = claimed(game)
    assert due(game.room, WINDOW_OVER) == [SETTLE]
    game.chain_reverted(event)
    assert due(game.room, WINDOW_OVER) == [CLAIM]


def test_disputed_result_is_brought_nowhere():
    game = finished()
    game.chain_confirmed("finalized", chain=31337)
    claimed(game)
    claimed(game, "Disputed")
    assert due(game.room, WINDOW_OVER) == []
