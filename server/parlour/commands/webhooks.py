"""`parlour webhooks`: the receivers of entries, what they did not take, and sending it again."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

import typer

from parlour.commands.asking import Reason, Token, Url, ask, change
from parlour.commands.options import AsJson

app = typer.Typer(
    help="The receivers of entries: list them, retry a parked entry, replay a room.",
    invoke_without_command=True,
    add_completion=False,
)

Name = Annotated[str, typer.Argument(help="The receiver's name, as `parlour webhooks` shows it.")]
Room = Annotated[str, typer.Argument(help="The room's id.")]


@app.callback()
def list_webhooks(context: typer.Context, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """The receivers of entries: list them, retry a parked entry, replay a room."""
    if context.invoked_subcommand is not None:
        return
    hooks = ask("GET", "/api/admin/webhooks", (url, token))["webhooks"]
    if as_json:
        typer.echo(json.dumps(hooks))
        return
    for hook in hooks:
        typer.echo(f"{hook['name']}  {hook['url']}  rooms {hook['rooms']}  {hook['waiting']} rooms wait")
        for entry in hook["parked"]:
            typer.echo(f"    parked: {entry['room']} {entry['seq']}  {entry['error']}")


@app.command("retry")
def retry(
    name: Name,
    room: Room,
    seq: Annotated[int, typer.Argument(min=1, help="The number of a parked entry.")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
) -> None:
    """Post a parked entry once more, now."""
    change("POST", _path(name, "retry"), (url, token), reason, room=room, seq=seq)
    typer.echo(f"{name} took {room} {seq}")


@app.command("replay")
def replay(
    name: Name,
    room: Room,
    seq: Annotated[int, typer.Argument(min=1, help="The number of the first entry to send again.")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
) -> None:
    """Send a room's entries again, in order, from one on."""
    change("POST", _path(name, "replay"), (url, token), reason, room=room, seq=seq)
    typer.echo(f"{name} is sent {room} again from {seq} on")


def _path(name: str, act: str) -> str:
    return f"/api/admin/webhooks/{quote(name, safe='')}/{act}"
