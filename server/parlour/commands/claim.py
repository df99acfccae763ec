"""`parlour claim`: prints the one-time link whose wallet becomes the server's first admin."""

from __future__ import annotations

import typer

from parlour.adapters.accounts.role_rows import SqlRoleStore
from parlour.adapters.sql import migrations
from parlour.adapters.sql.rooms import open_store
from parlour.commands.options import Database, settings_with
from parlour.commands.outcome import FAILED, fail, run
from parlour.runtime.clock import SystemClock
from parlour.runtime.identity.given_roles import CLAIM_MS, GivenRoles
from parlour.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def claim(database_url: Database = None) -> None:
    """Print a link that makes the wallet which opens it the first admin; it replaces the link before."""
    settings = settings_with(database_url=database_url)
    secret = run(_new_claim(settings))
    if secret is None:
        fail("This server has an admin already; an admin gives roles on the console's page People.", FAILED)
    typer.echo(told(settings, secret))


async def _new_claim(settings: Settings) -> str | None:
    await migrations.upgrade(settings.database_url)
    store = await open_store(settings.database_url)
    try:
        rows = SqlRoleStore(store.writer, store.reader)
        return await GivenRoles(settings.roles, rows, SystemClock()).new_claim(replace=True)
    finally:
        await store.close()


def told(settings: Settings, secret: str, server: str | None = None) -> str:
    """Return the sentence with the link.

    Args:
        server: the address of a running one; else that of the settings.
    """
    host = "localhost" if settings.host in ("0.0.0.0", "::", "127.0.0.1") else settings.host
    address = server or f"{settings.scheme}://{host}:{settings.port}"
    if settings.admin_port is not None:
        address = f"{settings.scheme}://{host}:{settings.admin_port}"
    return f"Become the admin within {CLAIM_MS // 60_000} minutes: {address}/admin/#claim={secret}"
