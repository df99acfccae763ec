"""`parlour doc`: shows documents and their versions, and goes back to one."""

from __future__ import annotations

import json
import os
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import uuid4

import aiohttp
import typer

from parlour.adapters.sql.rooms import open_store
from parlour.commands.options import Database, settings_with
from parlour.commands.outcome import run
from parlour.commands.replay import folded
from parlour.core.documents.room import DocumentRoom
from parlour.errors import Invalid, NotFound, OperatorError
from parlour.runtime.rooms.kinds import served_kinds

KEY = "PARLOUR_KEY"
"""The variable with an API key that has the scope entries:post."""

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Documents: show one, list its versions, go back to one."
)
Room = Annotated[str, typer.Argument(help="The document's room.")]


@app.command()
def show(
    room: Room,
    version: Annotated[int | None, typer.Option(min=1, help="The seq of a version; by default as it is.")] = None,
    as_: Annotated[Literal["text", "json"], typer.Option("--as", help="Its words, or its roots as JSON.")] = "text",
    database_url: Database = None,
) -> None:
    """Print a document, or one of its versions, from the database."""
    document = run(_stored(room, version, database_url))
    said = document.read(as_)
    typer.echo(said if as_ == "text" else json.dumps(said, indent=2, ensure_ascii=False))


@app.command()
def versions(room: Room, database_url: Database = None) -> None:
    """List a document's versions, the newest first: seq, when (ms), by whom, title."""
    document = run(_stored(room, None, database_url))
    for each in document.versions.page(None, len(document.versions.kept))[0]:
        typer.echo(f"{each['seq']}\t{each['at']}\t{each['by'] or 'by itself'}\t{each['title']}")


@app.command()
def restore(
    room: Room,
    version: Annotated[int, typer.Argument(min=1, help="The seq of the version to go back to.")],
    url: Annotated[str, typer.Option(help="The running server.")] = "http://127.0.0.1:8080",
) -> None:
    """Make a document read as in a version, by one more edit that the API key of $PARLOUR_KEY writes."""
    typer.echo(run(_restored(room, version, url)))


async def _stored(room: str, version: int | None, database_url: str | None) -> DocumentRoom:
    """Return a document as it is stored; raises NotFound, or Invalid for another kind of room."""
    store = await open_store(settings_with(database_url=database_url).database_url)
    try:
        hall, _ = await folded(store, served_kinds(), room, version)
    finally:
        await store.close()
    if not isinstance(hall, DocumentRoom):
        raise Invalid(f"{room} is no document.")
    if version is not None and hall.versions.find(version) is None:
        raise NotFound(f"{room} has no version {version}; see `parlour doc versions {room}`.")
    return hall


async def _restored(room: str, version: int, url: str) -> str:
    key = os.environ.get(KEY)
    if not key:
        raise OperatorError(f"Set {KEY} to an API key with the scope entries:post.")
    asked = {"id": uuid4().hex, "version": version}
    path = f"{url.rstrip('/')}/api/rooms/{quote(room, safe='')}/document/restore"
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(path, json=asked, allow_redirects=False) as answer,
    ):
        restored = await _checked(answer)
    return "It reads so already." if restored.get("duplicate") else f"Restored by entry {restored['seq']}."


async def _checked(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    if answer.content_type != "application/json":
        raise OperatorError(f"{answer.url} answered {answer.status} {answer.reason}; is that a Parlour server?")
    said: dict[str, Any] = await answer.json()
    if answer.status != 200:
        raise OperatorError(said["error"]["message"])
    return said
