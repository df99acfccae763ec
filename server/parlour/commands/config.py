"""`parlour config`: the settings in force, and the page that describes them all."""

from __future__ import annotations

import json
from typing import Any

import typer

from parlour.commands.options import settings_with
from parlour.settings.page import page

app = typer.Typer(help="Settings: what is in force, and what there is.", no_args_is_help=True, add_completion=False)


@app.callback()
def config() -> None:
    """Settings: what is in force, and what there is."""


@app.command("show")
def config_show() -> None:
    """Every setting in force; what may hold a secret is masked."""
    for name, value in settings_with().model_dump().items():
        typer.echo(f"PARLOUR_{name.upper()}={_masked(name, value)}")


@app.command("docs")
def config_docs() -> None:
    """The page of all settings, docs/settings.md."""
    typer.echo(page(), nl=False)


def _masked(name: str, value: Any) -> str:
    """Write a value without what may be a secret: the URLs of chains, and passwords in other URLs."""
    if name == "chains":
        return f"{len(value)} configured"
    if name in ("database_url", "redis_url") and value and "@" in value:
        scheme, _, rest = value.partition("://")
        return f"{scheme}://***@{rest.rpartition('@')[2]}"
    return json.dumps(value, default=str)
