"""`parlour audit`: what operators changed on a running server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from parlour.commands.asking import Token, Url, ask
from parlour.commands.options import AsJson

app = typer.Typer(add_completion=False)


@app.command()
def audit(
    by: Annotated[str | None, typer.Option(help="Only changes by this account, or app:<key>.")] = None,
    what: Annotated[str | None, typer.Option(help="Only this change, or a kind of changes such as room.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 50,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """What operators changed, newest first; `parlour verify audit` checks that no row was changed."""
    asked = {key: value for key, value in (("by", by), ("what", what)) if value is not None}
    while limit > 0:
        page = ask("GET", "/api/admin/audit?" + urlencode(asked), (url, token))
        for row in page["rows"][:limit]:
            typer.echo(json.dumps(row) if as_json else _line(row))
        limit -= len(page["rows"])
        if page["cursor"] is None:
            return
        asked["cursor"] = page["cursor"]


def _line(row: dict[str, Any]) -> str:
    at = datetime.fromtimestamp(row["at"] / 1000, UTC).isoformat(timespec="seconds")
    erased = "(erased)"
    whom, reason = row["whom"] if row["whom"] is not None else erased, row["reason"] or erased
    return f"{at} {row['by']} {row['what']} {whom}: {reason}"
