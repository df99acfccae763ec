"""`parlour restore`: an empty database filled from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parlour.adapters.sql.backup import restore as fill
from parlour.commands.options import Database, settings_with
from parlour.commands.outcome import run

app = typer.Typer(add_completion=False)


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="A backup.")], database_url: Database = None) -> None:
    """Fill an empty database from a backup; every room gets a new epoch, so clients notice."""
    rooms = run(fill(source, settings_with(database_url=database_url).database_url))
    typer.echo(f"restored {rooms} rooms")
