"""`parlour webhooks`: the receivers of entries and news, what they did not take, and adding receivers."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from parlour.commands.asking import Reason, Token, Url, ask, change
from parlour.commands.options import AsJson

app = typer.Typer(
    help="The receivers of entries: list, add, change and remove them, retry a parked entry, replay a room.",
    invoke_without_command=True,
    add_completion=False,
)

Name = Annotated[str, typer.Argument(help="The receiver's name, as `parlour webhooks` shows it.")]
Room = Annotated[str, typer.Argument(help="The room's id, or - for news.")]
Rooms = Annotated[str | None, typer.Option(help="A pattern of room ids, such as sales-*.")]
Types = Annotated[list[str] | None, typer.Option(help="A pattern of entry types, such as chat.*; once for each.")]
Secret = Annotated[str | None, typer.Option(help="What signs the bodies.", envvar="PARLOUR_WEBHOOK_SECRET")]


@app.callback()
def list_webhooks(context: typer.Context, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """The receivers of entries: list, add, change and remove them, retry a parked entry, replay a room."""
    if context.invoked_subcommand is not None:
        return
    hooks = ask("GET", "/api/admin/webhooks", (url, token))["webhooks"]
    if as_json:
        typer.echo(json.dumps(hooks))
        return
    for hook in hooks:
        typer.echo(f"{hook['name']}  {hook['url']}  rooms {hook['rooms']}  {hook['waiting']} rooms wait")
        for entry in hook["parked"]:
            typer.echo(f"    parked: {entry['room'] or '-'} {entry['seq']}  {entry['error']}")


@app.command("add")
def add(
    to: Annotated[str, typer.Argument(help="Where entries are posted to.")],
    reason: Reason,
    rooms: Rooms = None,
    types: Types = None,
    secret: Secret = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Add a receiver of what is stored from now on; prints its name and its secret, which is not shown again."""
    wanted = _given({"secret": secret, "rooms": rooms, "types": types})
    answer = change("POST", "/api/admin/webhooks", (url, token), reason, **{"url": to, **wanted})
    typer.echo(f"{answer['webhook']['name']}  {answer['secret']}")


@app.command("change")
def change_receiver(
    name: Name,
    reason: Reason,
    to: Annotated[str | None, typer.Option(help="Where entries are posted to from now on.")] = None,
    rooms: Rooms = None,
    types: Types = None,
    secret: Secret = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Change a receiver that was added; it goes on where it was."""
    wanted = _given({"url": to, "secret": secret, "rooms": rooms, "types": types})
    change("PATCH", _path(name), (url, token), reason, **wanted)
    typer.echo(f"{name} is changed: {', '.join(sorted(wanted))}")


@app.command("remove")
def remove(name: Name, reason: Reason, url: Url = None, token: Token = None) -> None:
    """Remove a receiver that was added, with what waits for it."""
    change("DELETE", _path(name), (url, token), reason)
    typer.echo(f"{name} is removed")


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
    change("POST", _path(name, "retry"), (url, token), reason, room=_room(room), seq=seq)
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
    change("POST", _path(name, "replay"), (url, token), reason, room=_room(room), seq=seq)
    typer.echo(f"{name} is sent {room} again from {seq} on")


def _room(text: str) -> str | None:
    return None if text == "-" else text


def _path(name: str, *act: str) -> str:
    return "/".join(["/api/admin/webhooks", quote(name, safe=""), *act])


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}
