"""Replays: the last finished match of a room, with what a spectator saw at each entry, and the proof of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlour.errors import NoSuchRoom, NotFound, TooLarge
from parlour.runtime.rooms import state_at
from parlour.runtime.rooms.interface import Caller
from parlour.testing.fakes import settle
from tests.runtime.kit import ALICE, BOB, CAROL, Process
from tests.runtime.live_room.game_kit import SECRET, act, table

WATCHER = Caller(CAROL)


async def replayed(process: Process, caller: Caller = WATCHER, room: str = "hall") -> list[dict[str, Any]]:
    """Read a replay, and let the time pass in which reading rests."""

    async def lines() -> list[dict[str, Any]]:
        return [line async for line in await process.rooms.replay(room, caller)]

    asked = asyncio.ensure_future(lines())
    await settle()
    while not asked.done():
        await process.rooms._clock.advance(state_at.SLICE_SECONDS)  # type: ignore[attr-defined]  # it is the test's
    return asked.result()


async def play_out(process: Process) -> None:
    for turn, cell in enumerate((0, 3, 1, 4, 2)):
        await process.ask(act((ALICE, BOB)[turn % 2], "place", cell=cell))


def of(lines: list[dict[str, Any]], name: str) -> list[Any]:
    return [line[name] for line in lines if name in line]


async def test_replay_has_each_entry_of_the_match_and_each_state_of_a_spectator() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB, state_at_share=1.0)
    await play_out(process)
    lines = await replayed(process)
    log = await process.log()
    head, entries, frames = lines[0], of(lines, "entry"), of(lines, "frame")
    assert (head["room"], head["kind"], head["head"]) == ("hall", "tic-tac-toe", len(log))
    assert [entry["seq"] for entry in entries] == list(range(1, len(log) + 1))
    assert all("salt" in entry and entry["body"] is not None for entry in entries)
    assert [frame["state"]["cells"].count(None) for frame in frames if frame["state"]["status"] == "playing"][-1] == 4
    assert frames[-1]["state"]["winner"] == 0
    assert frames[-1]["seq"] == head["head"]


async def test_replay_ends_with_the_last_match_while_another_is_played() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB, state_at_share=1.0)
    await play_out(process)
    ended = (await replayed(process))[0]["head"]
    for player in (ALICE, BOB):
        await process.ask(act(player, "rematch"))
    await process.ask(act(BOB, "place", cell=8))
    assert (await replayed(process))[0]["head"] == ended


async def test_match_that_has_not_ended_is_not_replayed() -> None:
    process, _ = await table("battleship", ALICE, BOB, state_at_share=1.0)
    await process.ask(act(ALICE, "place_fleet", **SECRET["args"]))
    for caller in (WATCHER, Caller(ALICE), Caller(CAROL, rank=9)):
        with pytest.raises(NotFound) as refused:
            await replayed(process, caller)
        assert refused.value.reason == "no_match"


async def test_replay_of_a_room_that_is_not_there_or_too_long_is_refused() -> None:
    process, _ = await table("tic-tac-toe", ALICE, BOB, state_at_share=1.0, state_at_entries=5)
    await play_out(process)
    with pytest.raises(TooLarge):
        await replayed(process)
    with pytest.raises(NoSuchRoom):
        await replayed(process, room="nowhere")
