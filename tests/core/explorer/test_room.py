"""The kind chain: its newest blocks, what is final, and what a reorganisation leaves."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.explorer.room import SHOWN, ChainRoom
from parlour.core.room import ChainUpdate, Draft, Unwatch
from parlour.errors import Illegal, Invalid
from parlour.testing.kept_room import START, KeptRoom


class Blocks(KeptRoom[ChainRoom]):
    """A chain room that gets its blocks directly."""

    def __init__(self) -> None:
        super().__init__(ChainRoom, {"chain": 1}, seed=1)
        watch = {"id": "w1", "chain": 1, "blocks": True, "finality": "included", "confirm": ["safe", "finalized"]}
        self._append([Draft("room.watched", {"watch": {**watch, "from": {"number": 0, "hash": "0x"}}, "by": ""})])

    def block(self, number: int, fee: int | None = None, branch: int = 0) -> Any:
        """Deliver a block; return its entry."""
        body = {
            "watch": "w1", "chain": 1, "number": number, "hash": f"0x{branch:02x}{number:062x}", "parent": "0x",
            "time": START // 1000 + number, "transactions": 2, "gasUsed": 5, "gasLimit": 10, "miner": None,
            "size": None, "status": "included", **({} if fee is None else {"baseFee": str(fee)}),
        }  # fmt: skip
        self.submit(ChainUpdate(drafts=[Draft("chain.block", body, source=f"b{branch}:{number}")]))
        return self.log[-1]


def test_state_has_the_newest_blocks_and_the_median_fee() -> None:
    room = Blocks()
    assert room.view() == {
        "chain": 1, "head": None, "safe": None, "finalized": None, "lag": 0, "baseFee": None, "blocks": [],
    }  # fmt: skip
    for number, fee in ((1, 7), (2, 9), (3, 8), (4, 100)):
        room.block(number, fee)
    view = room.view()
    assert (view["head"]["number"], view["baseFee"]) == (4, "8")
    assert [block["number"] for block in view["blocks"]] == [1, 2, 3, 4]


def test_state_keeps_so_many_blocks_and_unchanged_rows() -> None:
    room = Blocks()
    for number in range(1, SHOWN + 3):
        room.block(number)
    before = room.view()["blocks"]
    room.block(SHOWN + 3)
    after = room.view()["blocks"]
    assert len(after) == SHOWN
    assert after[0] is before[1]


def test_confirmed_blocks_say_so() -> None:
    room = Blocks()
    for number in range(1, 5):
        room.block(number)
    room.chain_confirmed("safe", 1, 3)
    room.chain_confirmed("finalized", 1, 1)
    view = room.view()
    assert [block["status"] for block in view["blocks"]] == ["finalized", "safe", "safe", "included"]
    assert (view["safe"]["number"], view["finalized"]["number"]) == (3, 1)


def test_undone_block_leaves_the_state() -> None:
    room = Blocks()
    room.block(1)
    gone = room.block(2)
    room.chain_reverted(gone)
    room.block(2, branch=1)
    view = room.view()
    assert [block["hash"][:4] for block in view["blocks"]] == ["0x00", "0x01"]
    assert room.restored(3).view(None) == room.replayed().view(None) == view


def test_lag_is_how_long_after_its_time_a_block_was_told() -> None:
    room = Blocks()
    room.now = START + 5_000
    room.block(2)
    assert room.view()["lag"] == 3_000


def test_watch_of_the_blocks_stays() -> None:
    with pytest.raises(Illegal):
        Blocks().submit(Unwatch("owner", watch="w1"))


@pytest.mark.parametrize("bad", [{}, {"chain": "1"}, {"chain": 1, "color": 1}])
def test_bad_options_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        ChainRoom.check_options(bad)
