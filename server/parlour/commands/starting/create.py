"""`parlour create`: a new DApp in one question: a server with a game of your own, a page with wallets, tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parlour.commands.outcome import USAGE, fail
from parlour.commands.starting import scaffold
from parlour.commands.starting.scaffold import TEMPLATE, filled, place_of

app = typer.Typer(add_completion=False)


@app.command()
def create(
    name: Annotated[str | None, typer.Argument(help="Such as stone-heap; asked for where it is missing.")] = None,
    folder: Annotated[Path, typer.Option(help="Where to make the DApp's folder.")] = Path(),
) -> None:
    """Make a new DApp: a server with a game of your own, a React page with wallet sign-in, tests, Docker."""
    name = name or typer.prompt("What is it called?")
    try:
        home = new_dapp(name, folder)
    except (ValueError, scaffold.NameTaken, OSError) as error:
        fail(str(error), USAGE)
    typer.echo(f"made {home}: {home / 'README.md'} says what to do next")


def new_dapp(name: str, folder: Path) -> Path:
    """Write a DApp's folder and return it.

    Raises:
        ValueError: the name begins with no ASCII letter, or its module would hide one of that name.
        NameTaken: the folder exists.
    """
    names = scaffold.names_of(name)
    home = folder / names["kind"]
    if home.exists():
        raise scaffold.NameTaken(f"{home} exists already.")
    for path in sorted(TEMPLATE.rglob("*.tmpl")):
        place = home / place_of(path, names)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(filled(path.read_text(encoding="utf-8"), names), encoding="utf-8")
    return home
