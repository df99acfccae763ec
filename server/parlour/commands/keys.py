"""`parlour keys`: API keys, asked of a running server; `parlour token` makes them in the database itself."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

import typer

from parlour.commands.asking import Reason, Token, Url, ask, change
from parlour.commands.options import AsJson

app = typer.Typer(
    help="API keys: list, mint, revoke; asks a running server, as an admin who signed in.", no_args_is_help=True
)


@app.command("list")
def list_keys(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List every key there ever was, without its text."""
    for key in ask("GET", "/api/admin/keys", (url, token))["keys"]:
        state = "revoked" if key["revokedAt"] else "live"
        typer.echo(json.dumps(key) if as_json else f"{key['name']:20} {state:8} {' '.join(key['scopes'])}")


@app.command("mint")
def mint(
    name: Annotated[str, typer.Argument(help="The author of what the key writes is app:<name>.")],
    scope: Annotated[list[str], typer.Option(help="What it may do; repeat for more.")],
    reason: Reason,
    days: Annotated[float | None, typer.Option(help="Its life; without it, no end.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key; its text is shown once."""
    answer = change("POST", "/api/admin/keys", (url, token), reason, name=name, scopes=scope, days=days)
    typer.echo(json.dumps(answer) if as_json else answer["token"])


@app.command("revoke")
def revoke(name: str, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """End a key; servers refuse it within a second."""
    answer = change("DELETE", f"/api/admin/keys/{quote(name, safe='')}", (url, token), reason)
    typer.echo(json.dumps(answer) if as_json else f"revoked {name}")
