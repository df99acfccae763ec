"""Options that several commands share, and the settings they change."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from parlour.commands.outcome import USAGE, fail
from parlour.settings import Settings, SettingsError, load
from parlour.settings.origins import unknown_keys, unknown_variables

Games = Annotated[list[str] | None, typer.Option("--games", help="More games, as module:Class.")]
Host = Annotated[str | None, typer.Option(help="Address to bind.")]
Port = Annotated[int | None, typer.Option(help="Port to bind; 0 takes a free one.")]
Database = Annotated[str | None, typer.Option("--database-url", help="SQLAlchemy URL of the database.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def settings_with(**given: Any) -> Settings:
    """Read the settings, and replace those given as options.

    A wrong setting, and a key of parlour.toml that is none, ends the command; a PARLOUR_* variable that is none gets a
    warning, for it may belong to another program.
    """
    try:
        settings = load(**given)
        if unknown := unknown_keys():
            raise SettingsError("\n".join(unknown))
    except SettingsError as error:
        fail(str(error), USAGE)
    for warning in unknown_variables(os.environ):
        typer.echo(f"parlour: {warning}", err=True)
    return settings
