"""Writes a room out for people: as JSON with every entry, as Markdown or as HTML with its messages as they are now.

Each page is read through `RoomService`, so a right that ends stops the export.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import escape
from re import compile as pattern
from typing import Any, Literal

import orjson

from parlour.core.room import RoomId
from parlour.runtime.rooms.interface import Bounds, Caller, RoomService

Format = Literal["json", "markdown", "html"]
PAGE = 500
"""Entries read at once."""
FORMAT = 1
"""Of the JSON; a higher number means that older readers cannot read it."""
_MARKS = pattern(r"([\\`*_{}\[\]()#+\-.!|<>~&:])")
"""What Markdown (CommonMark section 2.4) reads as a mark."""
_PAGE = (
    '<!doctype html><html lang="und"><meta charset="utf-8"><title>{title}</title>'
    "<style>body{{font:16px/1.5 system-ui;max-width:48rem;margin:2rem auto}}p{{white-space:pre-wrap;margin:0 0 1rem}}"
    "small{{color:GrayText}}</style><h1>{title}</h1>"
)


async def exported(rooms: RoomService, room: RoomId, caller: Caller, as_: Format) -> AsyncIterator[bytes]:
    """Yield a room piece by piece; raises as `RoomService.describe` before the first."""
    about = await rooms.describe(room, caller)
    if as_ == "json":
        yield b'{"format":%d,"room":%s,"entries":[' % (FORMAT, orjson.dumps(about))
        first = True
        async for entry in _pages(rooms, room, caller, messages=False):
            yield (b"" if first else b",\n") + orjson.dumps(entry)
            first = False
        yield b"]}"
        return
    title = about["title"] or about["id"]
    write = _markdown if as_ == "markdown" else _html
    yield (f"# {_plain(title)}\n" if as_ == "markdown" else _PAGE.format(title=escape(title))).encode()
    async for message in _pages(rooms, room, caller, messages=True):
        if (text := _text(message)) is not None:
            yield write(message, text).encode()


async def _pages(rooms: RoomService, room: RoomId, caller: Caller, *, messages: bool) -> AsyncIterator[dict[str, Any]]:
    after, more = 0, True
    while more:
        bounds = Bounds(after=after, limit=PAGE)
        page = await (rooms.messages if messages else rooms.history)(room, caller, bounds)
        for entry in page["entries"]:
            yield entry
            after = entry["seq"]
        more = page["more"] and bool(page["entries"])


def _text(message: dict[str, Any]) -> str | None:
    """Return a message's newest text, with a line for each of its files; None where nobody may read it."""
    body = orjson.loads(orjson.dumps(message.get("body")))  # it may be the stored bytes, which only orjson reads
    if not isinstance(body, dict) or message.get("deleted"):
        return None
    text = str((message.get("edited") or body).get("text", ""))
    files = body.get("files")
    named = [f"[file {each}]" for each in files if isinstance(each, str)] if isinstance(files, list) else []
    return "\n".join([*([text] if text else []), *named])


def _when(message: dict[str, Any]) -> str:
    return datetime.fromtimestamp(message["at"] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _markdown(message: dict[str, Any], text: str) -> str:
    lines = "\n> ".join(_plain(line) for line in text.splitlines())
    return f"\n**{_plain(message['author'])}** · {_when(message)} · {message['seq']}\n\n> {lines}\n"


def _html(message: dict[str, Any], text: str) -> str:
    head = f"<b>{escape(message['author'])}</b> <small>{_when(message)} · {message['seq']}</small>"
    return f'<article id="m{message["seq"]}">{head}<p>{escape(text)}</p></article>\n'


def _plain(text: str) -> str:
    """Return a line in which Markdown reads no mark."""
    return _MARKS.sub(r"\\\1", text)
