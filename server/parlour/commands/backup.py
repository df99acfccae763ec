"""`parlour backup`: the whole database into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parlour.adapters.sql.backup import backup as write_backup
from parlour.commands.options import Database, settings_with
from parlour.commands.outcome import run

app = typer.Typer(add_completion=False)


@app.command()
def backup(target: Annotated[Path, typer.Argument(help="A new file.")], database_url: Database = None) -> None:
    """Write the whole database into one file, while servers run."""
    run(write_backup(settings_with(database_url=database_url).database_url, target))
    typer.echo(f"wrote {target}")
