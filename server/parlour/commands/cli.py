"""The `parlour` command: a list of commands, each of which is imported when it is called.

`parlour --help` imports none of them. Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 cannot reach or open
something.
"""

from __future__ import annotations

import gc
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "serve": "Run the server with the settings of the environment (PARLOUR_*, .env, parlour.toml).",
    "dev": "Run everything in one process: database, dev chain, demo rooms, funded wallets.",
    "migrate": "Apply pending migrations (`serve` does it by itself at its start).",
    "doctor": "Check the installation and the database: migrations, hash chains, gaps, cursors, signatures' speed.",
    "backup": "Write the whole database into one file and the files of rooms beside it, while servers run.",
    "reindex": "Empty search's index and fill it again from the logs; no server may serve a SQLite file meanwhile.",
    "restore": "Fill an empty database from a backup; every room gets a new epoch, so clients notice.",
    "replay": "Fold a room's log again and show its state, at any entry, as any viewer.",
    "verify": "Judge a transcript offline, or the database's audit trail (`verify audit`); exit code 1 where wrong.",
    "version": "Print the version.",
    "nodes": "The processes of one database: list them, their figures and connections, drain one, rebalance rooms.",
    "webhooks": "The receivers of entries: list, add, change and remove them, retry a parked entry, replay a room.",
    "audit": "What operators changed, newest first; `parlour verify audit` checks that no row was changed.",
    "claim": "Print a link that makes the wallet which opens it the first admin; it replaces the link before.",
    "token": "API keys for a DApp's backend.",
    "keys": "API keys: list, mint, revoke; asks a running server, as an admin who signed in.",
    "people": "People: find, show, mute, ban, sign out, note, roles, export, erase; asks a running server.",
    "reports": "Reported messages: list, resolve; find and redact messages; asks a running server.",
    "matches": "The games of all rooms: waiting, playing, ended; asks a running server.",
    "boards": "Boards of ratings and scores: list, remove; asks a running server.",
    "chain": "The followers: status, replay, rewind.",
    "watch": "Print a contract's events as a room would hear them: events, reverts, confirmations.",
    "market": "Print a pool's trades as a market's room tells them: price, side, amounts, reverts, confirmations.",
    "tx": "Show what became of a transaction: pending, included, safe, finalized or failed, and its known events.",
    "doc": "Documents: show one, list its versions, go back to one.",
    "say": "Say something in a room; ends once it is durable, and prints its place in the log.",
    "room": "Rooms: follow, list, show, freeze, close, give away, erase, export, import; watch a contract.",
    "dm": "Write to somebody in the direct room with them; prints the message's place.",
    "mcp": "Serve a wallet's rooms to an agent as tools of the Model Context Protocol (needs parlour[mcp]).",
    "bench": "Benchmarks, as ratios against peers in the same run.",
    "schema": "Types for clients: of the wire, and of kinds of rooms.",
    "config": "Settings: what is in force, and what there is.",
    "create": "Make a new DApp: a server with a game of your own, a React page with wallet sign-in, tests, Docker.",
    "new": "Start something new.",
}
"""By name, what `parlour --help` says; `commands/<name>.py` holds the command as `app`, unless `MODULES` names it."""
MODULES = {
    "say": "talk.say",
    "dm": "talk.dm",
    "room": "room_acts",
    "create": "starting.create",
    "new": "starting.new",
    "mcp": "agents.mcp",
}
"""Modules of commands that share a folder."""


class _Commands(TyperGroup):
    """Lists `COMMANDS`, and imports the module of one when it is called."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.commands = {name: TyperCommand(name, help=about) for name, about in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find a command by its name and replace the entry of the list with the command itself."""
        name, entry, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else entry, rest


@cache
def load(name: str) -> Any:
    """Import a command of `COMMANDS`."""
    return typer.main.get_command(import_module(f"parlour.commands.{MODULES.get(name, name)}").app)


cli = typer.Typer(
    name="parlour",
    cls=_Commands,
    help="The room server for DApps: wallets meet in rooms, and the chain is a participant.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from parlour.version import __version__

        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of `parlour` itself."""


def main() -> None:
    """Run the command line.

    The collector waits for 100,000 new objects: imports make 330,000 that all last, and collecting among them as often
    as is usual took a fifth of a start.
    """
    gc.set_threshold(100_000)
    cli(prog_name="parlour")
