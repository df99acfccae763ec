"""Bad requests and frames: a coded error in the ack, nothing stored, nobody else disturbed."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.e2e.bad_input import message, refusal, room_of, undisturbed
from tests.e2e.conftest import Enter
from tests.e2e.stock import heard, http_json, until


async def test_room_that_is_not_there_is_not_found_on_every_path(enter: Enter, server: ServerProcess) -> None:
    ann = await enter("ann")
    for event, data in [
        ("room:join", {}),
        ("room:post", {"id": "x", "type": "chat.message", "body": {"text": "x"}}),
        ("room:history", {}),
        ("room:presence", {}),
        ("room:members", {}),
        ("room:read", {"seq": 1}),
        ("room:search", {"query": "x"}),
        ("room:configure", {"title": "x"}),
        ("room:close", {}),
        ("room:moderate", {"account": wallet("bea").address, "action": "ban"}),
        ("room:invite", {}),
    ]:
        assert refusal(await ann.ask(event, {"room": "no-such-room", **data}))[0] == "not_found", event
    status, answer = await http_json("GET", f"{server.url}/api/rooms/no-such-room")
    assert (status, answer["error"]["code"]) == (404, "not_found")


async def test_private_room_is_not_found_by_others_on_every_path(enter: Enter, server: ServerProcess) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await room_of(ann, "ann-only", visibility="private")
    for event, data in [
        ("room:join", {}),
        ("room:post", {"id": "x", "type": "chat.message", "body": {"text": "x"}}),
        ("room:history", {}),
        ("room:presence", {}),
        ("room:search", {"query": "x"}),
    ]:
        assert refusal(await bea.ask(event, {"room": room, **data}))[0] == "not_found", event
    for path in ("", "/entries", "/transcript"):
        assert (await http_json("GET", f"{server.url}/api/rooms/{room}{path}"))[0] == 404
    assert room not in [listed["id"] for listed in (await bea.ask("room:list", {}))["rooms"]]


async def test_kind_that_is_not_there_is_invalid(enter: Enter) -> None:
    ann = await enter("ann")
    assert refusal(await ann.ask("room:create", {"kind": "no-such-kind", "id": "odd-kind"}))[0] == "invalid"
    assert refusal(await ann.ask("room:join", {"room": "odd-kind"}))[0] == "not_found"


@pytest.mark.parametrize("data", [None, "text", 7, [], ["room"], {"room": 7}, {"room": None}, {}, {"room": {"a": 1}}])
@pytest.mark.parametrize("event", ["room:join", "room:post", "room:history", "room:signal", "room:leave"])
async def test_request_of_the_wrong_shape_is_invalid(enter: Enter, event: str, data: Any) -> None:
    ann = await enter("ann")
    assert refusal(await ann.ask(event, data))[0] == "invalid"


async def test_event_that_is_not_there_is_answered_too(enter: Enter) -> None:
    ann = await enter("ann")
    for event in ("room:explode", "message", "entry", "toString", "__class__"):
        assert refusal(await ann.ask(event, {"room": "x"}))[0] == "invalid", event


async def test_message_over_the_transports_limit_ends_only_its_senders_socket(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await room_of(bea, "too-large-to-read")
    async with undisturbed(enter, room):
        await ann.socket.emit("room:post", message(room, "huge", "x" * 2_000_000))
        await until(lambda: heard(ann, "disconnect"))
        assert (await bea.ask("room:history", {"room": room}))["ok"]


@pytest.mark.parametrize(
    "frame",
    [
        '42["room:post",{"room":',
        '42["room:post",NaN]',
        "42{}",
        "42[]",
        '42["connect",{}]',
        "4",
        "49",
        "4[",
        "\x00",
        "9",
    ],
)
async def test_malformed_frame_disturbs_nobody_else(enter: Enter, server: ServerProcess, frame: str) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "frames")
    async with undisturbed(enter, room), aiohttp.ClientSession() as http:
        ws = await http.ws_connect(f"{server.url}/socket.io/?EIO=4&transport=websocket")
        await ws.receive()
        await ws.send_str("40")
        await ws.receive()
        await ws.send_str(frame)
        await asyncio.sleep(0.1)
        await ws.close()
        assert (await ann.ask("room:history", {"room": room}))["ok"]


async def test_banned_account_hears_and_does_nothing_more(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await room_of(ann, "bans")
    await bea.ask("room:join", {"room": room})
    ban = {"room": room, "account": wallet("bea").address, "action": "ban", "reason": "test"}
    assert (await ann.ask("room:moderate", ban))["ok"]
    await until(lambda: heard(bea, "room:removed"))
    heard_before = len(heard(bea, "entry"))
    assert (await ann.ask("room:post", message(room, "secret", "not for bea")))["ok"]
    assert refusal(await bea.ask("room:post", message(room, "b", "let me in"))) == ("forbidden", "banned")
    assert refusal(await bea.ask("room:join", {"room": room})) == ("forbidden", "banned")
    assert refusal(await bea.ask("room:history", {"room": room})) == ("forbidden", "banned")
    assert refusal(await bea.ask("room:signal", {"room": room, "type": "typing"}))[0] == "forbidden"
    assert len(heard(bea, "entry")) == heard_before
    assert refusal(await bea.ask("room:moderate", ban | {"account": wallet("ann").address}))[0] == "forbidden"


async def test_only_those_with_the_right_moderate_configure_and_close(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await room_of(ann, "rights")
    await bea.ask("room:join", {"room": room})
    for event, data in [
        ("room:configure", {"title": "Bea's"}),
        ("room:close", {}),
        ("room:moderate", {"account": wallet("cid").address, "action": "ban"}),
        ("room:moderate", {"account": wallet("ann").address, "action": "kick"}),
        ("room:moderate", {"account": wallet("bea").address, "action": "role", "role": "owner"}),
        ("room:invite", {}),
    ]:
        assert refusal(await bea.ask(event, {"room": room, **data}))[0] == "forbidden", event


async def test_closed_room_takes_no_more(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "over")
    await ann.ask("room:join", {"room": room})
    assert (await ann.ask("room:close", {"room": room, "reason": "done"}))["ok"]
    await until(lambda: heard(ann, "room:closed"))
    assert refusal(await ann.ask("room:post", message(room, "late", "hello?")))[0] == "closed"
