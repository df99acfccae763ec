"""`parlour dev`: the whole house in one process, with something to play with."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import structlog
from eth_account import Account
from eth_utils.crypto import keccak
from rich.console import Console
from rich.table import Table

from parlour.adapters.http.dev import DevFacts, DevWallet
from parlour.app import Server
from parlour.commands.dev_chain import DevChain, open_chain
from parlour.commands.serving import configure_logs, run_until_told
from parlour.errors import Conflict, ParlourError
from parlour.runtime.rooms.interface import Caller
from parlour.settings import SettingsError, load

OWNER = "Ada"
"""The dev wallet that owns the demo rooms."""
LOBBY, TABLE, STAKED_TABLE, PINGS = "lobby", "tic-tac-toe-demo", "tic-tac-toe-stake", "pings"
STAKE_WEI = "10000000000000000"
"""0.01 ether: the demo's friendly stake."""
WATCH_PATIENCE = 10
"""Seconds for the follower to reach the chain's head before the demo's watch is given up."""


def dev_wallets() -> list[DevWallet]:
    """Three wallets with public keys of their own; `serve` refuses them."""
    wallets = []
    for name in ("Ada", "Grace", "Satoshi"):
        key = keccak(text=f"parlour dev wallet {name}")
        wallets.append(DevWallet(name, str(Account.from_key(key).address), "0x" + key.hex()))
    return wallets


async def run_dev(
    *,
    host: str | None,
    port: int | None,
    games: list[str] | None,
    chain_url: str | None,
    with_chain: bool,
    data: Path,
) -> None:
    """Everything `parlour dev` promises, until Ctrl-C.

    Raises:
        SettingsError: an address that is not loopback (dev has no secrets to protect it).
    """
    if host not in (None, "127.0.0.1", "localhost", "::1"):
        raise SettingsError("`parlour dev` binds loopback only; use `parlour serve` for the world.")
    console = Console(stderr=True, highlight=False)
    configure_logs("warning")
    data.mkdir(parents=True, exist_ok=True)
    facts = DevFacts(dev_wallets())
    async with AsyncExitStack() as stack:
        chain = None
        if with_chain:
            accounts = [wallet.address for wallet in facts.wallets]
            chain = await open_chain(stack, chain_url, data / "chain", accounts, lambda line: console.print(line))
            facts.chain_id, facts.rpc_url, facts.stake = chain.chain_id, chain.rpc_url, chain.stake
        settings = load(
            host=host or "127.0.0.1",
            port=port,
            games=games,
            database_url=f"sqlite+aiosqlite:///{data / 'parlour.db'}",
            chains=[{"chainId": chain.chain_id, "urls": list(chain.urls)}] if chain else [],
        )
        server = await Server.build(settings, facts, chain.connect if chain else None)
        rooms = _demo_rooms(chain)
        facts.rooms = [room for room, *_ in rooms]
        await _make_rooms(server, _owner(facts), rooms)
        watching: list[asyncio.Task[None]] = []

        def started() -> None:
            _say_hello(console, server, facts, chain)
            if chain is not None:
                watching.append(asyncio.create_task(_watch(server, _owner(facts), chain)))

        await run_until_told(server, started)


def _owner(facts: DevFacts) -> str:
    return next(wallet.address for wallet in facts.wallets if wallet.name == OWNER)


DemoRoom = tuple[str, str, str, dict[str, Any]]
"""Id, kind, title, options."""


def _demo_rooms(chain: DevChain | None) -> list[DemoRoom]:
    rooms: list[DemoRoom] = [(LOBBY, "chat", "Lobby", {}), (TABLE, "tic-tac-toe", "Tic-tac-toe", {})]
    if chain is not None and chain.stake is not None:
        stake = {"chain": chain.chain_id, "address": chain.stake["address"], "amount": STAKE_WEI}
        rooms.append((STAKED_TABLE, "tic-tac-toe", "Tic-tac-toe, for a stake", {"stake": stake}))
    if chain is not None and chain.watch is not None:
        rooms.append((PINGS, "chat", "Pings of the simulated chain", {}))
    return rooms


async def _make_rooms(server: Server, owner: str, rooms: list[DemoRoom]) -> None:
    """The demo rooms, made at the first start; one whose settings changed since stays as it was."""
    for room, kind, title, options in rooms:
        try:
            await server.parts.rooms.registry.create(
                owner, kind, room=room, title=title, options=options, limited=False
            )
        except Conflict:
            structlog.get_logger().warning("dev.room_kept", room=room)


async def _watch(server: Server, owner: str, chain: DevChain) -> None:
    """Let the demo's rooms watch the chain, once the follower knows where it is."""
    watching, caller = server.parts.chain.watching, Caller(owner)
    for _ in range(WATCH_PATIENCE):
        try:
            if chain.watch is not None:
                await watching.watch(PINGS, caller, chain.watch, "demo")
            if chain.stake is not None and (staked := await server.parts.process.store.load(STAKED_TABLE)):
                await watching.arrange(staked.record, caller)
            return
        except ParlourError as error:
            if not error.retryable:
                structlog.get_logger().warning("dev.no_watch", error=error.message)
                return
        await asyncio.sleep(1)


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
