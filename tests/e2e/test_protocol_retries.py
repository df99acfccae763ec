"""docs/protocol.md section 3, "Any mutating request may carry an `id`": asked twice, done once, even at the limits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, fresh, refusal, refused, said
from tests.e2e.stock import PythonClient, heard, until

ANN, BEA, CID = (wallet(name).address for name in ("ann", "bea", "cid"))
OWNED = 12


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    roles = json.dumps({wallet("mod").address: "moderator"})
    env = {"PARLOUR_ROOM_IDS": "random", "PARLOUR_ROOMS_OWNED": str(OWNED), "PARLOUR_ROLES": roles}
    async with ServerProcess(env=env) as server:
        yield server


async def new_room(client: PythonClient, kind: str = "chat", **settings: Any) -> str:
    room: str = (await done(client, "room:create", kind=kind, **settings))["room"]["id"]
    return room


async def log(client: PythonClient, room: str) -> list[str]:
    return [entry["type"] for entry in (await done(client, "room:history", room=room))["entries"]]


# ── rooms whose ids the server chooses ───────────────────────────────────────────────────────────────────────────


async def test_where_the_server_chooses_ids_an_id_makes_the_retry_safe(enter: Enter) -> None:
    ann = await enter("ann-1")
    asked = {"kind": "chat", "id": "try-1", "title": "Ours", "options": {"a": 1}}
    first = await done(ann, "room:create", **asked)
    assert first["room"]["id"] != "try-1"
    assert "duplicate" not in first
    assert await done(ann, "room:create", **asked) == {**first, "duplicate": True}
    other = await done(ann, "room:create", **{**asked, "id": "try-2"})
    assert other["room"]["id"] != first["room"]["id"]


async def test_same_id_with_other_settings_is_a_conflict(enter: Enter) -> None:
    ann = await enter("ann-2")
    await done(ann, "room:create", kind="chat", id="try", title="One")
    for other in ({"title": "Two"}, {"kind": "tic-tac-toe"}, {"visibility": "private"}, {"options": {"x": 1}}):
        asked = {"kind": "chat", "id": "try", "title": "One", **other}
        assert (await refused(ann, "room:create", **asked))[0] == "conflict", other


async def test_everybodys_ids_are_their_own(enter: Enter) -> None:
    ann, bea = await enter("ann-3"), await enter("bea-3")
    rooms = [await new_room(client, id="mine") for client in (ann, bea)]
    assert rooms[0] != rooms[1]


async def test_ten_tries_at_once_make_one_room(enter: Enter) -> None:
    ann = await enter("ann-4")
    acks = await asyncio.gather(*(done(ann, "room:create", kind="chat", id="race") for _ in range(10)))
    assert len({ack["room"]["id"] for ack in acks}) == 1
    assert sum("duplicate" not in ack for ack in acks) == 1


async def test_rooms_made_at_once_stay_within_the_limit(enter: Enter) -> None:
    ann, phone = await enter("ann-5"), await enter("ann-5")
    tries = [f"{n}" for n in range(2 * OWNED)]
    asks = [client.ask("room:create", {"kind": "chat", "id": id}) for id in tries for client in (ann, phone)]
    acks = await asyncio.gather(*asks)
    rooms = {ack["room"]["id"] for ack in acks if ack["ok"]}
    assert len(rooms) == OWNED
    assert {refusal(ack) for ack in acks if not ack["ok"]} == {("rate_limited", "rooms_owned")}
    made = next(id for id, ack in zip(tries, acks[::2], strict=True) if ack["ok"])
    again = await done(ann, "room:create", kind="chat", id=made)
    assert again["duplicate"], "a retry is answered at the limit, too"


# ── invitations ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_same_invitation_again_is_the_same_code_and_one_notice(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await new_room(ann, visibility="private")
    asked = {"room": room, "account": BEA, "id": "for-bea"}
    first = await done(ann, "room:invite", **asked)
    assert await done(ann, "room:invite", **asked) == {**first, "duplicate": True}
    await until(lambda: heard(bea, "notice", room))
    await asyncio.sleep(0.1)
    assert [notice["invite"] for notice in heard(bea, "notice", room)] == [first["invite"]]
    await done(bea, "room:join", room=room, invite=first["invite"])
    assert (await done(ann, "room:invite", **asked))["invite"] == first["invite"], "after it was used"


@pytest.mark.parametrize("other", [{"account": CID}, {"uses": 2}, {"until": 2_000_000_000_000}])
async def test_another_invitation_under_the_same_id_is_a_conflict(enter: Enter, other: dict[str, Any]) -> None:
    ann = await enter("ann")
    room = await new_room(ann, id=fresh("invite"))
    await done(ann, "room:invite", room=room, id="x")
    assert (await refused(ann, "room:invite", room=room, id="x", **other))[0] == "conflict"
    await done(ann, "room:close", room=room)


async def test_codes_of_other_rooms_people_and_ids_differ(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    rooms = [await new_room(ann), await new_room(ann)]
    await done(ann, "room:moderate", room=rooms[0], account=BEA, action="role", role="moderator")
    asked = [(ann, rooms[0], "x"), (ann, rooms[0], "y"), (ann, rooms[1], "x"), (bea, rooms[0], "x")]
    codes = [(await done(client, "room:invite", room=room, id=id))["invite"] for client, room, id in asked]
    codes += [(await done(ann, "room:invite", room=rooms[0]))["invite"] for _ in range(2)]
    assert len(set(codes)) == 6
    for room in rooms:
        await done(ann, "room:close", room=room)


async def test_who_is_banned_hears_of_no_invitation(enter: Enter) -> None:
    ann, bea, cid = await enter("ann"), await enter("bea"), await enter("cid")
    room = await new_room(ann)
    await done(ann, "room:moderate", room=room, account=BEA, action="ban")
    for account in (BEA, CID):
        await done(ann, "room:invite", room=room, account=account)
    await until(lambda: heard(cid, "notice", room))
    await asyncio.sleep(0.1)
    assert heard(bea, "notice", room) == []
    await done(ann, "room:close", room=room)


# ── other content ────────────────────────────────────────────────────────────────────────────────────────────────

OTHERS: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    ("room:configure", {"title": "One"}, [{"title": "Two"}, {"visibility": "private"}, {"options": {"a": 1}}]),
    ("room:configure", {"options": {"a": 1}}, [{"options": {"a": 2}}, {"options": {"a": True}}]),
    (
        "room:moderate",
        {"account": CID, "action": "mute", "reason": "loud"},
        [{"account": BEA}, {"reason": "louder"}, {"until": 2_000_000_000_000}, {"action": "ban"}, {"reason": None}],
    ),
    ("room:moderate", {"account": CID, "action": "role", "role": "member"}, [{"role": "moderator"}]),
    ("room:close", {"reason": "bedtime"}, [{"reason": "dinner"}, {"reason": None}]),
]


@pytest.mark.parametrize(("event", "asked", "others"), OTHERS)
async def test_known_id_with_other_content_is_a_conflict(
    enter: Enter, event: str, asked: dict[str, Any], others: list[dict[str, Any]]
) -> None:
    ann = await enter("ann")
    room = await new_room(ann)
    common = {"room": room, "id": "again", **asked}
    await done(ann, event, **common)
    before = await log(ann, room)
    for other in others:
        assert (await refused(ann, event, **{**common, **other}))[0] == "conflict", other
    other_event = "room:moderate" if event == "room:configure" else "room:configure"
    anything = {"account": CID, "action": "kick", "title": "Three"}
    assert (await refused(ann, other_event, room=room, id="again", **anything))[0] == "conflict"
    assert (await done(ann, event, **common))["duplicate"] is True
    assert await log(ann, room) == before
    await ann.ask("room:close", {"room": room})


async def test_kick_out_of_a_running_game_again_is_a_duplicate(enter: Enter) -> None:
    ann, bea, mod = await enter("ann"), await enter("bea"), await enter("mod")
    room = await new_room(ann, "tic-tac-toe")
    for player in (ann, bea):
        await done(player, "room:join", room=room)
    kick = {"room": room, "account": BEA, "action": "kick", "id": "kick"}
    await done(mod, "room:moderate", **kick)
    assert (await done(mod, "room:moderate", **kick))["duplicate"] is True
    assert (await refused(mod, "room:moderate", **{**kick, "action": "ban"}))[0] == "conflict"
    await done(ann, "room:close", room=room)


async def test_running_game_that_is_closed_twice_is_closed_once(enter: Enter) -> None:
    ann, bea, mod = await enter("ann"), await enter("bea"), await enter("mod")
    room = await new_room(ann, "tic-tac-toe")
    for player in (ann, bea):
        await done(player, "room:join", room=room)
    close = {"room": room, "id": "close", "reason": "enough"}
    await done(mod, "room:close", **close)
    assert (await log(ann, room))[-2:] == ["game.ended", "room.closed"]
    assert (await done(mod, "room:close", **close))["duplicate"] is True
    assert (await refused(mod, "room:close", **{**close, "reason": "dinner"}))[0] == "conflict"


async def test_leaving_a_game_twice_under_one_id_leaves_once(enter: Enter) -> None:
    ann, bea, cid = await enter("ann"), await enter("bea"), await enter("cid")
    room = await new_room(ann, "word-party")
    for player in (ann, bea, cid):
        await done(player, "room:join", room=room)
    leave = {"room": room, "id": "leave", "reason": "tired " * 50}
    await done(bea, "room:leave", **leave)
    await done(bea, "room:join", room=room)
    before = await log(ann, room)
    assert (await done(bea, "room:leave", **leave))["duplicate"] is True
    assert (await refused(bea, "room:leave", **{**leave, "reason": "bored"}))[0] == "conflict"
    assert await log(ann, room) == before
    await said(ann, room, "she is still with us")
    await until(lambda: any(entry["type"] == "chat.message" for entry in heard(bea, "entry", room)))
    assert BEA in [member["account"] for member in (await done(ann, "room:members", room=room))["members"]]
    await done(ann, "room:close", room=room)
