"""`parlour room`: follows a room in a terminal, and lets it hear of a contract's events."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any

import typer

from parlour.commands.options import AsJson
from parlour.commands.talk.session import LOCAL, KeyPlace, ServerUrl, shown, talking
from parlour_client import Entry, LogReset, Parlour, Room

PAGE = 1_000
"""Entries read at once: the most a server answers."""

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="A room: follow its log, or let it hear of a contract."
)
RoomName = Annotated[str, typer.Argument(help="The room's id.")]


@app.command()
def tail(
    room: RoomName,
    url: ServerUrl = LOCAL,
    key: KeyPlace = None,
    last: Annotated[int, typer.Option("--last", "-n", min=0, help="Begin with so many entries of the log.")] = 10,
    since: Annotated[int | None, typer.Option(min=0, help="In place of --last: begin behind this seq.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Print what comes, until Ctrl-C.")] = False,
    type_: Annotated[str, typer.Option("--type", help="Only these, such as chat.* or chain.event.")] = "*",
    as_json: AsJson = False,
) -> None:
    """Print the end of a room's log, and with -f what comes."""

    async def read(parlour: Parlour) -> None:
        handle = await parlour.enter(room, limit=0, as_="spectator")
        async with aclosing(_entries(handle, last, since, follow)) as entries:
            async for entry in entries:
                if fnmatchcase(entry.type, type_):
                    typer.echo(json.dumps(_wire(entry), ensure_ascii=False) if as_json else line(entry))
        handle.release()

    talking(url, key, read)


@app.command()
def watch(
    room: RoomName,
    contract: Annotated[str, typer.Argument(help="The contract's address.")],
    event: Annotated[str, typer.Argument(help='As in Solidity: "Transfer(address indexed from, …)".')],
    chain: Annotated[int, typer.Option(min=1, help="The chain's id.")],
    url: ServerUrl = LOCAL,
    key: KeyPlace = None,
    finality: Annotated[str | None, typer.Option(help="included, safe or finalized.")] = None,
    as_json: AsJson = False,
) -> None:
    """Have a contract's events written into a room, as somebody who may; prints the watch."""

    async def ask(parlour: Parlour) -> dict[str, Any]:
        async with parlour.join(room, limit=0) as joined:
            made = await joined.watch(chain=chain, address=contract, event=event, finality=finality)
            joined.release()
            return dict(made)

    made = talking(url, key, ask)
    typer.echo(json.dumps(made) if as_json else f"watch {made['id']} of {room}: {event} of {contract}")


async def _entries(room: Room, last: int, since: int | None, follow: bool) -> AsyncGenerator[Entry, None]:
    """Yield the end of the log, then what comes after it where that is wanted."""
    head = room.head
    after = max(0, head - last) if since is None else since
    while after < head:
        page, _ = await room.history(after=after, before=head + 1, limit=PAGE)
        if not page:
            break
        for entry in page:
            yield entry
        after = page[-1].seq
    while follow:
        try:
            yield await anext(room)
        except StopAsyncIteration:
            return
        except LogReset as reset:
            typer.echo(f"parlour: {reset.message}", err=True)


def line(entry: Entry) -> str:
    """Return an entry as a line for people."""
    at = datetime.fromtimestamp(entry.at / 1000).strftime("%H:%M:%S")
    who = shown(entry.author) or "server"
    if entry.type == "chat.message":
        said = shown(entry.text).replace("\n", "\n    ") if entry.redacted is None else f"({entry.redacted})"
        return f"#{entry.seq} {at} {who}: {said}"
    body = entry.body if not isinstance(entry.body, bytes) else f"{len(entry.body)} bytes"
    return f"#{entry.seq} {at} {who} {entry.type} {shown(json.dumps(body, ensure_ascii=False))}"


def _wire(entry: Entry) -> dict[str, Any]:
    known = {"room": entry.room, "seq": entry.seq, "id": entry.id, "type": entry.type, "author": entry.author}
    body = {"b64": b64encode(entry.body).decode()} if isinstance(entry.body, bytes) else entry.body
    return {**known, "at": entry.at, "body": body, "hash": entry.hash}
