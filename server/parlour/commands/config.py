"""`parlour config`: shows and checks the settings, writes their page, and changes those of a running server."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from parlour.commands.asking import Reason, Token, Url, change
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


@app.command("set")
def config_set(
    name: Annotated[str, typer.Argument(help="A setting that may change while the server runs, such as posts_burst.")],
    value: Annotated[str, typer.Argument(help="Its value; `null` takes it back to what the server began with.")],
    reason: Reason,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Change a setting of a running server, in every process within a second."""
    answer = change("PATCH", "/api/admin/config", (url, token), reason, values={_named(name): _value(value)})
    [setting] = answer["settings"]
    typer.echo(json.dumps(setting) if as_json else f"{setting['name']} = {setting['value']} ({setting['source']})")


def _named(name: str) -> str:
    """Return a setting's name, however it is written: `PARLOUR_POSTS_BURST` is `posts_burst`."""
    return name.lower().removeprefix("parlour_")


def _value(text: str) -> Any:
    """Read a number, a list or a truth; any other text stays what it is."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


@app.command("docs")
def config_docs() -> None:
    """The page of all settings, docs/settings.md."""
    typer.echo(page(), nl=False)
