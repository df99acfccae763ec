"""docs/protocol.md section 3, "Rights": roles, bans, mutes, kicks, private rooms and invitations, on every path."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.adapters.socket.requests import REQUESTS as SPECS
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, error_of, made, post, refused, said
from tests.e2e.stock import PythonClient, heard, until

ANN, BEA, CID, ROOT = (wallet(name).address for name in ("ann", "bea", "cid", "root"))

REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("room:join", {}),
    ("room:post", {"id": "x", "type": "chat.message", "body": {"text": "x"}}),
    ("room:signal", {"type": "typing"}),
    ("room:history", {}),
    ("room:history", {"view": "messages"}),
    ("room:search", {"query": "x"}),
    ("room:read", {"seq": 1}),
    ("room:members", {}),
    ("room:presence", {}),
    ("room:invite", {}),
    ("room:configure", {"title": "x"}),
    ("room:moderate", {"account": CID, "action": "ban"}),
    ("room:close", {}),
    ("room:leave", {}),
    ("room:watch", {"watch": {"chain": 1, "address": "0x" + "1" * 40, "event": "X()"}}),
    ("room:unwatch", {"watch": "x"}),
]
"""Everything that names a room."""

PAST = ({"until": 0}, {"until": 1}, {"until": 1_800_000_000})
"""Times that have passed: zero, one, and a time to come in seconds instead of milliseconds."""


TIMED: dict[str, dict[str, Any]] = {
    "room:invite": {},
    "room:moderate": {"account": CID, "action": "mute"},
    "room:notify": {"level": "none"},
    "account:status": {"status": "busy"},
}
"""Every request that says until when."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    env = {"PARLOUR_GUESTS": "on", "PARLOUR_ROLES": f'{{"{ROOT}": "moderator"}}'}
    async with ServerProcess(env=env) as server:
        yield server


async def over_http(server: ServerProcess, name: str, room: str, path: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as http:
        token = (await sign_in(http, server.url, wallet(name)))["token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with http.get(f"{server.url}/api/rooms/{room}{path}", headers=headers) as answer:
            body = await answer.text()
            return answer.status, body if answer.status == 200 else await answer.json()


async def moderate(client: PythonClient, room: str, account: str, action: str, **more: Any) -> dict[str, Any]:
    return await done(client, "room:moderate", room=room, account=account, action=action, **more)


# ── private rooms ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("event", "data"), REQUESTS)
async def test_private_room_and_one_that_is_not_there_are_answered_alike(
    enter: Enter, event: str, data: dict[str, Any]
) -> None:
    ann, bea, guest = await enter("ann"), await enter("bea"), await enter(None)
    hidden = await made(ann, visibility="private")
    await done(ann, "room:join", room=hidden)
    for client, account in ((bea, BEA), (guest, "")):
        there = await client.ask(event, {"room": hidden, **data})
        absent = await client.ask(event, {"room": "no-such-room", **data})
        assert there == absent, (account, event)
    assert (await refused(bea, event, room=hidden, **data)) == ("not_found", None)


@pytest.mark.parametrize("kind", ["chat", "tic-tac-toe"])
async def test_closed_private_room_is_not_found_for_outsiders(enter: Enter, kind: str) -> None:
    ann, bea, cid, guest = await enter("ann"), await enter("bea"), await enter("cid"), await enter(None)
    room = await made(ann, kind, visibility="private")
    invite = (await done(ann, "room:invite", room=room, uses=5))["invite"]
    await done(bea, "room:join", room=room, invite=invite)
    await done(ann, "room:close", room=room)
    for event, data in [*REQUESTS, ("room:join", {"invite": invite})]:
        for client in (cid, guest):
            there = await client.ask(event, {"room": room, **data})
            assert there == await client.ask(event, {"room": "no-such-room", **data}), event
    assert await refused(bea, "room:join", room=room) == ("closed", None)
    public = await made(ann, kind)
    await moderate(ann, public, BEA, "ban")
    await done(ann, "room:close", room=public)
    assert await refused(bea, "room:join", room=public) == ("forbidden", "banned")
    assert await refused(guest, "room:join", room=public) == ("closed", None)


async def test_private_room_is_in_nobody_elses_lists_nor_on_http(enter: Enter, server: ServerProcess) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    hidden = await made(ann, visibility="private", title="the wombat conspiracy")
    for asked in ({}, {"query": "wombat"}, {"mine": True}):
        assert hidden not in [room["id"] for room in (await done(bea, "room:list", **asked))["rooms"]]
    assert hidden in [room["id"] for room in (await done(ann, "room:list", query="wombat"))["rooms"]]
    for path in ("", "/entries", "/transcript"):
        status, answer = await over_http(server, "bea", hidden, path)
        assert (status, error_of(answer["error"])[0]) == (404, "not_found")
        assert (await over_http(server, "ann", hidden, path))[0] == 200


async def test_room_made_private_puts_out_who_has_no_role(enter: Enter) -> None:
    ann, bea, guest = await enter("ann"), await enter("bea"), await enter(None)
    room = await made(ann)
    for client in (ann, bea, guest):
        await done(client, "room:join", room=room)
    await done(ann, "room:configure", room=room, visibility="private")
    for client in (bea, guest):
        await until(lambda client=client: heard(client, "room:removed"))
        assert heard(client, "room:removed")[0].keys() == {"room", "reason"}
    await said(ann, room, "now between us")
    await asyncio.sleep(0.1)
    for client in (bea, guest):
        assert all(entry["type"] != "chat.message" for entry in heard(client, "entry"))
        assert await refused(client, "room:join", room=room) == ("not_found", None)


# ── invitations ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_invitation_lets_in_as_often_as_it_says(enter: Enter) -> None:
    ann, bea, cid, dee = [await enter(name) for name in ("ann", "bea", "cid", "dee")]
    room = await made(ann, visibility="private")
    invite = (await done(ann, "room:invite", room=room, uses=2))["invite"]
    assert await refused(bea, "room:join", room=room, invite="nonsense") == ("not_found", None)
    assert (await done(bea, "room:join", room=room, invite=invite))["role"] == "member"
    assert (await done(bea, "room:join", room=room, invite=invite))["role"] == "member", "spent once an account"
    assert (await done(cid, "room:join", room=room, invite=invite))["role"] == "member"
    assert (await refused(dee, "room:join", room=room, invite=invite))[0] == "not_found"
    assert (await done(bea, "room:join", room=room))["role"] == "member", "no invitation is needed any more"
    other = await made(ann, visibility="private")
    assert (await refused(dee, "room:join", room=other, invite=invite))[0] == "not_found"


async def test_invitation_may_be_for_one_account_and_end_in_time(enter: Enter) -> None:
    ann, bea, cid = await enter("ann"), await enter("bea"), await enter("cid")
    room = await made(ann, visibility="private")
    mine = (await done(ann, "room:invite", room=room, account=BEA.lower()))["invite"]
    await until(lambda: heard(bea, "notice"))
    [notice] = heard(bea, "notice")
    assert notice.keys() >= {"room", "seq", "type", "from"}
    assert (notice["room"], notice["type"], notice["from"]) == (room, "invitation", ANN)
    assert (await refused(cid, "room:join", room=room, invite=mine))[0] == "not_found"
    assert (await done(bea, "room:join", room=room, invite=notice["invite"]))["role"] == "member"
    short = int(time.time() * 1000) + 1500
    ended = (await done(ann, "room:invite", room=room, until=short))["invite"]
    await until(lambda: time.time() * 1000 > short)
    assert (await refused(cid, "room:join", room=room, invite=ended))[0] == "not_found"
    for bad in ({"uses": 0}, {"uses": "2"}, {"account": "0x12"}, {"account": 7}, {"until": "tomorrow"}, *PAST):
        assert (await refused(ann, "room:invite", room=room, **bad))[0] == "invalid", bad
    assert (await refused(bea, "room:invite", room=room))[0] == "forbidden"


async def test_guest_does_not_redeem_an_invitation(enter: Enter) -> None:
    ann, bea, guest = await enter("ann"), await enter("bea"), await enter(None)
    room = await made(ann, visibility="private")
    invite = (await done(ann, "room:invite", room=room))["invite"]
    assert (await refused(guest, "room:join", room=room, invite=invite))[0] in ("not_found", "unauthorized")
    assert (await done(bea, "room:join", room=room, invite=invite))["role"] == "member"


async def test_invitation_does_not_lift_a_ban(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann, visibility="private")
    invite = (await done(ann, "room:invite", room=room, uses=5))["invite"]
    await done(bea, "room:join", room=room, invite=invite)
    await moderate(ann, room, BEA, "ban")
    assert await refused(bea, "room:join", room=room, invite=invite) == ("not_found", None)


async def test_invitation_is_not_spent_on_the_banned(enter: Enter) -> None:
    ann, bea, cid = await enter("ann"), await enter("bea"), await enter("cid")
    room = await made(ann, visibility="private")
    invite = (await done(ann, "room:invite", room=room))["invite"]
    await moderate(ann, room, BEA, "ban")
    assert await refused(bea, "room:join", room=room, invite=invite) == ("not_found", None)
    assert (await done(cid, "room:join", room=room, invite=invite))["role"] == "member"


async def test_who_was_kicked_from_a_private_room_needs_another_invitation(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann, visibility="private")
    used = (await done(ann, "room:invite", room=room, uses=9))["invite"]
    await done(bea, "room:join", room=room, invite=used)
    await moderate(ann, room, BEA, "kick")
    assert await refused(bea, "room:join", room=room, invite=used) == ("not_found", None)
    fresh_one = (await done(ann, "room:invite", room=room))["invite"]
    assert (await done(bea, "room:join", room=room, invite=fresh_one))["role"] == "member"


# ── bans, kicks, mutes ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_after_a_ban_nothing_more_of_the_room_reaches_that_account(enter: Enter, server: ServerProcess) -> None:
    ann, bea, phone = await enter("ann"), await enter("bea"), await enter("bea")
    room = await made(ann)
    for client in (ann, bea, phone):
        await done(client, "room:join", room=room)
    told = await moderate(ann, room, BEA, "ban", reason="spam")
    assert told.keys() == {"seq"}
    for device in (bea, phone):
        await until(lambda device=device: heard(device, "room:removed"))
        assert heard(device, "room:removed") == [{"room": room, "reason": "banned"}]
        device.events.clear()
    await said(ann, room, "gone?", mentions=[BEA])
    await done(ann, "room:signal", room=room, type="typing")
    await asyncio.sleep(0.15)
    for device in (bea, phone):
        assert [name for name, data in device.events if isinstance(data, dict) and data.get("room") == room] == []
        for event, data in REQUESTS:
            if event not in ("room:leave",):
                assert (await refused(device, event, room=room, **data)) == ("forbidden", "banned"), event
    for path in ("", "/entries", "/transcript"):
        status, answer = await over_http(server, "bea", room, path)
        assert (status, error_of(answer["error"])) == (403, ("forbidden", "banned"))
    [entry] = [e for e in (await done(ann, "room:history", room=room))["entries"] if e["type"] == "member.banned"]
    assert (entry["author"], entry["seq"]) == ("", told["seq"])
    assert entry["body"] == {"account": BEA, "by": ANN, "reason": "spam"}
    await moderate(ann, room, BEA, "unban")
    assert (await done(bea, "room:join", room=room))["role"] == "member"


async def test_ban_ends_by_itself_where_it_says_so(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    await moderate(ann, room, BEA, "ban", until=int(time.time() * 1000) + 600)
    assert (await refused(bea, "room:join", room=room)) == ("forbidden", "banned")
    await asyncio.sleep(0.7)
    assert (await done(bea, "room:join", room=room))["role"] == "member"
    assert await refused(ann, "room:moderate", room=room, account=CID, action="unban") == ("illegal", "not_in_force")


async def test_kick_puts_out_once(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    await done(bea, "room:join", room=room)
    await moderate(ann, room, BEA, "kick")
    await until(lambda: heard(bea, "room:removed"))
    assert heard(bea, "room:removed") == [{"room": room, "reason": "kicked"}]
    await said(ann, room)
    await asyncio.sleep(0.1)
    assert all(e["type"] != "chat.message" for e in heard(bea, "entry"))
    assert (await done(bea, "room:join", room=room))["role"] == "member"


async def test_muted_read_and_are_silent_on_every_path(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    own = (await said(bea, room))["seq"]
    await done(bea, "room:join", room=room)
    await moderate(ann, room, BEA, "mute")
    for type, body in [
        ("chat.message", {"text": "x"}),
        ("chat.edit", {"of": own, "text": "x"}),
        ("chat.reaction", {"of": own, "emoji": "x", "on": True}),
        ("app.x", {}),
    ]:
        assert await refused(bea, "room:post", **post(room, type, body)) == ("forbidden", "muted"), type
    assert await refused(bea, "room:signal", room=room, type="typing") == ("forbidden", "muted")
    await said(ann, room, "hear me")
    await until(lambda: [e for e in heard(bea, "entry") if e["body"].get("text") == "hear me"])
    await done(bea, "room:read", room=room, seq=2)
    await moderate(ann, room, BEA, "unmute")
    await said(bea, room)


async def test_nobody_acts_on_an_equal_or_higher_role(enter: Enter) -> None:
    ann, bea, cid, root = [await enter(name) for name in ("ann", "bea", "cid", "root")]
    room = await made(ann)
    for account in (BEA, CID):
        await moderate(ann, room, account, "role", role="moderator")
    for action in ("mute", "ban", "kick"):
        for account in (ANN, CID, BEA):
            assert (await refused(bea, "room:moderate", room=room, account=account, action=action))[0] == "forbidden"
    grant = {"room": room, "account": wallet("dee").address, "action": "role"}
    assert (await refused(bea, "room:moderate", **grant, role="moderator"))[0] == "forbidden"
    await done(bea, "room:moderate", **grant, role="member")
    for role in ("owner", "guest", "king", "", None, 7):
        assert (await refused(ann, "room:moderate", **grant, role=role))[0] == "invalid", role
    for bad in ({"action": "explode"}, {"account": "bea"}, {"account": ""}, {"until": "x"}, {"reason": 7}):
        assert (await refused(ann, "room:moderate", **{**grant, "role": "member", **bad}))[0] == "invalid", bad
    for bad in PAST:
        for action in ("mute", "ban"):
            moderation = {"room": room, "account": CID, "action": action, **bad}
            assert (await refused(ann, "room:moderate", **moderation))[0] == "invalid", moderation
    assert (await refused(bea, "room:configure", room=room, title="mine"))[0] == "forbidden"
    assert (await refused(bea, "room:close", room=room))[0] == "forbidden"
    await moderate(ann, room, BEA, "role", role="member")
    assert (await refused(bea, "room:moderate", room=room, account=CID, action="mute"))[0] == "forbidden"
    await moderate(ann, room, CID, "mute")
    assert await refused(cid, "room:post", **post(room, "app.x", {})) == ("forbidden", "muted"), "moderators too"
    assert (await done(cid, "room:join", room=room))["role"] == "muted"
    await moderate(ann, room, CID, "unmute")
    assert (await done(cid, "room:join", room=room))["role"] == "moderator"
    hidden = await made(ann, visibility="private")
    for action in ("mute", "ban", "kick"):
        assert await refused(ann, "room:moderate", room=hidden, account=ROOT, action=action) == ("forbidden", "role")
    assert (await done(root, "room:join", room=hidden))["role"] == "moderator"
    await moderate(root, hidden, ANN, "mute")


async def test_accounts_are_normalised_in_requests(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    await moderate(ann, room, BEA.lower(), "mute")
    assert (await refused(bea, "room:post", **post(room, "app.x", {})))[1] == "muted"
    [entry] = [e for e in (await done(ann, "room:history", room=room))["entries"] if e["type"] == "member.muted"]
    assert entry["body"]["account"] == BEA


async def test_guest_reads_public_rooms_and_does_nothing(enter: Enter) -> None:
    ann, guest = await enter("ann"), await enter(None)
    room = await made(ann)
    assert (await done(guest, "room:join", room=room))["role"] == "guest"
    for event, data in REQUESTS:
        if event in ("room:join", "room:history", "room:search", "room:presence", "room:leave"):
            await done(guest, event, room=room, **data)
        else:
            assert (await refused(guest, event, room=room, **data))[0] == "unauthorized", event
    assert (await refused(guest, "room:create", kind="chat"))[0] == "unauthorized"


async def test_who_lost_the_right_while_away_does_not_resume(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    here = await done(bea, "room:join", room=room)
    await bea.close()
    await moderate(ann, room, BEA, "ban")
    again = await enter("bea")
    since = {"epoch": here["epoch"], "seq": here["head"], "hash": here["hash"]}
    assert await refused(again, "room:join", room=room, since=since) == ("forbidden", "banned")


async def test_request_until_a_time_that_has_passed_is_invalid_with_its_path(enter: Enter) -> None:
    assert TIMED.keys() == {name for name, spec in SPECS.items() if "until" in spec.model.model_fields}
    ann = await enter("ann")
    room = await made(ann)
    for event, data in TIMED.items():
        where = {"room": room} if "room" in SPECS[event].model.model_fields else {}
        for past in PAST:
            error = (await ann.ask(event, {**where, **data, **past}))["error"]
            assert (error["code"], error["details"]["path"]) == ("invalid", "until"), (event, past)
        soon = {"until": round(time.time() * 1000) + 60_000}
        assert (await ann.ask(event, {**where, **data, **soon}))["ok"], event
