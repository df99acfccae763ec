"""Measures the chain side: `parlour bench chain`, or `python -m tests.bench.bench_chain`.

*mined → entry*: from the moment a transaction is sent to an idle anvil that mines at once, to the `entry` in a stock
python-socketio client of a server process. *stored* and *entries*: blocks full of logs, mined beforehand, read from
anvil by a follower that starts below them; to the store's disk, and on to the entries of one room in a server process.
*one event in 1,000 rooms*, and *a block of 20,000 logs*: a whole server in this process (rooms_hear.py).
*gate*, *tracked transactions*: how soon a right ends, what many gated rooms and tracks cost (gates_revoke.py).
*decode*: real mainnet swaps and transfers, and the same logs through web3.py where that is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import socketio
from eth_account import Account

from parlour.adapters.chain.node_rpc import connect
from parlour.adapters.sql import migrations
from parlour.adapters.sql.chain import SqlChainStore
from parlour.adapters.sql.rooms import open_store
from parlour.commands.logs import configure_logs
from parlour.core.chain.abi import parse_event
from parlour.core.chain.decoding import make_decoder
from parlour.core.chain.logs import Log, read_logs
from parlour.core.chain.routes import Route
from parlour.core.room import ChainUpdate, RoomId
from parlour.runtime.chain.chains import Chains
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.clock import SystemClock
from parlour.testing.anvil import AnvilChain, Deployed
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in
from tests.bench import gates_revoke, rooms_hear
from tests.bench.market_folds import swaps_folded_per_second

DATA = Path(__file__).parent.parent / "data"
PING = "Ping(address indexed who, uint256 value)"
BURST = 250
"""Logs of one transaction: 20 of them fill a block of anvil's default gas limit well."""
CAP = "100000"


def emitter() -> dict[str, Any]:
    """Read the artifact of the contract that emits many events."""
    artifact: dict[str, Any] = json.loads((DATA / "contracts" / "Emitter.json").read_text())
    return artifact


# ── mined → entry ────────────────────────────────────────────────────────────────────────────────────────────────


async def mined_to_entry(samples: int = 200, pause: float = 0.06) -> tuple[float, float, float]:
    """Measure from sending a transaction to its entry in a stock client: p50 and p99 ms; and p50 to its receipt."""
    async with AnvilChain() as chain, ServerProcess(chains=[{"chainId": 31337, "urls": [chain.ws_url]}]) as server:
        contract = await chain.deploy(emitter())
        client, arrived = await _in_room(server, chain, contract)
        took, mined = [], []
        for value in range(samples):
            await asyncio.sleep(pause)
            start, before = time.perf_counter(), len(arrived)
            tx = (await chain.transact(contract, "ping", value, wait=False))["transactionHash"]
            mined.append(time.perf_counter() - start)
            while len(arrived) == before:
                await asyncio.sleep(0.0002)
            took.append(arrived[-1] - start)
            await chain.receipt(tx)
        await client.shutdown()
    cuts = statistics.quantiles(took, n=100)
    return cuts[49] * 1000, cuts[98] * 1000, statistics.median(mined) * 1000


async def _in_room(
    server: ServerProcess, chain: AnvilChain, contract: Deployed, **watch: Any
) -> tuple[socketio.AsyncClient, list[float]]:
    """A stock client in a room that watches the contract; the list fills with the times entries of it arrive."""
    arrived: list[float] = []
    client = socketio.AsyncClient(handle_sigint=False)

    def entry(body: dict[str, Any]) -> None:
        if body["type"] == "chain.event":
            arrived.append(time.perf_counter())

    client.on("entry", entry)
    async with aiohttp.ClientSession() as http:
        session = await sign_in(http, server.url, Account.from_key(chain.keys[0]))
    await client.connect(server.url, auth={"token": session["token"]}, transports=["websocket"])
    for event, request in (
        ("room:create", {"kind": "chat", "id": "bench"}),
        ("room:join", {"room": "bench"}),
        ("room:watch", {"room": "bench", "watch": _request(contract, **watch)}),
    ):
        answer = await client.call(event, request, timeout=60)
        assert answer["ok"], answer
    return client, arrived


def _request(contract: Deployed, **watch: Any) -> dict[str, Any]:
    return {"chain": 31337, "address": contract.address, "event": PING, **watch}


# ── sustained logs ───────────────────────────────────────────────────────────────────────────────────────────────


async def fill(chain: AnvilChain, contract: Deployed, logs: int, per_block: int) -> None:
    """Mine `logs` events, `per_block` to a block."""
    await chain.rpc("evm_setAutomine", False)
    for start in range(0, logs, per_block):
        for n in range(start, start + per_block, BURST):
            await chain.transact(contract, "burst", n, BURST, wait=False)
        await chain.mine()
    await chain.rpc("evm_setAutomine", True)


async def stored_logs_per_second(logs: int = 100_000, per_block: int = 5_000) -> float:
    """Measure from waking the follower to the last log on disk (SQLite, FULL); blocks are read live, by hash."""
    told = 0

    async def deliver(room: RoomId, news: ChainUpdate) -> None:
        nonlocal told
        told += len(news.drafts)

    with tempfile.TemporaryDirectory(dir=".") as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        await migrations.upgrade(url)
        rooms = await open_store(url)
        store = SqlChainStore(rooms.writer, rooms.reader)
        async with AnvilChain(extra=["--gas-limit", "1000000000"]) as chain:
            contract = await chain.deploy(emitter())
            config = ChainConfig(31337, (chain.url,), poll_interval=3600.0, events_per_second=2000.0)
            context = ChainContext(store, SystemClock())
            chains = Chains([config], context, deliver, lambda url: connect(url, timeout=30))
            await chains.start()
            follower = chains.chain(31337).follower
            while follower.state != "following":
                await asyncio.sleep(0.01)
            await chains.watch("bench", _request(contract, finality="finalized"), _nothing)
            await fill(chain, contract, logs, per_block)
            head, start = await chain.height(), time.perf_counter()
            follower.wake()
            while follower.status()["processed"] != head:
                await asyncio.sleep(0.005)
            took = time.perf_counter() - start
            assert len(await store.logs(31337, 0, head)) == logs
            assert told == 0, "a finalized watch was told of blocks that are not"
            await chains.stop()
        await rooms.close()
    return logs / took


async def _nothing(record: dict[str, Any]) -> None:
    """No room: the figure ends at the store."""


async def entries_per_second(logs: int = 30_000, per_block: int = 3_000) -> float:
    """Measure from the first to the last entry a stock client hears; the follower starts below the blocks."""
    async with AnvilChain(extra=["--gas-limit", "1000000000"]) as chain:
        contract = await chain.deploy(emitter())
        chains = [{"chainId": 31337, "urls": [chain.url], "pollInterval": 1.0, "maxBackfillEvents": 1_000_000}]
        caps = {"PARLOUR_EVENTS_PER_SECOND": CAP, "PARLOUR_SEND_QUEUE_BYTES": str(1 << 28)}
        async with ServerProcess(chains=chains, env=caps) as server:
            client, arrived = await _in_room(server, chain, contract)
            await fill(chain, contract, logs, per_block)
            while len(arrived) < logs:
                await asyncio.sleep(0.01)
            await client.shutdown()
            return (logs - 1) / (arrived[-1] - arrived[0])


# ── decoding ─────────────────────────────────────────────────────────────────────────────────────────────────────

EVENTS = {
    "Transfer": "Transfer(address indexed from, address indexed to, uint256 value)",
    "Swap (v2)": (
        "Swap(address indexed sender, uint256 amount0In, uint256 amount1In, "
        "uint256 amount0Out, uint256 amount1Out, address indexed to)"
    ),
    "Swap (v3)": (
        "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, "
        "uint160 sqrtPriceX96, uint128 liquidity, int24 tick)"
    ),
}


def real_logs(text: str) -> list[Log]:
    """Read the logs of one event from the kept mainnet blocks."""
    record = {"id": "w", "chain": 1, "event": text, "finality": "included", "confirm": [], "from": {"number": 0}}
    route = Route("r", record)
    found = []
    for path in sorted((DATA / "blocks").glob("*.json")):
        data = json.loads(path.read_text())
        found += [log for log in read_logs([lo for r in data["receipts"] for lo in r["logs"]]) if route.wants(log)]
    return found


def decodes_per_second(text: str, seconds: float = 0.5) -> float:
    """Measure how many real logs of an event one core decodes a second."""
    decode, logs = make_decoder(parse_event(text)), real_logs(text)
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for log in logs:
            decode(log.topics, log.data)
        done += len(logs)
    return done / (time.process_time() - start)


def web3_decodes_per_second(text: str, seconds: float = 0.5) -> float | None:
    """Measure the same through web3.py's contract events; None where it is not installed."""
    try:
        from web3 import Web3
    except ImportError:
        return None
    event, logs = parse_event(text), real_logs(text)
    inputs = [{"name": n, "type": p.kind, "indexed": p.indexed} for n, p in zip(event.names, event.inputs, strict=True)]
    abi = [{"type": "event", "name": event.name, "anonymous": False, "inputs": inputs}]
    decode = Web3().eth.contract(abi=abi).events[event.name]().process_log
    raw = [_web3_log(log) for log in logs]
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for log in raw:
            decode(log)
        done += len(raw)
    return done / (time.process_time() - start)


def _web3_log(log: Log) -> dict[str, Any]:
    from hexbytes import HexBytes

    return {
        "address": log.address, "topics": [HexBytes(t) for t in log.topics], "data": HexBytes(log.data),
        "blockHash": HexBytes(log.block), "blockNumber": log.number, "logIndex": log.index,
        "transactionHash": HexBytes(log.tx), "transactionIndex": log.tx_index,
    }  # fmt: skip


def decode_lines() -> list[str]:
    """Measure decoding for each event and write a line on each."""
    lines = []
    for name, text in EVENTS.items():
        ours, theirs = decodes_per_second(text), web3_decodes_per_second(text)
        beside = "web3.py is not installed" if theirs is None else f"web3.py {theirs:,.0f}/s, {ours / theirs:.0f}×"
        lines.append(f"decode {name:10} {ours:>9,.0f} logs/s   ({beside})")
    return lines


async def _measure() -> None:
    p50, p99, sent = await mined_to_entry()
    print(f"mined → entry in a stock client: p50 {p50:.1f} ms, p99 {p99:.1f} ms (sending alone: p50 {sent:.1f} ms)")
    print(f"logs to the store:        {await stored_logs_per_second():>9,.0f} /s")
    print(f"logs to one room's entries: {await entries_per_second():>7,.0f} /s, as a stock client hears them")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and print a line on each figure."""
    argparse.ArgumentParser(prog="bench chain", description=__doc__).parse_args(arguments)
    configure_logs("warning")
    print("\n".join(decode_lines()))
    swaps = swaps_folded_per_second(real_logs(EVENTS["Swap (v3)"]))
    print(f"swaps folded into trades and candles: {swaps:>9,.0f} /s")
    asyncio.run(_measure())
    print("\n".join(rooms_hear.lines()))
    print("\n".join(gates_revoke.lines()))


if __name__ == "__main__":
    main()
