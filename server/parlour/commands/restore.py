"""`parlour restore`: an empty database filled from a backup, and the files of rooms from beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parlour.adapters.files.open_store import open_file_store
from parlour.adapters.upkeep.backup import restore as fill
from parlour.adapters.upkeep.file_copies import copy_in, folder_of
from parlour.commands.options import Database, settings_with
from parlour.commands.outcome import run
from parlour.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="A backup.")], database_url: Database = None) -> None:
    """Fill an empty database from a backup; every room gets a new epoch, so clients notice."""
    rooms, files = run(_fill(settings_with(database_url=database_url), source))
    typer.echo(f"restored {rooms} rooms and {files} files")


async def _fill(settings: Settings, source: Path) -> tuple[int, int]:
    rooms = await fill(source, settings.database_url)
    if not folder_of(source).is_dir():
        return rooms, 0
    return rooms, await copy_in(source, open_file_store(settings.files, settings.database_url))
