"""`parlour schema`: the types of the wire, and of kinds, in the languages that clients are written in."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from parlour.commands.options import Games
from parlour.commands.outcome import USAGE, fail
from parlour.runtime.plugins import PluginNotFound
from parlour.runtime.rooms.kinds import served_kinds
from parlour.typegen import python, typescript
from parlour.typegen.kinds import KindTypes, read_kinds
from parlour.typegen.wire import read_wire

app = typer.Typer(
    help="Types for clients: of the wire, and of kinds of rooms.", no_args_is_help=True, add_completion=False
)


class Language(StrEnum):
    """A language that types are printed in."""

    ts = "ts"
    py = "py"


@app.callback()
def schema() -> None:
    """Types for clients: of the wire, and of kinds of rooms."""


@app.command("protocol")
def schema_protocol(lang: Annotated[Language, typer.Option(help="ts (TypeScript) or py (Python).")]) -> None:
    """Print every request, reply, event, entry and HTTP body as types."""
    printed = {Language.ts: typescript.printed, Language.py: python.printed}[lang]
    typer.echo(printed(read_wire()), nl=False)


@app.command("ts")
def schema_ts(games: Games = None) -> None:
    """Print a declaration file that types options, actions and views of every kind for @parlour/client."""
    typer.echo(typescript.printed_kinds(_kinds(games)), nl=False)


@app.command("py")
def schema_py(games: Games = None) -> None:
    """Print a module that types actions and states of every kind for parlour_client."""
    typer.echo(python.printed_kinds(_kinds(games)), nl=False)


def _kinds(games: list[str] | None) -> list[KindTypes]:
    try:
        return read_kinds(served_kinds(games or ()))
    except PluginNotFound as error:
        fail(str(error), USAGE)
