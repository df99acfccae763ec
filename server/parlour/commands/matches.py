"""`parlour matches`: the games of all rooms, asked of a running server."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from parlour.commands.asking import Token, Url, ask, query, say_more
from parlour.commands.options import AsJson

app = typer.Typer(help="The games of all rooms: waiting, playing, ended; asks a running server.", no_args_is_help=True)


@app.command("list")
def list_matches(
    kind: Annotated[str | None, typer.Option(help="Only games of this kind.")] = None,
    state: Annotated[str | None, typer.Option(help="waiting, playing or ended; all by default.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List rooms that play a game, those that moved last first."""
    page = ask("GET", "/api/admin/matches" + query(kind=kind, state=state, cursor=cursor), (url, token))
    for room in page["rooms"]:
        line = f"{room['id']:30} {room['kind']:12} {room['members']:5} members {room['head']:7} entries"
        typer.echo(json.dumps(room) if as_json else f"{line}  {room['title']}".rstrip())
    say_more(page, as_json)


@app.callback()
def _matches() -> None:
    """Keeps `list` a command of its own: with one command alone, typer would leave its name out."""
