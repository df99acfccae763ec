"""`parlour config`: shows the settings in force, checks them, and writes the page that describes them."""

from __future__ import annotations

import json

import typer

from parlour.commands.options import AsJson, settings_with
from parlour.settings import Settings
from parlour.settings.masking import masked
from parlour.settings.origins import origins
from parlour.settings.page import page

app = typer.Typer(help="Settings: what is in force, and what there is.", no_args_is_help=True, add_completion=False)


@app.callback()
def config() -> None:
    """Settings: what is in force, and what there is."""


@app.command("show")
def config_show(as_json: AsJson = False) -> None:
    """Every setting in force, where it came from and what it means; what may hold a secret is masked."""
    settings, came_from = settings_with(), origins()
    rows = [
        {
            "name": f"PARLOUR_{name.upper()}",
            "value": masked(name, getattr(settings, name)),
            "origin": came_from[name],
            "meaning": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        value = row["value"] if isinstance(row["value"], str) else json.dumps(row["value"])
        typer.echo(f"{row['name']}={value}\n    {row['meaning']} [{row['origin']}]")


@app.command("check")
def config_check() -> None:
    """Check the settings without starting anything; exit code 2 and a line for each fault where one is wrong."""
    settings_with()
    typer.echo("The settings are right.")


@app.command("docs")
def config_docs() -> None:
    """The page of all settings, docs/settings.md."""
    typer.echo(page(), nl=False)
