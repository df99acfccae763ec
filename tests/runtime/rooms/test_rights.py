"""Rights are those of a join at that moment, on every path that tells of a room."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Close, Configure, Leave
from parlour.errors import ParlourError
from parlour.runtime.rooms.interface import Bounds, Caller, RoomQuery, TextSearch
from parlour.testing.fakes import FakeConnection
from tests.runtime.kit import ALICE, OWNER, Process, moderate

HOUR = 3_600_000
ROOT = Caller(ALICE, SERVER_ROLES["moderator"])


async def nothing(process: Process) -> Caller:
    return Caller(ALICE)


async def guest(process: Process) -> Caller:
    return Caller()


async def owner(process: Process) -> Caller:
    return Caller(OWNER)


async def visitor(process: Process) -> Caller:
    await process.join(FakeConnection(ALICE))
    return Caller(ALICE)


async def member(process: Process) -> Caller:
    await process.ask(moderate(OWNER, "role", ALICE, role="member"))
    return await visitor(process)


async def invited(process: Process) -> Caller:
    await process.ask(moderate(OWNER, "role", ALICE, role="moderator"))
    return Caller(ALICE)


async def muted(process: Process) -> Caller:
    await member(process)
    await process.ask(moderate(OWNER, "mute", ALICE))
    return Caller(ALICE)


async def kicked(process: Process) -> Caller:
    await member(process)
    await process.ask(moderate(OWNER, "kick", ALICE))
    return Caller(ALICE)


async def banned(process: Process) -> Caller:
    await member(process)
    await process.ask(moderate(OWNER, "ban", ALICE))
    return Caller(ALICE)


async def banned_unseen(process: Process) -> Caller:
    await process.ask(moderate(OWNER, "ban", ALICE))
    return Caller(ALICE)


async def ban_over(process: Process) -> Caller:
    await process.ask(moderate(OWNER, "ban", ALICE, until=process.clock.now() + HOUR))
    await process.clock.advance(HOUR / 1000)
    await process.ask(moderate(OWNER, "role", ALICE, role="member"))
    return Caller(ALICE)


async def ban_lifted(process: Process) -> Caller:
    await banned(process)
    await process.ask(moderate(OWNER, "unban", ALICE))
    return Caller(ALICE)


async def gone(process: Process) -> Caller:
    await visitor(process)
    await process.ask(Leave(ALICE))
    return Caller(ALICE)


async def server_moderator(process: Process) -> Caller:
    await process.join(FakeConnection(ALICE, ROOT.rank))
    return ROOT


ROLES = (
    nothing, guest, owner, visitor, member, invited, muted, kicked, banned, banned_unseen, ban_over, ban_lifted, gone,
    server_moderator,
)  # fmt: skip
FATES: dict[str, Any] = {
    "public": None,
    "private": Configure(OWNER, visibility="private"),
    "closed": Close(OWNER),
}


@pytest.mark.parametrize(
    ("role", "fate"), list(product(ROLES, FATES)), ids=lambda value: getattr(value, "__name__", value)
)
async def test_every_list_shows_a_room_to_whom_a_join_would_let_in(role: Any, fate: str) -> None:
    process = Process()
    await process.create(title="the secret")
    await process.post(OWNER, "gm", mentions=[ALICE])
    caller = await role(process)
    if FATES[fate] is not None:
        await process.ask(FATES[fate])
    rooms = process.rooms
    joins = await _may(rooms.describe("hall", caller)) and fate != "closed"
    listed = [
        [room["id"] for room in (await rooms.list(caller, query))["rooms"]]
        for query in (RoomQuery(), RoomQuery(query="secret"), RoomQuery(kind="chat"))
    ]
    belongs = caller.account in ((await _members(process)) | {OWNER})
    shown = joins and (fate == "public" or belongs)
    assert listed == [["hall"] if shown else []] * 3
    if caller.account:
        mine = (await rooms.list(caller, RoomQuery(mine=True)))["rooms"]
        assert [(room["id"], "unread" in room, "mentions" in room) for room in mine] == (
            [("hall", True, True)] if joins and belongs else []
        )
    if fate != "closed":
        for path in (
            rooms.history("hall", caller, Bounds()),
            rooms.messages("hall", caller, Bounds()),
            rooms.search("hall", caller, TextSearch("gm", limit=5)),
            rooms.presence("hall", caller),
        ):
            assert await _may(path) is joins


async def test_account_that_is_banned_gets_no_notice() -> None:
    process = Process()
    await process.create()
    await banned(process)
    process.notices.clear()
    await process.post(OWNER, "hey", mentions=[ALICE])
    assert process.notices == []


async def _may(path: Any) -> bool:
    try:
        await path
    except ParlourError:
        return False
    return True


async def _members(process: Process) -> set[str]:
    return set((await process.store.members("hall", None, 100))[0])
