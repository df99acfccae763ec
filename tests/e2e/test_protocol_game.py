"""docs/protocol.md sections 3 to 5: seats, actions and the states of a game."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlour.testing.wallets import wallet
from parlour_client.patch import apply_patch
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, made, post_refused, posted, refused, said
from tests.e2e.stock import heard, until

ANN, BEA, CID = (wallet(name).address for name in ("ann", "bea", "cid"))


def action(cell: int) -> dict[str, Any]:
    return {"action": "place", "args": {"cell": cell}}


async def test_patches_lead_to_the_state_a_join_would_show(enter: Enter) -> None:
    ann, bea, eye = await enter("ann"), await enter("bea"), await enter(None)
    room = await made(ann, "tic-tac-toe")
    joins = [await done(client, "room:join", room=room) for client in (ann, bea, eye)]
    assert [join.get("seat") for join in joins] == [0, 1, None]
    assert all("state" in join for join in joins)
    for client, cell in ((ann, 0), (bea, 3), (ann, 1), (bea, 4), (ann, 2)):
        await posted(client, room, "game.action", action(cell))
    await until(lambda: any(e["type"] == "game.ended" for e in heard(eye, "entry")))
    await asyncio.sleep(0.2)
    for client, join in zip((ann, bea, eye), joins, strict=True):
        view, at = join["state"], join["head"]
        for name, data in client.events:
            if name == "entry" and data["seq"] > join["head"]:
                assert data["seq"] > at, "states come after the entries of their batch"
            if name != "state":
                continue
            assert data["room"] == room
            if "patch" in data:
                assert data.keys() == {"room", "seq", "base", "patch"}
                assert data["base"] == at
                view = apply_patch(view, data["patch"])
            else:
                assert data.keys() == {"room", "seq", "state"}
                view = data["state"]
            at = data["seq"]
        now = await done(client, "room:join", room=room)
        assert (view, at) == (now["state"], now["head"])
    history = (await done(eye, "room:history", room=room))["entries"]
    types = [entry["type"] for entry in history]
    assert types[0] == "room.created"
    assert types.index("game.seated") < types.index("game.started") < types.index("game.action")
    seated = [entry["body"] for entry in history if entry["type"] == "game.seated"]
    assert [(body["seat"], body["account"]) for body in seated] == [(0, ANN), (1, BEA)]
    [ended] = [entry for entry in history if entry["type"] == "game.ended"]
    assert ended["author"] == ""
    assert ended["body"]["result"]["winner"] == 0
    assert (await post_refused(bea, room, "game.action", action(8))) == ("illegal", "game_over")
    await said(bea, room, "good game")


async def test_seat_is_taken_in_order_and_given_up_by_nobody_else(enter: Enter) -> None:
    ann, again, bea, cid = await enter("ann"), await enter("ann"), await enter("bea"), await enter("cid")
    room = await made(ann, "tic-tac-toe")
    assert "seat" not in await done(cid, "room:join", room=room, **{"as": "spectator"})
    assert (await done(ann, "room:join", room=room))["seat"] == 0
    assert (await done(again, "room:join", room=room))["seat"] == 0
    assert await post_refused(ann, room, "game.action", action(0)) == ("illegal", "not_started")
    assert (await done(bea, "room:join", room=room))["seat"] == 1
    assert (await done(cid, "room:join", room=room)).get("seat") is None
    assert await post_refused(cid, room, "game.action", action(0)) == ("forbidden", "not_seated")
    assert await post_refused(bea, room, "game.action", action(0)) == ("illegal", "not_your_turn")
    assert (await refused(cid, "room:join", room=room, **{"as": "king"}))[0] == "invalid"
    turn = heard(ann, "notice", room) + heard(bea, "notice", room)
    assert all(notice.keys() == {"id", "room", "seq", "type", "from"} and notice["type"] == "turn" for notice in turn)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "place"},
        {"action": 7, "args": {}},
        {"action": "place", "args": []},
        {"action": "place", "args": {"cell": 9}},
        {"action": "place", "args": {"cell": -1}},
        {"action": "place", "args": {"cell": True}},
        {"action": "place", "args": {"cell": "0"}},
        {"action": "place", "args": {"cell": 0, "extra": 1}},
        {"action": "fly", "args": {}},
        {"action": "__init__", "args": {}},
        {"action": "place", "args": {"cell": 0}, "extra": 1},
    ],
)
async def test_malformed_action_is_invalid(enter: Enter, body: dict[str, Any]) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann, "tic-tac-toe")
    for client in (ann, bea):
        await done(client, "room:join", room=room)
    assert (await post_refused(ann, room, "game.action", body))[0] == "invalid"
    await posted(ann, room, "game.action", action(0))
