"""Rooms full of chat, and what a viewer gets of them: the log's entries, and the server's own page of messages.

`python -m tests.clients.message_logs` writes `tests/vectors/messages.jsonl`, which both SDKs fold.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from parlour.core.room import Moderate, Post
from parlour.errors import ParlourError
from parlour.runtime.rooms.interface import Bounds, Caller
from parlour.testing.fakes import FakeConnection, carried
from tests.bounds import host_limits
from tests.runtime.kit import ALICE, BOB, OWNER, Process

VECTORS = Path(__file__).parents[1] / "vectors" / "messages.jsonl"
PEOPLE = (OWNER, ALICE, BOB)
EMOJI = ("👍", "❤", "❤\ufe0f", "🎉")
Kind = Literal[
    "say", "reply", "thread", "edit", "delete", "react", "unreact", "pin", "unpin", "release", "resolve", "note"
]
KINDS: tuple[Kind, ...] = (
    *("say", "say", "say", "reply", "thread", "thread", "thread", "edit", "edit", "delete"),
    *("react", "react", "unreact", "pin", "unpin", "release", "release", "release", "resolve"),
)
"""What happens in a room, as often as it should: there is more talk than anything else."""


class Act(NamedTuple):
    """Something that somebody does in a room.

    Attributes:
        who: a place in PEOPLE: the owner, Alice, Bob.
        of: which message it is about, counted from the first, modulo their number.
        turn: chooses a text's mentions, or an emoji.
    """

    kind: Kind
    who: int
    of: int
    turn: int


class Seen(NamedTuple):
    """A room as somebody sees it.

    Attributes:
        entries: its log, as `room:history` answers it at the end.
        heard: what a socket got that joined at the beginning, with what was released since.
        page: its messages, as `room:history {view: "messages"}` answers them.
        threads: the same of each thread that a DApp's own entry began, by that entry's seq.
        pins: the same of what is pinned.
    """

    entries: list[dict[str, Any]]
    heard: list[dict[str, Any]]
    page: list[dict[str, Any]]
    threads: dict[str, list[dict[str, Any]]]
    pins: list[dict[str, Any]]


async def seen(acts: Sequence[Act], hold: str, viewer: str) -> Seen:
    """Do the acts in a room with the rule `hold`; what the server refuses is left out."""
    process = Process(limits=host_limits(room_posts_per_second=1e6, room_posts_burst=1_000_000, known_ids=500))
    await process.create(rules={"hold": hold})
    connection = FakeConnection(viewer)
    joined = await process.join(connection)
    said: list[int] = []
    for number, act in enumerate(acts):
        try:
            answer = await process.ask(_command(act, said, number))
        except ParlourError:
            continue
        if act.kind in ("say", "reply", "thread", "note"):
            said.append(answer["seq"])
    caller = Caller(viewer)
    log = (await process.rooms.history("hall", caller, Bounds(limit=1000)))["entries"]
    page = (await process.rooms.messages("hall", caller, Bounds(limit=1000)))["entries"]
    heard = [*joined["entries"], *connection.events("entry")]
    for of in [entry["body"]["of"] for entry in heard if entry["type"] == "chat.released"]:
        edits = (await process.rooms.edits("hall", caller, of))["entries"]
        shown = {entry["seq"]: entry for entry in edits}
        heard = [shown.get(entry["seq"], entry) if entry["body"] is None else entry for entry in heard]
    threads = {
        str(entry["seq"]): (await process.rooms.messages("hall", caller, Bounds(thread=entry["seq"])))["entries"]
        for entry in log
        if entry["type"].startswith("app.")
    }
    pins = (await process.rooms.pins("hall", caller))["entries"]
    await process.close()
    return Seen(*(carried(part) for part in (log, heard, page, threads, pins)))


def _command(act: Act, said: Sequence[int], number: int) -> Post | Moderate:
    author, id_ = PEOPLE[act.who], f"act-{number}"
    of = said[act.of % len(said)] if said else 1
    if act.kind == "release":
        return Moderate(author=author, action="release", account="", of=of)
    type_, body = {
        "say": ("chat.message", _text(act, number)),
        "reply": ("chat.message", {**_text(act, number), "replyTo": of}),
        "thread": ("chat.message", {**_text(act, number), "thread": of}),
        "edit": ("chat.edit", {**_text(act, number), "of": of}),
        "delete": ("chat.delete", {"of": of}),
        "react": ("chat.reaction", {"of": of, "emoji": EMOJI[act.turn % len(EMOJI)], "on": True}),
        "unreact": ("chat.reaction", {"of": of, "emoji": EMOJI[act.turn % len(EMOJI)], "on": False}),
        "pin": ("chat.pin", {"of": of, "on": True}),
        "unpin": ("chat.pin", {"of": of, "on": False}),
        "resolve": ("chat.resolve", {"of": of, "on": act.turn % 2 == 0}),
        "note": ("app.note", {"text": act.turn, "thread": "none", "items": [number]}),
    }[act.kind]
    return Post(author=author, id=id_, type=type_, body=body)


def _text(act: Act, number: int) -> dict[str, Any]:
    mentions = {"mentions": [PEOPLE[act.turn % len(PEOPLE)]]} if act.turn % 3 == 0 else {}
    anchor = (
        {"anchor": {"root": "text", "from": "0x00", "to": "0x01"}} if act.turn % 2 == 0 and act.kind == "say" else {}
    )
    card = {"card": {"room": "hall"}} if act.turn % 5 == 1 and act.kind != "edit" else {}
    return {"text": f"{act.kind} {number}", **mentions, **anchor, **card}


def drawn(seed: int, count: int) -> list[Act]:
    """Return acts, the same for the same seed."""
    chance = random.Random(seed)
    return [Act(chance.choice(KINDS), *(chance.randrange(most) for most in (3, 5, 12))) for _ in range(count)]


CASES = [(seed, hold, who) for seed, hold in enumerate(("none", "new", "all"), 10) for who in (0, 1, 2)]
"""A seed, the room's rule `hold`, and who looks."""


NOTES = (
    Act("note", 1, 0, 7),
    Act("say", 2, 0, 1),
    Act("thread", 2, 0, 1),
    Act("thread", 0, 0, 2),
    Act("thread", 1, 0, 4),
    Act("edit", 0, 3, 1),
    Act("delete", 1, 4, 0),
    Act("react", 2, 0, 0),
    Act("react", 0, 0, 0),
    Act("react", 0, 0, 1),
    Act("unreact", 0, 0, 2),
    Act("pin", 0, 1, 0),
    Act("pin", 0, 0, 0),
    Act("note", 2, 0, 1),
    Act("reply", 0, 5, 1),
)
"""A DApp's own entry that begins a thread, is reacted to and pinned, and another that nobody answers in a thread."""


async def vector(seed: int, hold: str, who: int) -> dict[str, Any]:
    """Return one line of the vectors."""
    room = await seen(drawn(seed, 60), hold, PEOPLE[who])
    about = f"Acts of seed {seed} in a room that holds {hold}, as {('its owner', 'Alice', 'Bob')[who]} sees them."
    return {"about": about, "entries": room.entries, "page": room.page}


async def vector_of_notes() -> dict[str, Any]:
    """Return the line of a DApp's own entries: with the pages of their threads, and of what is pinned."""
    room = await seen(NOTES, "none", BOB)
    return {
        "about": "A DApp's own entries as Bob sees them: answered in a thread, reacted to, pinned.",
        **room._asdict(),
    }


async def _write() -> None:
    vectors = [*[await vector(*case) for case in CASES], await vector_of_notes()]
    lines = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in vectors]
    VECTORS.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
