"""`parlour new`: files to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parlour.commands.outcome import USAGE, fail
from parlour.commands.starting import scaffold

app = typer.Typer(help="Start something new.", no_args_is_help=True, add_completion=False)


@app.callback()
def new() -> None:
    """Start something new."""


@app.command("game")
def new_game(
    name: Annotated[str, typer.Argument(help="Such as connect-four.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
) -> None:
    """Write a game that runs and its test, to change into yours."""
    try:
        paths = scaffold.new_game(name, folder)
    except (ValueError, scaffold.NameTaken, OSError) as error:
        fail(str(error), USAGE)
    for path in paths:
        typer.echo(f"wrote {path}")
    name_of_class = scaffold.class_in(paths[0])
    typer.echo(f"play it: parlour dev --games {paths[0].stem}:{name_of_class}")
    typer.echo("then open its page: your game has a table there, and after each change when you start it again")
