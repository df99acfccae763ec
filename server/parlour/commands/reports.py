"""`parlour reports`: the queue of reported messages and the search for messages, asked of a running server."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from parlour.commands.asking import Reason, Token, Url, ask, change, query, say_more
from parlour.commands.options import AsJson

app = typer.Typer(
    help="Reported messages: list, resolve; find and redact messages; asks a running server.", no_args_is_help=True
)


@app.command("list")
def list_reports(
    state: Annotated[str, typer.Option(help="open, dismissed or redacted.")] = "open",
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List reported messages of all rooms, those reported last first."""
    page = ask("GET", "/api/admin/reports" + query(state=state, cursor=cursor), (url, token))
    for each in page["reports"]:
        reasons = ", ".join(f"{reason} {count}" for reason, count in each["reasons"].items())
        typer.echo(json.dumps(each) if as_json else f"{each['id']}  {each['room']} {each['seq']}  {reasons}")
    say_more(page, as_json)


@app.command("resolve")
def resolve(
    report: str,
    action: Annotated[str, typer.Argument(help="dismiss or redact.")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """End a report: dismiss it, or redact the message."""
    path = f"/api/admin/reports/{quote(report, safe='')}/resolve"
    _told(change("POST", path, (url, token), reason, action=action), as_json)


@app.command("find")
def find(
    words: str,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Find messages in all rooms but those that nobody reads along in, newest first."""
    page = ask("GET", "/api/admin/messages" + query(query=words, cursor=cursor), (url, token))
    for each in page["found"]:
        entry = each["entry"]
        line = f"{each['room']} {entry['seq']}  {entry['author']}: {entry['body'].get('text', '')}"
        typer.echo(json.dumps(each) if as_json else line)
    say_more(page, as_json)


@app.command("redact")
def redact(room: str, seq: int, reason: Reason, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Delete a message; the room sees that it was deleted."""
    _told(change("POST", f"/api/admin/messages/{quote(room, safe='')}/{seq}/redact", (url, token), reason), as_json)


def _told(answer: Any, as_json: bool) -> None:
    typer.echo(json.dumps(answer) if as_json else "done")
