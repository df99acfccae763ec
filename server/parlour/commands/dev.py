"""`parlour dev`: a server with a dev chain, demo rooms and funded wallets, in one process."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from eth_account import Account
from eth_utils.crypto import keccak
from rich.console import Console
from rich.table import Table

from parlour.adapters.engine import loop_factory
from parlour.adapters.http.dev import DevFacts, DevWallet
from parlour.app import Server
from parlour.commands.dev_chain import DevChain, open_chain
from parlour.commands.dev_market import MARKET
from parlour.commands.dev_pass import HOLDERS
from parlour.commands.dev_rooms import demo_rooms, make_rooms, own_tables, watch_chain
from parlour.commands.logs import configure_logs
from parlour.commands.options import Games, Host, Port
from parlour.commands.outcome import run
from parlour.commands.serve import run_until_signalled
from parlour.settings import SettingsError, load

LOOPBACK = (None, "127.0.0.1", "localhost", "::1")
WALLET_NAMES = ("Ada", "Grace", "Satoshi")
OWNER = "Ada"
"""The dev wallet that owns the demo rooms."""

app = typer.Typer(add_completion=False)


@app.command()
def dev(
    chain: Annotated[str | None, typer.Option(help="RPC URL of a dev chain to use instead of anvil.")] = None,
    no_chain: Annotated[bool, typer.Option("--no-chain", help="Go without a chain.")] = False,
    host: Host = None,
    port: Port = None,
    games: Games = None,
    data: Annotated[Path, typer.Option(help="Folder for the database and the chain.")] = Path(".parlour"),
) -> None:
    """Run everything in one process: database, dev chain, demo rooms, funded wallets."""
    given = {"host": host, "port": port, "games": games}
    run(serve_dev(data, chain_url=chain, with_chain=not no_chain, **given), loop_factory())


async def serve_dev(data: Path, *, chain_url: str | None, with_chain: bool, **given: Any) -> None:
    """Run the dev server until Ctrl-C.

    Args:
        data: the folder of the database and the chain's state; made where it is missing.
        chain_url: a dev chain that runs already.
        given: settings of the command line: host, port, games.

    Raises:
        SettingsError: an address that is not loopback (dev has no secrets to protect it), or a wrong setting.
    """
    if given["host"] not in LOOPBACK:
        raise SettingsError("`parlour dev` binds loopback only; use `parlour serve` to listen on other addresses.")
    console = Console(stderr=True, highlight=False)
    configure_logs("warning")
    data.mkdir(parents=True, exist_ok=True)
    facts = DevFacts(dev_wallets())
    owner = next(wallet.address for wallet in facts.wallets if wallet.name == OWNER)
    async with AsyncExitStack() as stack:
        chain = None
        if with_chain:
            accounts = [wallet.address for wallet in facts.wallets]
            chain = await open_chain(stack, chain_url, data / "chain", accounts, lambda line: console.print(line))
            facts.chain_id, facts.rpc_url, facts.stake = chain.chain_id, chain.rpc_url, chain.stake
        settings = load(
            **{**given, "host": given["host"] or "127.0.0.1"},
            database_url=f"sqlite+aiosqlite:///{data / 'parlour.db'}",
            chains=[{"chainId": chain.chain_id, "urls": list(chain.urls)}] if chain else [],
        )
        server = await Server.build(settings, facts, chain.connect if chain else None)
        rooms = [*demo_rooms(chain), *own_tables(settings.games)]
        facts.rooms = [room for room, *_ in rooms]
        if chain is not None:
            facts.rooms += [*([MARKET] if chain.pool else ()), *([HOLDERS] if chain.token else ())]
        await make_rooms(server, owner, rooms)
        watching: list[asyncio.Task[None]] = []

        def started() -> None:
            _say_hello(console, server, facts, chain)
            if chain is not None:
                watching.append(asyncio.create_task(watch_chain(server, owner, chain)))

        await run_until_signalled(server, started)


def dev_wallets() -> list[DevWallet]:
    """Make the dev wallets. Anybody can make their keys, so `serve` refuses them."""
    wallets = []
    for name in WALLET_NAMES:
        key = keccak(text=f"parlour dev wallet {name}")
        wallets.append(DevWallet(name, str(Account.from_key(key).address), "0x" + key.hex()))
    return wallets


def _say_hello(console: Console, server: Server, facts: DevFacts, chain: DevChain | None) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_row("demo", f"{server.url}/")
    table.add_row("console", f"{server.url}/admin/")
    table.add_row("health", f"{server.url}/healthz")
    table.add_row("metrics", f"{server.url}/metrics")
    if chain is not None:
        table.add_row("chain", f"{chain.rpc_url or 'simulated'} (id {chain.chain_id})")
    for wallet in facts.wallets:
        table.add_row("wallet", f"{wallet.address}  {wallet.name}")
    console.print("\n[bold]Parlour is open.[/bold] Ctrl-C closes it.\n")
    console.print(table)
    if chain is not None and chain.note:
        console.print(f"\n[yellow]{chain.note}[/yellow]")
    if chain is None:
        console.print("\n[dim]No chain (--no-chain).[/dim]")
