"""Measures durable posts through the whole server, beside fixed Node and Bun programs in one run.

python -m tests.bench.bench_posts [--rounds 3] [--seconds 3] [--json FILE]

Every server stores, commits, acknowledges and then emits to about twenty members of a room; Parlour also signs in,
checks rights, hashes and keeps ids. Server on one core, generator on the other, fresh database for every run,
interleaved rounds, medians.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path

import aiohttp
import socketio
from eth_account import Account
from eth_account.messages import encode_defunct

from parlour.testing.processes import free_port
from tests.bench import load
from tests.bench.quiet import Conditions, print_table

CLIENTS, ROOMS = 512, 26
PREPARED = 50
"""Rooms there are, for other shapes of load."""
LONE = ("-n", "20", "-r", "1", "-P", "1")
LOADS = (("saturated", ()), ("1000/s", ("-R", "1000")), ("5000/s", ("-R", "5000")), ("lone", LONE))
"""`lone` is one post in flight in one room of twenty."""
UNLIMITED = {
    "PARLOUR_POSTS_PER_SECOND": "1000000",
    "PARLOUR_POSTS_BURST": "1000000",
    "PARLOUR_SIGN_INS_PER_MINUTE": "1000000",
    "PARLOUR_SIGN_INS_BURST": "1000000",
}

Target = tuple[int, int, tuple[str, ...]]
"""Port, pid, and options of the generator."""
Peer = Callable[[Path], AbstractContextManager[Target]]


@contextmanager
def parlour(folder: Path, url: str | None = None, accounts: int = CLIENTS) -> Iterator[Target]:
    """Run `parlour serve` on a fresh database, with signed-in accounts and rooms; more sockets share accounts."""
    port = free_port()
    env = {"PARLOUR_PORT": str(port), "PARLOUR_LOG_LEVEL": "warning", **UNLIMITED}
    env["PARLOUR_DATABASE_URL"] = url or f"sqlite+aiosqlite:///{folder / 'parlour.db'}"
    with load.running([sys.executable, "-m", "parlour", "serve"], port, env) as pid:
        tokens = folder / "tokens"
        asyncio.run(_prepare(f"http://127.0.0.1:{port}", tokens, accounts))
        yield port, pid, ("--tokens", str(tokens))


async def _prepare(url: str, tokens: Path, accounts: int) -> None:
    async with aiohttp.ClientSession() as http:
        signed = [await _sign_in(http, url, number) for number in range(accounts)]
        client = socketio.AsyncClient(http_session=http, handle_sigint=False)
        await client.connect(url, auth={"token": signed[0]}, transports=["websocket"])
        for room in range(PREPARED):
            await client.call("room:create", {"kind": "chat", "id": f"r{room}"})
        await client.disconnect()
    tokens.write_text("\n".join(signed) + "\n")


async def _sign_in(http: aiohttp.ClientSession, url: str, number: int) -> str:
    account = Account.from_key(sha256(b"bench %d" % number).digest())
    async with http.get(url + "/auth/nonce") as answer:
        told = await answer.json()
    message = (
        f"{told['domain']} wants you to sign in with your Ethereum account:\n{account.address}\n\n"
        f"{told['statement']}\n\nURI: {told['uri']}\nVersion: 1\nChain ID: {told['chainIds'][0]}\n"
        f"Nonce: {told['nonce']}\nIssued At: {told['issuedAt']}\nExpiration Time: {told['expirationTime']}"
    )
    signature = "0x" + bytes(account.sign_message(encode_defunct(text=message)).signature).hex()
    async with http.post(url + "/auth/verify", json={"message": message, "signature": signature}) as answer:
        return str((await answer.json())["token"])


@contextmanager
def node(folder: Path) -> Iterator[Target]:
    """Run the Node program that commits to SQLite once a tick."""
    port = free_port()
    command = ["node", str(load.HERE / "peers" / "chat_node.js"), str(port), "tick", str(folder / "node.db")]
    with load.running(command, port) as pid:
        yield port, pid, ()


@contextmanager
def bun(folder: Path) -> Iterator[Target]:
    """Run the Bun program that commits to SQLite once a tick."""
    port = free_port()
    program = load.TOOLS / "chat_bun.js"
    program.write_text((load.HERE / "peers" / "chat_bun.js").read_text())
    with load.running([str(load.bun()), str(program), str(port), "tick", str(folder / "bun.db")], port) as pid:
        yield port, pid, ()


def compare(rounds: int, seconds: float, postgres: str | None = None) -> dict[str, dict[str, list[load.Sample]]]:
    """Take samples of every server under every load, by load and server."""
    load.install_peers()
    peers: dict[str, Peer] = {"parlour": parlour, "node tick": node}
    if load.bun():
        peers["bun tick"] = bun
    if postgres:
        peers["parlour postgres"] = lambda folder: parlour(folder, postgres)
    results: dict[str, dict[str, list[load.Sample]]] = {name: {peer: [] for peer in peers} for name, _ in LOADS}
    shape = ("-m", "post", "-n", str(CLIENTS), "-r", str(ROOMS), "-d", str(seconds))
    for _ in range(rounds):
        for name, options in LOADS:
            for peer, start in peers.items():
                with tempfile.TemporaryDirectory() as folder, start(Path(folder)) as (port, pid, extra):
                    results[name][peer].append(load.load(port, pid, *shape, *options, *extra))
    return results


def table(results: dict[str, dict[str, list[load.Sample]]]) -> str:
    """Write the medians as a table, with each server's posts a CPU-second beside Node's."""
    lines = [
        f"{'':12} {'server':18} {'acks/s':>8} {'per CPU-s':>10} {'x node':>7} {'ack p50':>8} {'p99 ms':>8} {'CPU':>5}"
    ]
    for name, peers in results.items():
        base = load.median(peers["node tick"], "acks_per_cpu_s")
        for peer, samples in peers.items():
            per_cpu = load.median(samples, "acks_per_cpu_s")
            lines.append(
                f"{name:12} {peer:18} {load.median(samples, 'acks_per_s'):8.0f} {per_cpu:10.0f} {per_cpu / base:7.2f} "
                f"{load.median(samples, 'ack_p50_ms'):8.2f} {load.median(samples, 'ack_p99_ms'):8.2f} "
                f"{load.median(samples, 'server_cpu_pct'):4.0f}%"
            )
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--postgres", help="URL of an empty Postgres database to measure as well")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(argv)
    p50, p99 = load.fdatasync_ms(Path.cwd())
    with Conditions() as conditions:
        results = compare(asked.rounds, asked.seconds, asked.postgres)
    for name, peers in results.items():
        for peer, samples in peers.items():
            conditions.note_all(f"{peer}, {name}", [sample["acks_per_cpu_s"] for sample in samples])
    print_table(conditions, [f"fdatasync of 4 KiB: p50 {p50:.2f} ms, p99 {p99:.2f} ms", table(results)])
    if asked.json:
        asked.json.write_text(json.dumps({"fdatasync_ms": {"p50": p50, "p99": p99}, "results": results}, indent=1))


if __name__ == "__main__":
    main()
