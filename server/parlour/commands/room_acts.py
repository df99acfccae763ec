"""`parlour room`: what operators see of rooms and do with them, beside what a wallet does there (talk/room.py)."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from parlour.commands.asking import Reason, Token, Url, ask, asked, change, query, say_more
from parlour.commands.options import AsJson
from parlour.commands.outcome import USAGE, fail
from parlour.commands.room_copies import export_room, import_room
from parlour.commands.talk.room import app

Room = Annotated[str, typer.Argument(help="The room's id.")]

app.info.help = "Rooms: follow, list, show, freeze, close, give away, erase, export, import; watch a contract."
app.command("export")(export_room)
app.command("import")(import_room)


def _at(room: str, rest: str = "") -> str:
    return f"/api/admin/rooms/{quote(room, safe='')}{rest}"


def _told(answer: Any, as_json: bool, text: str) -> None:
    typer.echo(json.dumps(answer) if as_json else text)


@app.command("list")
def list_rooms(
    words: Annotated[str | None, typer.Argument(help="Words of ids and titles.")] = None,
    kind: str | None = None,
    state: Annotated[str | None, typer.Option(help="open, closed or frozen.")] = None,
    sort: Annotated[str, typer.Option(help="updated, created, members or entries.")] = "updated",
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List rooms, private and closed ones too."""
    wanted = query(query=words, kind=kind, state=state, sort=sort, cursor=cursor)
    page = ask("GET", f"/api/admin/rooms{wanted}", (url, token))
    for room in page["rooms"]:
        facts = f"{room['kind']:12} {room['state']:7} {room['members']:5} members {room['head']:7} entries"
        _told(room, as_json, f"{room['id']:30} {facts}  {room['title']}")
    say_more(page, as_json)


@app.command("show")
def show(room: Room, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Show a room: its facts, its people, what it watches and who hosts it."""
    found = ask("GET", _at(room), (url, token))
    if as_json:
        typer.echo(json.dumps(found))
        return
    facts = found["room"]
    typer.echo(f"{facts['id']}  {facts['kind']}  {facts['visibility']}  {facts['state']}  {facts['title']}")
    typer.echo(
        f"owner {facts['owner'] or 'the server'}, {facts['head']} entries, host {found['lease']['owner'] or '-'}"
    )
    for member in found["members"]:
        typer.echo(f"  {member['account']}  {member['role'] or 'member'}")
    for watch in found["watches"]:
        typer.echo(f"  watches {watch['id']} on chain {watch['chain']}: {watch['state']}")


@app.command("log")
def log(
    room: Room,
    after: Annotated[int | None, typer.Option(help="Only entries after this one; the newest by default.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Print entries of any room as JSON, a line each, as operators read them."""
    with asked(
        "GET", _at(room, "/entries") + query(after=after, follow="1" if follow else None), (url, token)
    ) as lines:
        for line in lines:
            if line.strip():
                typer.echo(line.decode().rstrip())


@app.command("state")
def state(
    room: Room,
    at: Annotated[int | None, typer.Option(help="Once this entry was there; the newest by default.")] = None,
    account: Annotated[str | None, typer.Option("--as", help="Whose view; a spectator's by default.")] = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Print the state that a room had at an entry, as any account saw it."""
    found = ask("GET", _at(room, "/state") + query(at=at, **{"as": account}), (url, token))
    typer.echo(json.dumps(found, indent=2))


@app.command("gate")
def gate(
    room: Room,
    account: Annotated[str, typer.Argument(help="An address or account id.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Say why an account passes a room's gate now, or does not: what each leaf asks for and what it has."""
    found = ask("GET", f"/api/admin/gates/{quote(room, safe='')}" + query(account=account), (url, token))
    if as_json:
        typer.echo(json.dumps(found))
        return
    said = {True: "passes", False: "does not pass", None: "cannot be judged now"}
    typer.echo("The room has no gate." if found["gate"] is None else f"{account} {said[found['passes']]}")
    for leaf in found["leaves"]:
        block = f" at block {leaf['block']['number']}" if leaf.get("block") else ""
        typer.echo(f"  {json.dumps(leaf['leaf'])}: has {leaf['have'] or '?'}{block}, {said[leaf['passes']]}")
    if found["silent"]:
        typer.echo(f"  chains that do not answer: {', '.join(map(str, found['silent']))}")


def _acted(room: str, act: str, reason: str, where: tuple[Any, Any, bool], **body: Any) -> None:
    url, token, as_json = where
    answer = change("POST", _at(room, f"/{act}"), (url, token), reason, **body)
    _told(answer, as_json, f"done: entry {answer['seq']}")


@app.command("freeze")
def freeze(room: Room, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Let a room stand still; its people read the reason."""
    _acted(room, "freeze", reason, (url, token, as_json))


@app.command("thaw")
def thaw(room: Room, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Let a frozen room go on."""
    _acted(room, "thaw", reason, (url, token, as_json))


@app.command("feature")
def feature(room: Room, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Recommend a room: lists of featured rooms show it."""
    _acted(room, "feature", reason, (url, token, as_json))


@app.command("unfeature")
def unfeature(room: Room, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Recommend a room no longer."""
    _acted(room, "unfeature", reason, (url, token, as_json))


@app.command("close")
def close(room: Room, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Close a room for good; its people read the reason."""
    _acted(room, "close", reason, (url, token, as_json))


@app.command("open")
def open_sealed(room: Room, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Read a direct or wallet room for a day; its people read who did, and why. No API key does this."""
    _acted(room, "open", reason, (url, token, as_json))


@app.command("announce")
def announce(
    room: Room, text: str, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Say something to everybody in a room, as the server."""
    _acted(room, "announce", reason, (url, token, as_json), text=text)


@app.command("configure")
def configure(
    room: Room,
    reason: Reason,
    title: str | None = None,
    visibility: Annotated[str | None, typer.Option(help="public or private.")] = None,
    rules: Annotated[str | None, typer.Option(help='As JSON: {"slow": 1000}.')] = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Change settings of a room as its owner could."""
    try:
        named = None if rules is None else json.loads(rules)
    except ValueError:
        fail("--rules is JSON.", USAGE)
    given = {"title": title, "visibility": visibility, "rules": named}
    _acted(room, "configure", reason, (url, token, False), **{k: v for k, v in given.items() if v is not None})


@app.command("transfer")
def transfer(
    room: Room, account: str, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Give a room to another account."""
    _acted(room, "transfer", reason, (url, token, as_json), account=account)


@app.command("erase")
def erase(
    room: Room,
    confirm: Annotated[str, typer.Option(help="The room's id once more.")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Erase a room and all that is stored of it. Nothing brings it back."""
    answer = change("DELETE", _at(room) + query(confirm=confirm), (url, token), reason)
    _told(answer, as_json, f"erased {answer['erased']}")
