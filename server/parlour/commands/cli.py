"""The `parlour` command: a list of commands, each of which is imported when it is called.

`parlour --help` imports none of them. Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 cannot reach or open
something.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "serve": "Run the server with the settings of the environment (PARLOUR_*, .env, parlour.toml).",
    "dev": "Run everything in one process: database, dev chain, demo rooms, funded wallets.",
    "migrate": "Apply pending migrations (`serve` does it by itself at its start).",
    "doctor": "Check the installation and the database: migrations, hash chains, gaps, cursors, signatures' speed.",
    "backup": "Write the whole database into one file, while servers run.",
    "restore": "Fill an empty database from a backup; every room gets a new epoch, so clients notice.",
    "replay": "Fold a room's log again and show its state, at any entry, as any viewer.",
    "verify": "Judge a transcript offline: hash chain, authors, server key, game result; exit code 1 if one is wrong.",
    "version": "Print the version.",
    "token": "API keys for a DApp's backend.",
    "chain": "The followers: status, replay, rewind.",
    "bench": "Benchmarks, as ratios against peers in the same run.",
    "schema": "The wire's types for clients.",
    "config": "Settings: what is in force, and what there is.",
    "new": "Start something new.",
}
"""By name, what `parlour --help` says; `commands/<name>.py` holds the command as `app`."""


class _Commands(TyperGroup):
    """Imports the module of a command when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find a command by its name and replace the entry of the list with the command itself."""
        name, entry, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else entry, rest


def load(name: str) -> Any:
    """Import a command of `COMMANDS`."""
    return typer.main.get_command(import_module(f"parlour.commands.{name}").app)


cli = typer.Typer(
    name="parlour",
    cls=_Commands,
    help="The room server for DApps: wallets meet in rooms, and the chain is a participant.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from parlour import __version__

        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of `parlour` itself."""


def _list_entry() -> None:
    """Stands in the list of commands for one that is not imported yet."""


for _name, _about in COMMANDS.items():
    cli.command(_name, help=_about)(_list_entry)


def main() -> None:
    """Run the command line."""
    cli(prog_name="parlour")
