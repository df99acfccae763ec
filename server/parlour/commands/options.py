"""Options that several commands share, and the settings they change."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from parlour.commands.outcome import USAGE, fail
from parlour.settings import Settings, SettingsError, load

Games = Annotated[list[str] | None, typer.Option("--games", help="More games, as module:Class.")]
Host = Annotated[str | None, typer.Option(help="Address to bind.")]
Port = Annotated[int | None, typer.Option(help="Port to bind; 0 takes a free one.")]
Database = Annotated[str | None, typer.Option("--database-url", help="SQLAlchemy URL of the database.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def settings_with(**given: Any) -> Settings:
    """Read the settings and put the options that were given on top; a wrong one ends the command."""
    try:
        return load(**given)
    except SettingsError as error:
        fail(str(error), USAGE)
