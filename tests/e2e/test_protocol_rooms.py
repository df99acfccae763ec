"""docs/protocol.md section 3: joining, leaving, presence, signals and reading positions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlour.testing.wallets import wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import ROOM_KEYS, done, made, refused, said
from tests.e2e.stock import heard, until

ANN, BEA, CID = (wallet(name).address for name in ("ann", "bea", "cid"))

JOIN_KEYS = {"room", "epoch", "head", "hash", "role", "read", "recovered", "entries", "presence", "pins"}


async def test_joins_ack_has_the_named_keys(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    receipt = await said(ann, room)
    joined = await done(ann, "room:join", room=room)
    assert joined.keys() == JOIN_KEYS
    assert (joined["room"]["id"], joined["room"].keys() <= ROOM_KEYS) == (room, True)
    assert (joined["head"], joined["hash"], joined["role"]) == (2, receipt["hash"], "owner")
    assert (joined["read"], joined["recovered"]) == (0, False)
    assert [entry["seq"] for entry in joined["entries"]] == [1, 2]
    presence = joined["presence"]
    assert presence.keys() == {"v", "members", "count"}
    assert (presence["members"], presence["count"]) == ([ANN], 1)


async def test_roles_are_named_in_the_join(enter: Enter) -> None:
    ann, bea, guest = await enter("ann"), await enter("bea"), await enter(None)
    room = await made(ann)
    roles = [(await done(client, "room:join", room=room))["role"] for client in (ann, bea, guest)]
    assert roles == ["owner", "member", "guest"]
    await done(ann, "room:moderate", room=room, account=BEA, action="mute")
    assert (await done(bea, "room:join", room=room))["role"] == "muted"
    await done(ann, "room:moderate", room=room, account=BEA, action="unmute")
    await done(ann, "room:moderate", room=room, account=BEA, action="role", role="moderator")
    assert (await done(bea, "room:join", room=room))["role"] == "moderator"


async def test_presence_is_numbered_and_told_once_per_account(enter: Enter) -> None:
    ann, bea, again, guest = await enter("ann"), await enter("bea"), await enter("bea"), await enter(None)
    room = await made(ann)
    v = (await done(ann, "room:join", room=room))["presence"]["v"]
    joined = await done(bea, "room:join", room=room)
    assert sorted(joined["presence"]["members"]) == sorted([ANN, BEA])
    await done(again, "room:join", room=room)
    await done(guest, "room:join", room=room)
    await again.close()
    await done(bea, "room:leave", room=room)
    await asyncio.sleep(0.2)
    news = [one for one in heard(ann, "presence", room) if one["v"] > v]
    assert [one["v"] for one in news] == list(range(v + 1, v + 1 + len(news))), "no hole"
    assert all(one.keys() == {"room", "v", "joined", "left", "count"} for one in news)
    assert [account for one in news for account in one["joined"] if account != ANN] == [BEA]
    assert [account for one in news for account in one["left"]] == [BEA]
    picture = await done(ann, "room:presence", room=room)
    assert picture == {"v": news[-1]["v"], "members": [ANN], "count": 2}, "a guest is counted, not named"


async def test_second_join_on_a_socket_is_harmless(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    for client in (ann, bea, bea, bea):
        joined = await done(client, "room:join", room=room)
    assert joined["presence"]["count"] == 2
    await said(ann, room)
    await until(lambda: heard(bea, "entry", room))
    await asyncio.sleep(0.1)
    assert len(heard(bea, "entry", room)) == 1
    await done(bea, "room:leave", room=room)
    await said(ann, room)
    await asyncio.sleep(0.1)
    assert len(heard(bea, "entry", room)) == 1


async def test_leaving_is_answered_whether_in_or_not(enter: Enter) -> None:
    ann, guest = await enter("ann"), await enter(None)
    room = await made(ann)
    for client in (ann, guest):
        await done(client, "room:leave", room=room)
        await done(client, "room:join", room=room)
        await done(client, "room:leave", room=room, reason="dinner")
    assert (await refused(ann, "room:leave", room="no-such-room"))[0] == "not_found"


@pytest.mark.parametrize("body", [{"x": 1}, None, "text", 7, [1, {"a": None}], b"\x00\xff"])
async def test_signal_reaches_everybody_else_and_never_the_log(enter: Enter, body: Any) -> None:
    ann, also_ann, bea = await enter("ann"), await enter("ann"), await enter("bea")
    room = await made(ann)
    for client in (ann, also_ann, bea):
        await done(client, "room:join", room=room)
    await until(lambda: heard(ann, "welcome"))
    assert await done(ann, "room:signal", room=room, type="cursor", body=body) == {}
    await until(lambda: heard(bea, "signal") and heard(also_ann, "signal"))
    [signal] = heard(bea, "signal")
    assert signal["from"].keys() == {"account", "connection"}
    assert signal == {
        "room": room,
        "from": {"account": ANN, "connection": heard(ann, "welcome")[0]["connection"]},
        "type": "cursor",
        "body": body,
    }
    assert heard(ann, "signal") == []
    assert (await done(ann, "room:history", room=room))["entries"][-1]["seq"] == 1


async def test_signals_need_a_join_on_that_socket_and_a_voice(enter: Enter) -> None:
    ann, elsewhere, bea, guest = await enter("ann"), await enter("ann"), await enter("bea"), await enter(None)
    room, hidden = await made(ann), await made(ann, visibility="private")
    for client in (ann, bea, guest):
        await done(client, "room:join", room=room)
    assert await refused(elsewhere, "room:signal", room=room, type="t") == ("forbidden", "role")
    assert (await refused(guest, "room:signal", room=room, type="t"))[0] == "unauthorized"
    assert (await refused(bea, "room:signal", room="no-such-room", type="t"))[0] == "not_found"
    assert (await refused(bea, "room:signal", room=hidden, type="t"))[0] == "not_found"
    await done(ann, "room:moderate", room=room, account=BEA, action="mute")
    assert await refused(bea, "room:signal", room=room, type="t") == ("forbidden", "muted")
    assert (await refused(ann, "room:signal", room=room, type=7))[0] == "invalid"
    assert (await refused(ann, "room:signal", room=room))[0] == "invalid"
    assert (await refused(ann, "room:signal", room=room, type="t", body="x" * 60_000))[0] == "too_large"
    await asyncio.sleep(0.1)
    assert heard(ann, "signal", room) == []


async def test_reading_positions_go_forward_and_are_told(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    for _ in range(3):
        await said(ann, room)
    assert await done(bea, "room:read", room=room, seq=3) == {}, "no join is needed"
    await until(lambda: heard(ann, "read"))
    assert heard(ann, "read") == [{"room": room, "account": BEA, "seq": 3}]
    await done(bea, "room:read", room=room, seq=2)
    assert (await done(bea, "room:join", room=room))["read"] == 3
    await done(bea, "room:read", room=room, seq=999)
    assert (await done(bea, "room:join", room=room))["read"] == 4, "nobody has read what is not there"
    for seq in (-1, 1.5, "1", None, 2**60, True):
        assert (await refused(bea, "room:read", room=room, seq=seq))[0] == "invalid", seq
