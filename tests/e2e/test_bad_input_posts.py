"""Bad posts: a coded error in the ack, nothing stored, nobody else disturbed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.bad_input import message, refusal, room_of, undisturbed
from tests.e2e.conftest import Enter

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


async def test_clients_own_entries_may_have_any_name_of_its_own(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "own-entries")
    ack = await ann.ask("room:post", {"room": room, "id": "own", "type": "app.score", "body": {"points": 3}})
    assert (ack["ok"], ack["seq"]) == (True, 2)


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
async def test_post_of_the_wrong_shape_is_invalid_and_nobody_hears_it(enter: Enter, post: dict[str, Any]) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "odd-posts")
    async with undisturbed(enter, room):
        assert refusal(await ann.ask("room:post", {"room": room, **post}))[0] == "invalid"


async def test_body_nested_too_deep_is_invalid(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "deep")
    deep: Any = {}
    for _ in range(40):
        deep = {"a": deep}
    async with undisturbed(enter, room):
        ack = await ann.ask("room:post", {"room": room, "id": "deep", "type": "app.x", "body": deep})
        assert refusal(ack)[0] == "invalid"


async def test_oversized_body_is_too_large_and_the_connection_stays(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "large")
    async with undisturbed(enter, room):
        assert refusal(await ann.ask("room:post", message(room, "large", "x" * 40_000)))[0] == "too_large"
    assert (await ann.ask("room:post", message(room, "large", "small enough")))["ok"]


async def test_same_id_again_is_the_same_entry_and_another_body_a_conflict(enter: Enter) -> None:
    ann = await enter("ann")
    room = await room_of(ann, "twice")
    first = await ann.ask("room:post", message(room, "once", "hello"))
    again = await ann.ask("room:post", message(room, "once", "hello"))
    assert (again["seq"], again["hash"], again["duplicate"]) == (first["seq"], first["hash"], True)
    assert refusal(await ann.ask("room:post", message(room, "once", "other")))[0] == "conflict"
    bea = await enter("bea")
    assert (await bea.ask("room:post", message(room, "once", "mine")))["seq"] == 3


async def test_refused_post_does_not_use_up_its_id(enter: Enter) -> None:
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


async def test_rule_that_raises_is_internal_to_its_caller_alone(enter: Enter) -> None:
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
