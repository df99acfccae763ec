"""Messages are the same folded by the server, and by a client from the log or from what it heard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour_client import Entry, Message, fold_messages
from tests.clients.message_logs import (
    CASES,
    KINDS,
    PEOPLE,
    VECTORS,
    Act,
    Seen,
    drawn,
    seen,
    vector,
    vector_of_notes,
)

acts = st.lists(
    st.builds(Act, st.sampled_from((*KINDS, "note")), st.integers(0, 2), st.integers(0, 4), st.integers(0, 11)),
    min_size=10,
    max_size=40,
)


def told(message: Message) -> Message:
    """Return what every reader can know of a message: of a deleted one only its place, author and answers are left."""
    if not message.deleted:
        return message
    return replace(message, mentions=(), files=(), reply_to=None, thread=None, edited=False)


def folded(wire: Sequence[dict[str, Any]]) -> list[Message]:
    return [told(message) for message in fold_messages(Entry.from_json(entry) for entry in wire)]


def listed(page: Sequence[dict[str, Any]]) -> list[Message]:
    return [told(Message.from_json(message)) for message in page]


def check_answers(entries: Sequence[dict[str, Any]], page: Sequence[dict[str, Any]]) -> None:
    """A page with a DApp's own entries holds them as they were said, and answered as a message would be."""
    said = {entry["seq"]: entry for entry in entries}
    own = {seq for seq, entry in said.items() if entry["type"].startswith("app.")}
    as_messages = [entry | {"type": "chat.message", "body": {}} if entry["seq"] in own else entry for entry in entries]
    answered = {message.seq: message for message in folded(as_messages)}
    for message in listed(page):
        assert replace(message, app=None) == answered[message.seq]
        assert (message.app is not None) == (message.seq in own)
        if message.app is not None:
            assert (message.app.type, message.app.body) == (said[message.seq]["type"], said[message.seq]["body"])


@settings(max_examples=25)
@given(acts, st.sampled_from(["none", "new", "all"]), st.sampled_from(PEOPLE))
def test_messages_are_the_same_on_the_server_and_in_the_client(said: list[Act], hold: str, viewer: str) -> None:
    room = asyncio.run(seen(said, hold, viewer))
    assert folded(room.entries) == listed(room.page)
    assert folded(room.heard) == listed(room.page)
    for page in (*room.threads.values(), room.pins):
        check_answers(room.entries, page)


def test_vectors_hold_every_kind_of_entry() -> None:
    lines = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    types = {entry["type"] for line in lines for entry in line["entries"]}
    chat = {"message", "edit", "delete", "reaction", "pin", "resolve", "held", "released"}
    assert {f"chat.{name}" for name in chat} <= types
    page = [message for line in lines for message in line["page"]]
    assert {"replies", "edited", "deleted", "pinned", "resolved", "held"} <= {key for each in page for key in each}
    for line in lines:
        assert folded(line["entries"]) == listed(line["page"]), line["about"]
        for each in (*line.get("threads", {}).values(), line.get("pins", [])):
            check_answers(line["entries"], each)


async def test_vector_of_a_dapps_own_entries_is_what_the_server_says_today() -> None:
    kept = json.loads(VECTORS.read_text(encoding="utf-8").splitlines()[-1])
    today = await vector_of_notes()
    assert list(kept["threads"]) == list(today["threads"]) == ["2", "15"]
    for kept_page, page in zip(_pages(kept), _pages(today), strict=True):
        assert _steady(kept_page) == _steady(page)


@pytest.mark.parametrize("at", range(len(CASES)))
async def test_vector_is_what_the_server_says_today(at: int) -> None:
    kept = json.loads(VECTORS.read_text(encoding="utf-8").splitlines()[at])
    assert _steady(kept["page"]) == _steady((await vector(*CASES[at]))["page"])


def test_what_is_drawn_for_a_seed_is_always_the_same() -> None:
    assert drawn(1, 9) == drawn(1, 9)
    assert Seen._fields == ("entries", "heard", "page", "threads", "pins")


def test_entry_of_a_dapp_is_no_text_whatever_it_holds() -> None:
    head = {"room": "hall", "seq": 2, "id": "note", "author": PEOPLE[0], "at": 5, "hash": f"0x{'0' * 64}"}
    body = {"text": 7, "mentions": "nobody", "thread": "none", "card": []}
    wire = {**head, "type": "app.note", "body": body, "reactions": {"👍": [PEOPLE[1]]}, "pinned": True}
    message = Message.from_json(wire)
    assert message.app is not None
    assert message.app.body == body
    shown = (message.text, message.mentions, message.thread, message.card, message.deleted)
    assert shown == ("", (), None, None, False)
    assert (message.pinned, message.reactions) == (True, {"👍": (PEOPLE[1],)})
    erased = Message.from_json({**wire, "body": None, "redacted": "erased"})
    assert (erased.app, erased.deleted) == (None, True)


def _pages(line: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [line["page"], line["pins"], *line["threads"].values()]


def _steady(page: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a page without what chance decides: salts make the hashes."""
    return [{key: value for key, value in message.items() if key not in ("hash", "bodyHash")} for message in page]
