"""Releases beside each other on one store: each opens what it reads, and no entry and no right is lost."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core import room as commands
from parlour.core.log.formats import Formats
from parlour.core.room import Snapshot
from parlour.core.rooms.hall import Hall
from parlour.errors import Forbidden, Unavailable
from parlour.runtime.live_room.state import fold_stored
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import FakeClock
from tests.runtime.kit import ALICE, BOB, OWNER, Process, moderate

NOW = Formats()
"""The first release."""
NEXT = Formats(newest=2, shape=2, types={"app.poll": 2}, kinds={"diary": 2}, upgrades={1: lambda kind, state: state})
"""A release after it, in which polls and diaries are new and snapshots look different."""


class Diary(Hall):
    kind = "diary"


class Releases:
    """This release and the next one on one store, one after the other."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), FakeClock()

    def now(self, **more: Any) -> Process:
        return Process(self.store, self.clock, owner="now", formats=NOW, **more)

    def next(self, **more: Any) -> Process:
        return Process(self.store, self.clock, owner="next", formats=NEXT, **more)

    async def format(self, room: str = "hall") -> int:
        saved = await self.store.load(room)
        assert saved is not None
        return saved.record.format

    async def snapshot(self) -> Snapshot | None:
        saved = await self.store.load("hall")
        assert saved is not None
        return saved.snapshot


def poll(author: str = ALICE) -> commands.Post:
    return commands.Post(author=author, id=f"poll-{author}", type="app.poll", body={"votes": []})


async def talk(process: Process, lines: int) -> None:
    """Messages enough for a snapshot every ten entries."""
    for number in range(lines):
        await process.post(ALICE, f"{process.context.owner} {number}")


async def test_room_format_rises_with_the_first_entry_that_needs_it() -> None:
    releases = Releases()
    process = releases.next()
    await process.create()
    await process.post(ALICE, "gm")
    assert await releases.format() == 1
    await process.ask(poll())
    assert await releases.format() == 2
    await process.post(ALICE, "and on")
    assert await releases.format() == 2


async def test_room_of_a_newer_kind_has_its_format_from_the_start() -> None:
    releases = Releases()
    await releases.next(kinds={"diary": Diary}).create("mine", kind="diary")
    assert await releases.format("mine") == 2


async def test_room_that_needs_a_newer_release_is_unavailable_and_keeps_its_lease() -> None:
    releases = Releases()
    newer = releases.next()
    await newer.create()
    await newer.ask(poll())
    await newer.close()
    refused = await releases.now().refused(commands.Join(author=BOB))
    assert isinstance(refused, Unavailable)
    assert refused.details == {"format": 2}
    saved = await releases.store.load("hall")
    assert saved is not None
    assert saved.record.lease_owner is None
    await releases.next().post(BOB, "the newer release goes on")


async def test_room_read_without_a_lease_is_refused_to_an_older_release_too() -> None:
    releases = Releases()
    newer = releases.next()
    await newer.create()
    await newer.ask(poll())
    with pytest.raises(Unavailable):
        await fold_stored(releases.now().context, "hall")
    assert (await fold_stored(newer.context, "hall")).access.owner == OWNER


async def test_snapshot_of_a_newer_release_is_passed_over_and_the_log_folded() -> None:
    releases = Releases()
    newer = releases.next()
    await newer.create()
    await newer.ask(moderate(OWNER, "mute", BOB))
    await talk(newer, 20)
    await newer.close()
    taken = await releases.snapshot()
    assert taken is not None
    assert taken.format == 2
    older = releases.now()
    assert isinstance(await older.refused(commands.Post(author=BOB, id="x", type="app.x")), Forbidden)
    assert (await older.post(ALICE, "still here"))["seq"] == 23
    await older.close()


async def test_state_that_older_releases_cannot_restore_is_passed_over() -> None:
    class Counting(Hall):
        snapshot_format = 2

    releases = Releases()
    newer = releases.now(kinds={"chat": Counting})
    newer.context.formats = Formats(newest=2)
    await newer.create()
    await talk(newer, 20)
    await newer.close()
    taken = await releases.snapshot()
    assert taken is not None
    assert (taken.format, await releases.format()) == (2, 1)
    older = releases.now()
    assert (await older.post(ALICE, "still here"))["seq"] == 22
    await older.close()


async def test_two_releases_in_turn_lose_no_entry_and_no_right() -> None:
    releases = Releases()
    first = releases.now()
    await first.create()
    await first.ask(moderate(OWNER, "ban", BOB))
    await first.close()
    for turn in range(6):
        process = (releases.next if turn % 2 else releases.now)()
        await talk(process, 13)
        assert isinstance(await process.refused(commands.Join(author=BOB)), Forbidden)
        await process.close()
    log = await first.log()
    said = [entry.body["text"] for entry in log if entry.type == "chat.message"]  # type: ignore[index,call-overload]
    expected = [f"{('now', 'next')[turn % 2]} {number}" for turn in range(6) for number in range(13)]
    assert said == expected
    assert await releases.format() == 1


async def test_snapshot_of_an_older_release_is_upgraded_before_it_is_restored() -> None:
    releases = Releases()
    older = releases.now()
    await older.create(title="Salon")
    await talk(older, 12)
    await older.close()
    formats = Formats(
        newest=2, shape=2, upgrades={1: lambda kind, state: {**state, "title": f"{state['title']} ({kind})"}}
    )
    newer = Process(releases.store, releases.clock, owner="next", formats=formats)
    await newer.post(ALICE, "gm")
    assert newer.state()["title"] == "Salon (chat)"
