"""docs/protocol.md sections 3 to 5: chat entries, pages of messages, erasure and notices of mentions."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, fresh, made, post_refused, posted, said
from tests.e2e.stock import heard, http_json, until

ANN, BEA, CID = (wallet(name).address for name in ("ann", "bea", "cid"))


@pytest.mark.parametrize(
    ("type", "body"),
    [
        ("chat.message", {}),
        ("chat.message", {"text": ""}),
        ("chat.message", {"text": 7}),
        ("chat.message", {"text": "x", "mentions": "bea"}),
        ("chat.message", {"text": "x", "mentions": [7]}),
        ("chat.message", {"text": "x", "mentions": ["0x" + "1" * 40] * 1000}),
        ("chat.message", {"text": "x", "replyTo": "2"}),
        ("chat.message", {"text": "x", "thread": 1.5}),
        ("chat.message", {"text": "x", "replyTo": -1}),
        ("chat.edit", {"text": "x"}),
        ("chat.edit", {"of": 2}),
        ("chat.edit", {"of": True, "text": "x"}),
        ("chat.delete", {}),
        ("chat.delete", {"of": 2, "reason": 7}),
        ("chat.reaction", {"of": 2, "emoji": "x"}),
        ("chat.reaction", {"of": 2, "on": True}),
        ("chat.reaction", {"of": 2, "emoji": "", "on": True}),
        ("chat.reaction", {"of": 2, "emoji": "x" * 100, "on": True}),
        ("chat.reaction", {"of": 2, "emoji": "x", "on": "yes"}),
        ("chat.pin", {"of": 2}),
        ("chat.shout", {"text": "x"}),
        ("chat.", {"text": "x"}),
    ],
)
async def test_malformed_chat_entry_is_invalid(enter: Enter, type: str, body: dict[str, Any]) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await said(ann, room)
    assert (await post_refused(ann, room, type, body))[0] == "invalid"
    assert (await said(ann, room))["seq"] == 3


REFERENCES: list[tuple[str, dict[str, Any], str]] = [
    ("chat.message", {"text": "x"}, "replyTo"),
    ("chat.message", {"text": "x"}, "thread"),
    ("chat.edit", {"text": "x"}, "of"),
    ("chat.delete", {}, "of"),
    ("chat.reaction", {"emoji": "👍", "on": True}, "of"),
    ("chat.pin", {"on": True}, "of"),
]


@pytest.mark.parametrize(("type", "body", "key"), REFERENCES)
async def test_references_are_not_found_where_absent_and_illegal_where_deleted(
    enter: Enter, type: str, body: dict[str, Any], key: str
) -> None:
    ann = await enter("ann")
    room = await made(ann)
    gone = (await said(ann, room))["seq"]
    await posted(ann, room, "chat.delete", {"of": gone})
    for seq in (99, 2**53 - 1):
        assert (await post_refused(ann, room, type, {**body, key: seq}))[0] == "not_found"
    assert (await post_refused(ann, room, type, {**body, key: gone}))[0] == "illegal"
    there = (await said(ann, room))["seq"]
    await posted(ann, room, type, {**body, key: there})


async def test_author_edits_and_only_moderators_delete_messages_of_others(enter: Enter) -> None:
    ann, bea, cid = await enter("ann"), await enter("bea"), await enter("cid")
    room = await made(ann)
    mine, hers = (await said(ann, room, "ann's"))["seq"], (await said(bea, room, "bea's"))["seq"]
    edit = {"text": "put into her mouth"}
    assert (await post_refused(ann, room, "chat.edit", {**edit, "of": hers}))[0] == "forbidden"
    assert (await post_refused(bea, room, "chat.edit", {**edit, "of": mine}))[0] == "forbidden"
    assert (await post_refused(cid, room, "chat.delete", {"of": hers}))[0] == "forbidden"
    assert (await post_refused(bea, room, "chat.delete", {"of": mine}))[0] == "forbidden"
    assert (await post_refused(bea, room, "chat.pin", {"of": hers, "on": True}))[0] == "forbidden"
    await done(ann, "room:moderate", room=room, account=CID, action="role", role="moderator")
    assert (await post_refused(cid, room, "chat.delete", {"of": mine}))[0] == "forbidden", "the owner is higher"
    await posted(cid, room, "chat.pin", {"of": hers, "on": True})
    await posted(cid, room, "chat.delete", {"of": hers, "reason": "rude"})


async def test_page_of_messages_is_folded(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    first, second, third = [(await said(ann, room, text))["seq"] for text in ("one", "two", "three")]
    await posted(ann, room, "chat.edit", {"of": first, "text": "uno"})
    edited = await posted(ann, room, "chat.edit", {"of": first, "text": "eins"})
    for client, on in ((ann, True), (bea, True), (ann, False)):
        await posted(client, room, "chat.reaction", {"of": second, "emoji": "🎉", "on": on})
    deleted = await posted(ann, room, "chat.delete", {"of": third})
    answer = await done(ann, "room:history", room=room, view="messages")
    assert answer["more"] is False
    one, two, three = answer["entries"]
    assert (one["seq"], one["body"], one["edited"]["text"]) == (first, {"text": "one"}, "eins")
    assert (one["edited"]["seq"], one["edited"]["at"]) == (edited["seq"], edited["at"])
    assert (two["seq"], two["reactions"], "edited" in two) == (second, {"🎉": [BEA]}, False)
    assert (three["seq"], three["body"], three["redacted"]) == (third, None, "erased")
    assert three["deleted"] == {"seq": deleted["seq"], "at": deleted["at"]}
    page = await done(ann, "room:history", room=room, view="messages", limit=2)
    assert ([entry["seq"] for entry in page["entries"]], page["more"]) == ([second, third], True)
    page = await done(ann, "room:history", room=room, view="messages", after=first, limit=1)
    assert ([entry["seq"] for entry in page["entries"]], page["more"]) == ([second], True)


async def test_deleted_message_and_its_edits_are_erased_on_every_path(enter: Enter, server: ServerProcess) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, secret = await made(ann), fresh("zebra")
    before = await done(ann, "room:join", room=room)
    said_ = await said(ann, room, secret)
    edit = await posted(ann, room, "chat.edit", {"of": said_["seq"], "text": secret + " again"})
    await posted(ann, room, "chat.delete", {"of": said_["seq"]})
    since = {"epoch": before["epoch"], "seq": before["head"], "hash": before["hash"]}
    joined = await done(bea, "room:join", room=room, since=since)
    history = await done(bea, "room:history", room=room, proof=True)
    messages = await done(bea, "room:history", room=room, view="messages")
    found = await done(bea, "room:search", room=room, query=secret.partition("-")[0])
    _, over_http = await http_json("GET", f"{server.url}/api/rooms/{room}/entries?proof=1")
    for entries in (joined["entries"], history["entries"][1:], over_http["entries"][1:]):
        for entry, seq in zip(entries, (said_["seq"], edit["seq"]), strict=False):
            assert entry["seq"] == seq
            assert (entry["body"], entry["redacted"], len(entry["bodyHash"])) == (None, "erased", 66)
            assert "salt" not in entry
    assert found["entries"] == []
    assert secret not in repr([joined, history, messages, over_http])
    again = {"room": room, "id": history["entries"][1]["id"], "type": "chat.message", "body": {"text": secret}}
    assert (await done(ann, "room:post", **again))["duplicate"] is True


async def test_mention_is_noticed_on_every_device_in_or_out_of_the_room(enter: Enter) -> None:
    ann, phone, laptop, cid = await enter("ann"), await enter("bea"), await enter("bea"), await enter("cid")
    room = await made(ann)
    told = await said(ann, room, "look", mentions=[BEA.lower(), ANN])
    await until(lambda: heard(phone, "notice") and heard(laptop, "notice"))
    for device in (phone, laptop):
        [notice] = heard(device, "notice")
        assert notice == {"id": notice["id"], "room": room, "seq": told["seq"], "type": "mention", "from": ANN}
    assert heard(ann, "notice") == heard(cid, "notice") == []
    hidden = await made(ann, visibility="private")
    await said(ann, hidden, "secret", mentions=[BEA])
    await said(ann, room, "again", mentions=[BEA])
    await until(lambda: len(heard(phone, "notice")) == 2)
    assert heard(phone, "notice", hidden) == [], "a room one may not know sends no notices"


async def test_entry_of_a_dapp_begins_a_thread_and_is_pinned(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    note = await posted(ann, room, "app.note", {"about": "a map"})
    root = note["seq"]
    reply = await said(ann, room, "nice map", thread=root)
    await posted(ann, room, "chat.pin", {"of": root, "on": True})
    await posted(ann, room, "chat.reaction", {"of": root, "emoji": "👍", "on": True})
    thread = await done(ann, "room:history", room=room, view="messages", thread=root)
    assert [entry["seq"] for entry in thread["entries"]] == [root, reply["seq"]]
    first = thread["entries"][0]
    assert (first["type"], first["body"], first["pinned"]) == ("app.note", {"about": "a map"}, True)
    assert first["reactions"] == {"👍": [ANN]}
    assert first["replies"]["count"] == 1
    assert (await done(ann, "room:history", room=room, view="pins"))["entries"] == [first]
    messages = await done(ann, "room:history", room=room, view="messages")
    assert [entry["seq"] for entry in messages["entries"]] == [reply["seq"]]
    bea = await enter("bea")
    joined = await done(bea, "room:join", room=room)
    assert [pin["body"] for pin in joined["pins"]] == [{"about": "a map"}]
