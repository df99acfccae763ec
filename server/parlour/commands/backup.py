"""`parlour backup`: the whole database into one file, and the files of rooms beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parlour.adapters.files.open_store import open_file_store
from parlour.adapters.upkeep.backup import backup as write_backup
from parlour.adapters.upkeep.file_copies import copy_out, folder_of
from parlour.commands.options import Database, settings_with
from parlour.commands.outcome import run
from parlour.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A new file.")],
    database_url: Database = None,
    files: Annotated[bool, typer.Option(help="Take the files of rooms along, in <target>.files.")] = True,
) -> None:
    """Write the whole database into one file and the files of rooms beside it, while servers run."""
    copied = run(_write(settings_with(database_url=database_url), target, files=files))
    typer.echo(f"wrote {target}")
    if copied:
        typer.echo(f"wrote {copied} files to {folder_of(target)}")


async def _write(settings: Settings, target: Path, *, files: bool) -> int:
    await write_backup(settings.database_url, target)
    return await copy_out(target, open_file_store(settings.files, settings.database_url)) if files else 0
