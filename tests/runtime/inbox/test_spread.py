"""Messages that are spread to many: a room that cannot be opened keeps no other room's messages back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest

from parlour.core.room import Account, RoomId
from parlour.errors import Unavailable
from parlour.runtime.inbox.spread import Spreader
from parlour.runtime.notice_records import NoticeRecord, Spread
from tests.runtime.kit import ALICE, BOB, Process


class Rows:
    """Messages in memory; everybody hears them."""

    def __init__(self, *spreads: Spread) -> None:
        self.left = list(spreads)
        self.told: list[tuple[RoomId, Account]] = []

    async def waiting(self, limit: int, without: Collection[RoomId] = ()) -> list[Spread]:
        return [each for each in self.left if each.room not in without][:limit]

    async def hearers(self, spread: Spread, *asked: Any) -> tuple[Sequence[Account], None]:
        return [BOB], None

    async def tell(self, spread: Spread, notices: Sequence[NoticeRecord], last: Account | None) -> bool:
        self.left = [each for each in self.left if (each.room, each.seq) != (spread.room, spread.seq)]
        self.told += [(each.room, each.account) for each in notices]
        return True


async def test_spread_when_a_room_cannot_be_opened_tells_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    await process.create()
    reach = process.registry.reach

    async def reached(room: RoomId) -> Any:
        if room == "broken":
            raise Unavailable("This room cannot be opened.")
        return await reach(room)

    monkeypatch.setattr(process.registry, "reach", reached)
    broken = [Spread("broken", seq, 1, ALICE, "room") for seq in range(200)]
    rows = Rows(*broken, Spread("hall", 2, 2, ALICE, "room"))
    heard: list[Account] = []
    spreader = Spreader(process.registry, rows, process.clock, lambda account, *said: heard.append(account))
    await spreader.spread_all()
    assert (rows.told, heard) == ([("hall", BOB)], [BOB])
    assert rows.left == broken, "told later, once the room opens"
