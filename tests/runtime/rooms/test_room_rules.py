"""The rules of a room on every path: who writes, how often, and who reads what waits."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import orjson
import pytest

from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Configure, Moderate, Operate, Post
from parlour.errors import ParlourError
from parlour.runtime.rooms.interface import Bounds, Caller, NewRoom, TextSearch
from parlour.testing.fakes import FakeConnection
from tests.runtime.kit import ALICE, BOB, CAROL, OWNER, Process, message, moderate

EVE = f"0x{'5' * 40}"
ROLES = {
    "everyone": EVE,
    "member": ALICE,
    "editor": BOB,
    "moderator": CAROL,
    "owner": OWNER,
    "root": "root",
    "key": "app:k",
}
LEVELS = {"everyone": 0, "members": 1, "editors": 2, "moderators": 3}


async def town(process: Process | None = None, **rules: Any) -> Process:
    process = process or Process()
    await process.create(rules=rules)
    for role, account in (("member", ALICE), ("editor", BOB), ("moderator", CAROL)):
        await process.ask(moderate(OWNER, "role", account, role=role))
    return process


def rank(account: str) -> int:
    return SERVER_ROLES["moderator"] if account in ("root", "app:k") else 0


def said(answer: Any) -> str:
    return orjson.dumps(answer).decode()


async def code(process: Process, command: Any, **more: Any) -> str:
    try:
        answer = await process.ask(command, **more)
    except ParlourError as error:
        return f"{error.code}/{error.reason}"
    return "duplicate" if answer.get("duplicate") else "ok"


@pytest.mark.parametrize(("level", "role"), list(product(LEVELS, ROLES)))
async def test_rule_says_who_writes(level: str, role: str) -> None:
    process = await town(post=level)
    account, may = ROLES[role], list(ROLES).index(role) >= LEVELS[level]
    for type_ in ("chat.message", "app.note"):
        post = Post(author=account, rank=rank(account), id=type_, type=type_, body={"text": "gm"})
        assert await code(process, post) == ("ok" if may else "forbidden/rules")


async def test_configure_changes_the_rules_it_names_and_tells_all_but_words() -> None:
    process = await town(slow=5_000)
    alice, owner = await process.connected(ALICE), await process.connected(OWNER)
    words = [{"match": "scam", "do": "block"}]
    await process.ask(Configure(OWNER, title="Hall", rules={"post": "members", "words": words}))
    shown = await process.rooms.describe("hall", Caller(ALICE))
    assert shown["rules"] == {
        "post": "members", "slow": 5_000, "hold": "none", "files": True, "emoji": {}, "lastSeen": False
    }  # fmt: skip
    for account, level in ((OWNER, 0), (CAROL, 0), ("root", SERVER_ROLES["moderator"])):
        assert (await process.rooms.describe("hall", Caller(account, level)))["rules"]["words"] == words
    told = [event.data for event in alice.heard if event.event == "entry"]
    assert [entry["type"] for entry in told[-2:]] == ["room.configured", "room.words"]
    assert (told[-2]["body"]["rules"], told[-1]["body"], told[-1]["redacted"]) == ({"post": "members"}, None, "hidden")
    assert [event.data for event in owner.heard if event.event == "entry"][-1]["body"] == {"by": OWNER, "words": words}
    for path in ("history", "messages"):
        page = await getattr(process.rooms, path)("hall", Caller(ALICE), Bounds())
        assert "scam" not in said(page)


async def test_creator_is_shown_the_words_that_he_gave() -> None:
    process = await town()
    words = [{"match": "scam", "do": "block"}]
    made = await process.rooms.create(Caller(OWNER), NewRoom("chat", "den", rules={"slow": 5, "words": words}))
    assert made["room"] == await process.rooms.describe("den", Caller(OWNER))
    assert made["room"]["rules"]["words"] == words


async def test_creation_when_repeated_shows_the_words_as_they_are_now() -> None:
    process = await town()
    wanted = NewRoom("chat", "den", rules={"words": [{"match": "scam", "do": "block"}]})
    first = await process.rooms.create(Caller(OWNER), wanted)
    assert await process.rooms.create(Caller(OWNER), wanted) == first | {"duplicate": True}
    words = [{"match": "spam", "do": "mask"}]
    await process.ask(Configure(OWNER, rules={"words": words}), room="den")
    again = await process.rooms.create(Caller(OWNER), wanted)
    assert again["room"] == await process.rooms.describe("den", Caller(OWNER))
    assert again["room"]["rules"]["words"] == words


async def test_creation_when_repeated_by_who_was_put_out_since_shows_no_words() -> None:
    process = await town()
    wanted = NewRoom("chat", "den", rules={"words": [{"match": "scam", "do": "block"}]})
    await process.rooms.create(Caller(OWNER), wanted)
    await process.ask(Operate("root", rank=SERVER_ROLES["operator"], action="transfer", to=BOB), room="den")
    await process.ask(moderate(BOB, "ban", OWNER), room="den")
    again = await process.rooms.create(Caller(OWNER), wanted)
    assert (again["duplicate"], again["room"]["id"], "words" in again["room"]["rules"]) == (True, "den", False)


async def test_rules_given_at_creation_hold_after_a_restart() -> None:
    process = await town(post="editors", words=[{"match": "scam", "do": "block"}], slow=60_000)
    await process.close()
    again = Process(process.store, process.clock, owner="two")
    assert await code(again, message(ALICE, "gm")) == "forbidden/rules"
    assert await code(again, message(BOB, "a scam")) == "forbidden/rules"
    saved = await again.store.load("hall")
    assert saved is not None
    assert (saved.record.rules, saved.record.format) == ({"post": "editors", "slow": 60_000}, 2)
    _, known = await again.registry.create(
        OWNER, NewRoom("chat", "hall", rules={"post": "editors", "slow": 60_000, "words": []})
    )
    assert known


async def test_slow_room_counts_over_all_sockets_and_restarts() -> None:
    process = await town(slow=60_000)
    for connection in (FakeConnection(ALICE), FakeConnection(ALICE)):
        await process.join(connection)
    first = message(ALICE, "one")
    assert await code(process, first) == "ok"
    assert await code(process, message(ALICE, "two")) == "rate_limited/slow"
    assert await code(process, first) == "duplicate"
    assert (
        await code(process, Post(author=ALICE, id="r", type="chat.reaction", body={"of": 5, "emoji": "🎉", "on": True}))
        == "ok"
    )
    await process.clock.advance(30)
    await process.close()
    again = Process(process.store, process.clock, owner="two")
    error = await again.refused(message(ALICE, "two"))
    assert (error.code, error.reason, error.retry_after) == ("rate_limited", "slow", 30_000)
    assert [await code(again, message(CAROL, str(n))) for n in range(2)] == ["ok", "ok"], "moderators are exempt"
    await again.clock.advance(30)
    assert await code(again, message(ALICE, "two")) == "ok"


async def test_held_message_is_read_by_its_author_and_moderators_until_released() -> None:
    process = await town(hold="new")
    alice, eve, owner = [await process.connected(each) for each in (ALICE, EVE, OWNER)]
    seq = (await process.post(EVE, "gm secret", mentions=[ALICE]))["seq"]
    assert process.notices == []

    def heard(connection: FakeConnection) -> Any:
        return next(e.data for e in connection.heard if e.event == "entry" and e.data["seq"] == seq)

    assert (heard(alice)["body"], heard(alice)["redacted"]) == (None, "held")
    assert heard(eve)["body"]["text"] == heard(owner)["body"]["text"] == "gm secret"
    callers = {EVE: True, CAROL: True, OWNER: True, ALICE: False, BOB: False, "": False}
    for caller, sees in callers.items():
        for path in (process.rooms.history, process.rooms.messages):
            assert ("secret" in said(await path("hall", Caller(caller), Bounds()))) is sees
        assert bool((await process.rooms.search("hall", Caller(caller), TextSearch("secret")))["entries"]) is sees
        lines = [said(line) async for line in await process.rooms.transcript("hall", Caller(caller))]
        assert ("secret" in "".join(lines)) is sees
        joined = await process.join(FakeConnection(caller))
        assert ("secret" in said(joined["entries"])) is sees
    refused = await process.refused(Moderate(BOB, action="release", of=seq))
    assert refused.reason == "role"
    reaction = Post(author=ALICE, id="r", type="chat.reaction", body={"of": seq, "emoji": "🎉", "on": True})
    assert await code(process, reaction) == "illegal/held"
    await process.ask(Moderate(CAROL, action="release", of=seq))
    assert [(account, notice["type"], notice["seq"]) for account, notice in process.notices] == [
        (ALICE, "mention", seq)
    ]
    assert "secret" in said(await process.rooms.history("hall", Caller(ALICE), Bounds()))
    assert (await process.refused(Moderate(CAROL, action="release", of=seq))).reason == "not_held"
    later = (await process.post(EVE, "known now"))["seq"]
    assert "known now" in said(await process.rooms.history("hall", Caller(), Bounds(after=later - 1)))


async def test_message_when_its_body_names_a_waiting_one_waits_too() -> None:
    process = await town(hold="all")
    waiting = (await process.post(EVE, "gm"))["seq"]
    for of in (waiting, [], "x"):
        await process.post(EVE, "secret", of=of)
    assert "secret" not in said(await process.rooms.history("hall", Caller(ALICE), Bounds()))


async def test_words_block_hold_and_mask_messages_and_edits() -> None:
    words = [{"match": w, "do": d} for w, d in (("scam", "block"), ("maybe", "hold"), ("damn", "mask"))]
    process = await town(words=words)
    assert await code(process, message(ALICE, "a scam")) == "forbidden/rules"
    masked = message(ALICE, "oh damn", "one")
    assert await code(process, masked) == "ok"
    assert await code(process, masked) == "duplicate"
    assert await code(process, message(ALICE, "other", "one")) == "conflict/None"
    log = await process.log()
    assert log[-1].body == {"text": "oh ****"}
    for text, expected in (("scam", "forbidden/rules"), ("maybe", "forbidden/rules"), ("so damn", "ok")):
        assert await code(process, message(ALICE, text, type_="chat.edit", of=log[-1].seq)) == expected
    assert (await process.log())[-1].body == {"of": log[-1].seq, "text": "so ****"}
    await process.post(ALICE, "maybe later")
    assert "maybe" not in said(await process.rooms.history("hall", Caller(BOB), Bounds()))
    assert await code(process, message(CAROL, "scam damn")) == "ok", "moderators are exempt"


async def test_words_of_the_server_bind_owners_too_and_change_while_it_runs() -> None:
    process = await town(words=[{"match": "spam", "do": "mask"}])
    context = process.registry.context
    words = [{"match": w, "do": d} for w, d in (("scam", "block"), ("maybe", "hold"), ("damn", "mask"))]
    context.limits = replace(context.limits, words=words)
    masked = message(OWNER, "oh damn spam", "one")
    assert [await code(process, masked), await code(process, masked)] == ["ok", "duplicate"]
    assert (await process.log())[-1].body == {"text": "oh **** spam"}, "the room's own words do not bind its owner"
    assert await code(process, message(ALICE, "damn spam")) == "ok"
    assert (await process.log())[-1].body == {"text": "**** ****"}
    assert [await code(process, message(who, "a scam")) for who in (OWNER, ALICE)] == ["forbidden/rules"] * 2
    await process.post(OWNER, "maybe later")
    assert "maybe" not in said(await process.rooms.history("hall", Caller(BOB), Bounds()))
    post = Post(author="root", rank=rank("root"), id="root", type="chat.message", body={"text": "a scam is this"})
    assert await code(process, post) == "ok", "moderators of the server are exempt"
    context.limits = replace(context.limits, words=())
    assert await code(process, message(OWNER, "a scam")) == "ok"
