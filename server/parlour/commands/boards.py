"""`parlour boards`: the boards of ratings and scores, asked of a running server."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

import typer

from parlour.commands.asking import Reason, Token, Url, ask, change, query, say_more
from parlour.commands.options import AsJson

app = typer.Typer(help="Boards of ratings and scores: list, remove; asks a running server.", no_args_is_help=True)


@app.command("list")
def list_boards(
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List boards, those that changed last first."""
    page = ask("GET", "/api/admin/boards" + query(cursor=cursor), (url, token))
    for room in page["rooms"]:
        line = f"{room['id']:30} {room['head']:7} entries  {room['title']}".rstrip()
        typer.echo(json.dumps(room) if as_json else line)
    say_more(page, as_json)


@app.command("remove")
def remove(
    board: Annotated[str, typer.Argument(help="The board's id, with or without `board:`.")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Erase a board with all its rows; the next game that counts begins it anew."""
    answer = change("POST", f"/api/admin/boards/{quote(board, safe='')}/remove", (url, token), reason)
    typer.echo(json.dumps(answer) if as_json else f"erased {answer['erased']}")
