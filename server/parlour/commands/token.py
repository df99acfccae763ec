"""`parlour token`: makes, lists and revokes API keys in the database."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from parlour.adapters.accounts.sessions import SqlApiKeyStore
from parlour.adapters.sql import migrations
from parlour.adapters.sql.rooms import open_store
from parlour.commands.options import AsJson, Database, settings_with
from parlour.commands.outcome import run
from parlour.core.audit.record import AuditRecord
from parlour.runtime.clock import SystemClock
from parlour.runtime.identity.api_keys import ApiKeys

T = TypeVar("T")
Why = Annotated[str, typer.Option("--reason", help="Why; the audit trail keeps it.")]

app = typer.Typer(help="API keys for a DApp's backend.", no_args_is_help=True, add_completion=False)


@app.command("mint")
def token_mint(
    name: Annotated[str, typer.Argument(help="The author of what the key writes is app:<name>.")],
    scope: Annotated[list[str], typer.Option(help="What it may do; repeat for more.")],
    days: Annotated[float | None, typer.Option(help="Its life; without it, no end.")] = None,
    reason: Why = "made on the command line",
    database_url: Database = None,
) -> None:
    """Make an API key; its text is shown once."""
    row = _row("key.mint", name, reason)
    text, _ = run(_with_keys(database_url, lambda keys: keys.mint(name, scope, days, row)))
    typer.echo(text)


@app.command("list")
def token_list(database_url: Database = None, as_json: AsJson = False) -> None:
    """Every key there ever was, without its text."""
    for key in run(_with_keys(database_url, lambda keys: keys.list())):
        state = "revoked" if key.revoked_at else "live"
        told = {"id": key.id, "name": key.name, "scopes": list(key.scopes), "state": state}
        typer.echo(json.dumps(told) if as_json else f"{key.name:20} {state:8} {' '.join(key.scopes)}")


@app.command("revoke")
def token_revoke(name: str, reason: Why = "revoked on the command line", database_url: Database = None) -> None:
    """End a key; servers refuse it within a second."""
    run(_with_keys(database_url, lambda keys: keys.revoke(name, _row("key.revoke", name, reason))))


def _row(what: str, name: str, reason: str) -> AuditRecord:
    """Make the audit row of a change to the database itself, which no operator signed in for."""
    now = SystemClock().now()
    return AuditRecord("", f"cli:{secrets.token_hex(8)}", what, f"app:{name}", reason[:500], "command line", now)


async def _with_keys(database_url: str | None, work: Callable[[ApiKeys], Awaitable[T]]) -> T:
    """Migrate the database and do `work` with its keys."""
    settings = settings_with(database_url=database_url)
    await migrations.upgrade(settings.database_url)
    store = await open_store(settings.database_url)
    try:
        return await work(ApiKeys(SqlApiKeyStore(store.writer, store.reader), SystemClock()))
    finally:
        await store.close()
