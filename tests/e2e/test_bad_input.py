"""Bad input of every sort: a coded error in the ack, nothing stored, nobody else disturbed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import SignInFailed, ask_nonce, sign, siwe_text, verify, wallet
from tests.e2e.conftest import Enter
from tests.e2e.stock import PythonClient, heard, http_json, until

_WRITTEN_BY_THE_SERVER = {
    "room": "created configured closed watched unwatched",
    "member": "role muted banned removed restored",
    "game": "seated started tick dropped returned left paused resumed timeout ended settled",
    "chain": "event moved reverted confirmed gap block",
    "wallet": "transfer balance transaction",
    "market": "trade",
}
SERVER_TYPES = [f"{family}.{name}" for family, names in _WRITTEN_BY_THE_SERVER.items() for name in names.split()]
"""Protocol §5: every type that is not `chat.*`, `game.action`, `doc.update`, `wallet.track` or `app.<name>`."""


@asynccontextmanager
async def undisturbed(enter: Enter, room: str) -> AsyncIterator[PythonClient]:
    """Inside, something bad happens; a listener in the room hears nothing, and the log does not grow."""
    listener = await enter("listener")
    joined = await listener.ask("room:join", {"room": room})
    assert joined["ok"], joined
    yield listener
    after = await listener.ask("room:join", {"room": room})
    assert (after["head"], after["hash"]) == (joined["head"], joined["hash"])
    assert heard(listener, "entry") == []
    assert heard(listener, "disconnect") == []


async def room_of(client: PythonClient, room: str, kind: str = "chat", **settings: Any) -> str:
    created = await client.ask("room:create", {"kind": kind, "id": room, **settings})
    assert created["ok"], created
    return room


def refusal(ack: dict[str, Any]) -> tuple[str, str | None]:
    assert ack["ok"] is False, ack
    assert isinstance(ack["error"]["message"], str)
    assert isinstance(ack["error"]["retryable"], bool)
    return ack["error"]["code"], ack["error"].get("reason")


def message(room: str, id: str, text: str) -> dict[str, Any]:
    return {"room": room, "id": id, "type": "chat.message", "body": {"text": text}}


# ── entries only the server writes ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["chat", "tic-tac-toe"])
async def test_entries_of_the_server_are_forbidden_to_members(enter: Enter, kind: str) -> None:
    ann = await enter("ann")
    room = await room_of(ann, f"server-types-{kind}", kind)
    await ann.ask("room:join", {"room": room})
    head = (await ann.ask("room:join", {"room": room}))["head"]
    for type in SERVER_TYPES:
        post = {
            "room": room,
            "id": f"forged-{type}",
            "type": type,
            "body": {"of": [1], "account": "0x", "role": "owner"},
        }
        assert refusal(await ann.ask("room:post", post))[0] == "forbidden", type
    assert (await ann.ask("room:join", {"room": room}))["head"] == head


@pytest.mark.parametrize("type", ["nonsense", "chat", "app.", "room", ".", "Chat.Message", "chat.unheard"])
async def test_types_that_do_not_exist_are_refused(enter: Enter, type: str) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "odd-types")
    ack = await ann.ask("room:post", {"room": room, "id": f"odd-{type}", "type": type, "body": {"text": "x"}})
    assert refusal(ack)[0] in ("forbidden", "invalid")


async def test_a_clients_own_entries_may_have_any_name_of_its_own(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "own-entries")
    ack = await ann.ask("room:post", {"room": room, "id": "own", "type": "app.score", "body": {"points": 3}})
    assert (ack["ok"], ack["seq"]) == (True, 2)


# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_wrong_signature_is_refused_and_leaves_the_nonce_unused(server: ServerProcess) -> None:
    async with aiohttp.ClientSession() as http:
        challenge = await ask_nonce(http, server.url)
        text = siwe_text(challenge, wallet("ann").address)
        with pytest.raises(SignInFailed) as refused:
            await verify(http, server.url, text, sign(wallet("mallory"), text))
        assert (refused.value.status, refused.value.error["code"]) == (401, "signature")
        assert (await verify(http, server.url, text, sign(wallet("ann"), text)))["account"] == wallet("ann").address


async def test_a_nonce_works_once_and_under_any_race(server: ServerProcess) -> None:
    async with aiohttp.ClientSession() as http:
        challenge = await ask_nonce(http, server.url)
        text = siwe_text(challenge, wallet("ann").address)
        signature = sign(wallet("ann"), text)
        answers = await asyncio.gather(
            *(verify(http, server.url, text, signature) for _ in range(10)), return_exceptions=True
        )
        refusals = [answer for answer in answers if isinstance(answer, SignInFailed)]
        assert len(refusals) == 9
        assert {(refused.status, refused.error["code"]) for refused in refusals} == {(401, "nonce")}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"domain": "evil.example"}, "domain"),
        ({"uri": "https://evil.example"}, "uri"),
        ({"chainId": 424242}, "chain"),
        ({"nonce": "0" * 32}, "nonce"),
        ({"expirationTime": "2020-01-01T00:00:00Z"}, "expired"),
        ({"issuedAt": "2099-01-01T00:00:00Z"}, "not_yet_valid"),
        ({"version": "2"}, "malformed"),
    ],
)
async def test_the_rule_that_failed_is_the_code(server: ServerProcess, changed: dict[str, Any], code: str) -> None:
    async with aiohttp.ClientSession() as http:
        text = siwe_text(await ask_nonce(http, server.url), wallet("ann").address, **changed)
        with pytest.raises(SignInFailed) as refused:
            await verify(http, server.url, text, sign(wallet("ann"), text))
        assert (refused.value.status, refused.value.error["code"]) == (401, code)


@pytest.mark.parametrize("body", ["{not json", "[]", '{"message": 1, "signature": true}', "", '{"message": "x"}'])
async def test_a_malformed_sign_in_is_a_json_error(server: ServerProcess, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    status, answer = await http_json("POST", f"{server.url}/auth/verify", data=body, headers=headers)
    assert (status, answer["error"]["code"]) == (401, "malformed")


async def test_an_oversized_sign_in_is_too_large(server: ServerProcess) -> None:
    body = json.dumps({"message": "x" * 300_000, "signature": "0x"})
    status, answer = await http_json("POST", f"{server.url}/auth/verify", data=body)
    assert (status, answer["error"]["code"]) == (413, "too_large")


async def test_a_path_that_is_not_there_is_a_json_error(server: ServerProcess) -> None:
    status, answer = await http_json("GET", f"{server.url}/api/nothing-here")
    assert (status, answer["error"]["code"]) == (404, "not_found")


async def test_a_bad_token_is_a_lasting_refusal(server: ServerProcess) -> None:
    client = PythonClient(["websocket"])
    with pytest.raises(Exception, match="failed to connect"):
        await client.connect(server.url, "no-such-token")
    [refused] = heard(client, "connect_error")
    assert refused["data"]["code"] == "unauthorized"


async def test_a_guest_reads_public_rooms_and_writes_nothing(enter: Enter) -> None:
    ann, guest = await enter("ann"), await enter(None)
    room = await room_of(ann, "for-guests")
    assert (await guest.ask("room:join", {"room": room}))["role"] == "guest"
    assert refusal(await guest.ask("room:post", message(room, "g", "hi")))[0] == "unauthorized"
    assert refusal(await guest.ask("room:create", {"kind": "chat"}))[0] == "unauthorized"
    private = await room_of(ann, "not-for-guests", visibility="private")
    assert refusal(await guest.ask("room:join", {"room": private}))[0] == "not_found"


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_room_that_is_not_there_is_not_found_on_every_path(enter: Enter, server: ServerProcess) -> None:
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


async def test_a_private_room_is_not_found_by_others_on_every_path(enter: Enter, server: ServerProcess) -> None:
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


async def test_a_kind_that_is_not_there_is_invalid(enter: Enter) -> None:
    ann = await enter("ann")
    assert refusal(await ann.ask("room:create", {"kind": "no-such-kind", "id": "odd-kind"}))[0] == "invalid"
    assert refusal(await ann.ask("room:join", {"room": "odd-kind"}))[0] == "not_found"


@pytest.mark.parametrize("data", [None, "text", 7, [], ["room"], {"room": 7}, {"room": None}, {}, {"room": {"a": 1}}])
@pytest.mark.parametrize("event", ["room:join", "room:post", "room:history", "room:signal", "room:leave"])
async def test_a_request_of_the_wrong_shape_is_invalid(enter: Enter, event: str, data: Any) -> None:
    ann = await enter("ann")
    assert refusal(await ann.ask(event, data))[0] == "invalid"


async def test_an_event_that_is_not_there_is_answered_too(enter: Enter) -> None:
    ann = await enter("ann")
    for event in ("room:explode", "message", "entry", "toString", "__class__"):
        assert refusal(await ann.ask(event, {"room": "x"}))[0] == "invalid", event


@pytest.mark.parametrize(
    "post",
    [
        {"id": "", "type": "chat.message", "body": {"text": "x"}},
        {"id": "x" * 65, "type": "chat.message", "body": {"text": "x"}},
        {"id": "server:2", "type": "chat.message", "body": {"text": "x"}},
        {"id": 7, "type": "chat.message", "body": {"text": "x"}},
        {"type": "chat.message", "body": {"text": "x"}},
        {"id": "a", "type": "chat.message"},
        {"id": "a", "type": "chat.message", "body": "text"},
        {"id": "a", "type": "chat.message", "body": {"text": 7}},
        {"id": "a", "type": "chat.message", "body": {}},
        {"id": "a", "type": "chat.message", "body": {"text": "nul \x00 inside"}},
        {"id": "a", "type": "chat.message", "body": {"text": "x", "clé": 1}},
        {"id": "a", "type": "app.x", "body": {"number": 2**60}},
        {"id": "a", "type": "chat.reaction", "body": {"of": "1", "emoji": "x", "on": True}},
    ],
)
async def test_a_post_of_the_wrong_shape_is_invalid_and_nobody_hears_it(enter: Enter, post: dict[str, Any]) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "odd-posts")
    async with undisturbed(enter, room):
        assert refusal(await ann.ask("room:post", {"room": room, **post}))[0] == "invalid"


async def test_a_body_nested_too_deep_is_invalid(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "deep")
    deep: Any = {}
    for _ in range(40):
        deep = {"a": deep}
    async with undisturbed(enter, room):
        ack = await ann.ask("room:post", {"room": room, "id": "deep", "type": "app.x", "body": deep})
        assert refusal(ack)[0] == "invalid"


async def test_an_oversized_body_is_too_large_and_the_connection_stays(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "large")
    async with undisturbed(enter, room):
        assert refusal(await ann.ask("room:post", message(room, "large", "x" * 40_000)))[0] == "too_large"
    assert (await ann.ask("room:post", message(room, "large", "small enough")))["ok"]


async def test_a_message_over_the_transports_limit_ends_only_its_senders_socket(enter: Enter) -> None:
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
async def test_a_malformed_frame_disturbs_nobody_else(enter: Enter, server: ServerProcess, frame: str) -> None:
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


async def test_the_same_id_again_is_the_same_entry_and_another_body_a_conflict(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "twice")
    first = await ann.ask("room:post", message(room, "once", "hello"))
    again = await ann.ask("room:post", message(room, "once", "hello"))
    assert (again["seq"], again["hash"], again["duplicate"]) == (first["seq"], first["hash"], True)
    assert refusal(await ann.ask("room:post", message(room, "once", "other")))[0] == "conflict"
    bea = await enter("bea")
    assert (await bea.ask("room:post", message(room, "once", "mine")))["seq"] == 3


async def test_a_refused_post_does_not_use_up_its_id(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "id-free")
    assert refusal(await ann.ask("room:post", message(room, "mine", "x" * 40_000)))[0] == "too_large"
    assert (await ann.ask("room:post", message(room, "mine", "short")))["seq"] == 2


async def test_references_must_be_there(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "references")
    seq = (await ann.ask("room:post", message(room, "m", "hello")))["seq"]
    reply = message(room, "r", "to nobody")
    reply["body"]["replyTo"] = 99
    async with undisturbed(enter, room):
        assert refusal(await ann.ask("room:post", reply))[0] == "not_found"
    bea = await enter("bea")
    foreign = {"room": room, "id": "e", "type": "chat.edit", "body": {"of": seq, "text": "mine now"}}
    assert refusal(await bea.ask("room:post", foreign))[0] == "forbidden"
    gone = {"room": room, "id": "d", "type": "chat.delete", "body": {"of": seq}}
    assert (await ann.ask("room:post", gone))["ok"]
    late = {"room": room, "id": "x", "type": "chat.reaction", "body": {"of": seq, "emoji": "👋", "on": True}}
    assert refusal(await ann.ask("room:post", late))[0] == "illegal"


async def test_a_banned_account_hears_and_does_nothing_more(enter: Enter) -> None:
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


async def test_a_closed_room_takes_no_more(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "over")
    await ann.ask("room:join", {"room": room})
    assert (await ann.ask("room:close", {"room": room, "reason": "done"}))["ok"]
    await until(lambda: heard(ann, "room:closed"))
    assert refusal(await ann.ask("room:post", message(room, "late", "hello?")))[0] == "closed"


# ── games ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def move(room: str, id: str, cell: Any, action: str = "place") -> dict[str, Any]:
    return {"room": room, "id": id, "type": "game.action", "body": {"action": action, "args": {"cell": cell}}}


async def test_illegal_moves_are_refused_with_their_reason_and_change_nothing(enter: Enter) -> None:
    ann, bea, cid = await enter("ann"), await enter("bea"), await enter("cid")
    room = await room_of(ann, "illegal-moves", "tic-tac-toe")
    assert (await ann.ask("room:join", {"room": room}))["seat"] == 0
    assert refusal(await ann.ask("room:post", move(room, "early", 0))) == ("illegal", "not_started")
    assert (await bea.ask("room:join", {"room": room}))["seat"] == 1
    watching = await cid.ask("room:join", {"room": room})
    assert watching.get("seat") is None
    assert (await ann.ask("room:post", move(room, "first", 4)))["ok"]
    async with undisturbed(enter, room):
        for client, post, expected in [
            (bea, move(room, "taken", 4), ("illegal", "cell_taken")),
            (ann, move(room, "twice", 5), ("illegal", "not_your_turn")),
            (cid, move(room, "watcher", 5), ("forbidden", "not_seated")),
            (bea, move(room, "outside", 9), ("invalid", None)),
            (bea, move(room, "text", "4"), ("invalid", None)),
            (bea, move(room, "none", None), ("invalid", None)),
            (bea, move(room, "other", 5, "jump"), ("invalid", None)),
        ]:
            assert refusal(await client.ask("room:post", post)) == expected, post["id"]
    assert (await bea.ask("room:post", move(room, "legal", 0)))["ok"]


async def test_a_rule_that_raises_is_internal_to_its_caller_alone(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "raising", "raising")
    await ann.ask("room:join", {"room": room})
    post = {"room": room, "type": "game.action"}
    assert (await ann.ask("room:post", post | {"id": "1", "body": {"action": "score", "args": {}}}))["ok"]
    async with undisturbed(enter, room):
        ack = await ann.ask("room:post", post | {"id": "2", "body": {"action": "explode", "args": {}}})
        assert refusal(ack)[0] == "internal"
        assert "ZeroDivision" not in json.dumps(ack)
    assert (await ann.ask("room:post", post | {"id": "3", "body": {"action": "score", "args": {}}}))["ok"]
    assert (await ann.ask("room:join", {"room": room}))["state"]["points"] == 2
