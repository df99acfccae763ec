"""`parlour migrate`: bring the database to this version."""

from __future__ import annotations

from typing import Annotated

import typer

from parlour.adapters.sql import migrations
from parlour.commands.options import Database, settings_with
from parlour.commands.outcome import FAILED, run

app = typer.Typer(add_completion=False)


@app.command()
def migrate(
    database_url: Database = None,
    status: Annotated[bool, typer.Option("--status", help="Show the state, change nothing.")] = False,
) -> None:
    """Apply pending migrations (`serve` does it by itself at its start)."""
    url = settings_with(database_url=database_url).database_url
    state = run(migrations.status(url) if status else migrations.upgrade(url))
    typer.echo(f"at {state.current or 'nothing'}, newest {state.head}")
    if state.pending:
        typer.echo(f"pending: {', '.join(state.pending)}")
        raise typer.Exit(FAILED)
