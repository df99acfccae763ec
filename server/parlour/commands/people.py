"""`parlour people`: what operators see of people and do with them, asked of a running server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from parlour.commands.asking import Reason, Token, Url, ask, asked, change, query, say_more
from parlour.commands.options import AsJson
from parlour.commands.outcome import using

Account = Annotated[str, typer.Argument(help="An address or account id.")]
Scope = Annotated[str, typer.Option(help="server, or room:<id>.")]
Until = Annotated[int | None, typer.Option(help="When it ends, in ms since 1970; never by default.")]

app = typer.Typer(
    help="People: find, show, mute, ban, sign out, note, roles, export, erase; asks a running server.",
    no_args_is_help=True,
)


def _at(account: str, rest: str = "") -> str:
    return f"/api/admin/people/{quote(account, safe='')}{rest}"


@app.command("list")
def list_people(
    words: Annotated[str | None, typer.Argument(help="A part of an address or a name.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List people who signed in."""
    page = ask("GET", "/api/admin/people" + query(query=words, cursor=cursor), (url, token))
    for each in page["people"]:
        held = ", ".join(each["sanctions"])
        typer.echo(json.dumps(each) if as_json else f"{each['account']}  {each.get('name', '')}  {held}".rstrip())
    say_more(page, as_json)


@app.command("show")
def show(account: Account, url: Url = None, token: Token = None) -> None:
    """Print all that operators see of a person, as JSON."""
    typer.echo(json.dumps(ask("GET", _at(account), (url, token)), indent=2))


def _acted(account: str, act: str, reason: str, where: tuple[Any, Any, bool], **body: Any) -> None:
    url, token, as_json = where
    answer = change("POST", _at(account, f"/{act}"), (url, token), reason, **body)
    typer.echo(json.dumps(answer) if as_json else "done")


@app.command("mute")
def mute(
    account: Account,
    reason: Reason,
    scope: Scope = "server",
    until: Until = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody write nothing but moves of games."""
    _acted(account, "mute", reason, (url, token, as_json), scope=scope, until=until)


@app.command("unmute")
def unmute(
    account: Account,
    reason: Reason,
    scope: Scope = "server",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """End a mute."""
    _acted(account, "unmute", reason, (url, token, as_json), scope=scope)


@app.command("ban")
def ban(
    account: Account,
    reason: Reason,
    scope: Scope = "server",
    until: Until = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Keep somebody out; of the server, sessions end within a second and none begins."""
    _acted(account, "ban", reason, (url, token, as_json), scope=scope, until=until)


@app.command("unban")
def unban(
    account: Account,
    reason: Reason,
    scope: Scope = "server",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """End a ban."""
    _acted(account, "unban", reason, (url, token, as_json), scope=scope)


@app.command("sign-out")
def sign_out(account: Account, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """End every session of somebody."""
    _acted(account, "sign-out", reason, (url, token, as_json))


@app.command("note")
def note(
    account: Account, text: str, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Keep a note about somebody, for other operators."""
    _acted(account, "note", reason, (url, token, as_json), text=text)


@app.command("role")
def role(
    account: Account,
    role: Annotated[str, typer.Argument(help="viewer, moderator, operator, admin or none.")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody a server role, or none; it asks for a session's token of an admin, for no API key gives roles."""
    _acted(account, "role", reason, (url, token, as_json), role=None if role == "none" else role)


@app.command("roles")
def roles(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List the accounts with a server role, and which of them the settings give it."""
    for each in ask("GET", "/api/admin/roles", (url, token))["roles"]:
        line = f"{each['account']}  {each['role']}{'  by the settings' if each['setting'] else ''}"
        typer.echo(json.dumps(each) if as_json else line)


@app.command("export")
def export(
    account: Account,
    out: Annotated[Path, typer.Option(help="The zip to write.")],
    url: Url = None,
    token: Token = None,
) -> None:
    """Write all that is stored of a person into a zip."""
    with using(out), asked("GET", _at(account, "/export"), (url, token)) as answer, out.open("wb") as file:
        shutil.copyfileobj(answer, file)
    typer.echo(f"wrote {out}")


@app.command("erase")
def erase(account: Account, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Erase what somebody wrote and left; prints what is not reached. Nothing brings it back."""
    answer = change("POST", _at(account, "/erase"), (url, token), reason)
    if as_json:
        typer.echo(json.dumps(answer))
        return
    typer.echo(f"erased {answer['erased']} texts; not reached:")
    for each in answer["notReached"]:
        typer.echo(f"  {each}")
