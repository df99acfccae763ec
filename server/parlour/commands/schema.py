"""`parlour schema`: the wire's types in the languages that clients are written in."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from parlour.typegen import python, typescript
from parlour.typegen.wire import read_wire

app = typer.Typer(help="The wire's types for clients.", no_args_is_help=True, add_completion=False)


class Language(StrEnum):
    """A language that types are printed in."""

    ts = "ts"
    py = "py"


@app.callback()
def schema() -> None:
    """The wire's types for clients."""


@app.command("protocol")
def schema_protocol(lang: Annotated[Language, typer.Option(help="ts (TypeScript) or py (Python).")]) -> None:
    """Print every request, reply, event, entry and HTTP body as types."""
    printed = {Language.ts: typescript.printed, Language.py: python.printed}[lang]
    typer.echo(printed(read_wire()), nl=False)
