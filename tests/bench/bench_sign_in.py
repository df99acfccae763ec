"""Measures signing in: `python -m tests.bench.bench_sign_in [--quick] [--json docs/reports/sign-in.json]`.

*verifications* is the CPU of a sign-in beyond its store, on one core: parse the text, check every rule, recover the
signer. *desk* goes through nonce, verification and session with its store in memory or in SQLite. *http* does the same
over HTTP against `parlour serve`. *flood*: 100,000 bad sign-ins from 10 addresses, and how long honest ones take
meanwhile, with either store.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import logging
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from parlour.adapters.accounts.sessions import SqlSessionStore
from parlour.adapters.http.auth import routes
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.middleware import json_errors
from parlour.adapters.sql.migrations import upgrade
from parlour.adapters.sql.rooms import open_store
from parlour.core.identity import secp256k1, siwe
from parlour.core.identity.sign_in import check_place, check_times, read_claim, session_key_of
from parlour.runtime.clock import SystemClock
from parlour.runtime.identity.session_store import SessionStore
from parlour.runtime.identity.session_store_memory import MemorySessionStore
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.limits import Allowance, Limiter
from parlour.testing.server import ServerProcess
from tests.bench.load import fdatasync_ms
from tests.bounds import sign_in_rules
from tests.wallets import Wallet, message_for

APP = "https://app.example"
RULES = sign_in_rules(origins=(APP,))
IN_FLIGHT = 32
UNLIMITED = {"PARLOUR_SIGN_INS_PER_MINUTE": "1000000", "PARLOUR_SIGN_INS_BURST": "1000000"}
PROXIED = {"PARLOUR_TRUSTED_PROXIES": "127.0.0.1", "PARLOUR_ORIGINS": APP, "PARLOUR_LOG_LEVEL": "error"}


async def prepare(desk: SignIn, count: int) -> list[tuple[str, str]]:
    """Ask for nonces and sign a message with each, all by one wallet."""
    wallet = Wallet()
    texts = [siwe.build(message_for(await desk.nonce(None), wallet.address)) for _ in range(count)]
    return [(text, wallet.sign(text)) for text in texts]


def verifications_per_second(count: int) -> float:
    """Measure messages with distinct nonces, each parsed, checked and its signer recovered."""
    clock = SystemClock()
    desk = SignIn(MemorySessionStore(), clock, RULES)
    claims = asyncio.run(prepare(desk, count))
    start = time.perf_counter()
    for text, signature in claims:
        claim = read_claim(text, signature)
        session_key_of(claim.message)
        check_place(claim.message, RULES)
        check_times(claim.message, RULES, clock.now())
        signer = secp256k1.recover(secp256k1.personal_digest(claim.raw), claim.signature)
        assert signer is not None
        assert signer.address == claim.message.address
    return count / (time.perf_counter() - start)


async def desk_per_second(store: SessionStore, count: int) -> float:
    """Measure sign-ins from nonce to session over a store."""
    desk = SignIn(store, SystemClock(), RULES)
    claims = iter(await prepare(desk, count))
    start = time.perf_counter()

    async def one_after_another() -> None:
        for text, signature in claims:
            await desk.verify(text, signature, None)

    await asyncio.gather(*(one_after_another() for _ in range(IN_FLIGHT)))
    return count / (time.perf_counter() - start)


async def authentications_per_second(count: int) -> float:
    """Measure how often a session's token is looked up a second."""
    desk = SignIn(MemorySessionStore(), SystemClock(), RULES)
    [(text, signature)] = await prepare(desk, 1)
    token, _ = await desk.verify(text, signature, None)
    start = time.perf_counter()
    for _ in range(count):
        await desk.authenticate(token)
    return count / (time.perf_counter() - start)


@asynccontextmanager
async def sqlite() -> AsyncIterator[SessionStore]:
    """Open a session store on a fresh SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{folder}/parlour.db"
        await upgrade(url)
        store = await open_store(url)
        yield SqlSessionStore(store.writer, store.reader)
        await store.close()


# ── over HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────


async def sign_in(http: aiohttp.ClientSession, url: str, address: str) -> None:
    """Sign in a new wallet that seems to come from `address`."""
    headers, wallet = {"X-Forwarded-For": address}, Wallet()
    async with http.get(f"{url}/auth/nonce", headers=headers) as answer:
        text = siwe.build(message_for(await answer.json(), wallet.address))
    body = {"message": text, "signature": wallet.sign(text)}
    async with http.post(f"{url}/auth/verify", json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


async def http_per_second(count: int) -> float:
    """Measure sign-ins over HTTP with `parlour serve` on SQLite; this process makes the requests on the other core."""
    async with ServerProcess(env=PROXIED | UNLIMITED) as server, connected() as http:
        numbers = iter(range(count))

        async def one_after_another() -> None:
            for number in numbers:
                await sign_in(http, server.url, _address(number))

        start = time.perf_counter()
        await asyncio.gather(*(one_after_another() for _ in range(IN_FLIGHT)))
        return count / (time.perf_counter() - start)


async def flood(url: str, attempts: int, honest: int) -> dict[str, Any]:
    """Send bad sign-ins from ten addresses as fast as they go, and measure honest ones meanwhile."""
    took: list[float] = []
    statuses: Counter[int] = Counter()
    async with connected() as http:
        bad = {"X-Forwarded-For": "10.0.0.1"}
        async with http.get(f"{url}/auth/nonce", headers=bad) as answer:
            text = siwe.build(message_for(await answer.json(), Wallet().address))
        body = json.dumps({"message": text, "signature": Wallet().sign(text)}).encode()

        async def attack(number: int) -> None:
            for _ in range(attempts // 10):
                async with http.post(
                    f"{url}/auth/verify", data=body, headers={"X-Forwarded-For": f"10.0.0.{number}"}
                ) as answer:
                    statuses[answer.status] += 1

        began = time.perf_counter()
        attackers = [asyncio.create_task(attack(number)) for number in range(10)]
        for number in itertools.count():
            if all(one.done() for one in attackers) or number >= honest:
                break
            start = time.perf_counter()
            await sign_in(http, url, _address(number))
            took.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(0.01)
        await asyncio.gather(*attackers)
    took.sort()
    return {
        "attempts": sum(statuses.values()),
        "attempts_per_s": round(sum(statuses.values()) / (time.perf_counter() - began)),
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "honest": len(took),
        "p50_ms": round(took[len(took) // 2], 1),
        "p99_ms": round(took[int(len(took) * 0.99)], 1),
    }


async def flood_with_memory(attempts: int, honest: int) -> dict[str, Any]:
    """Flood a server whose sessions are in memory."""
    app = web.Application(middlewares=[json_errors])
    limiter = Limiter(dict.fromkeys(("sign_in", "nonce"), Allowance(60, 300)))
    desk = SignIn(MemorySessionStore(), SystemClock(), RULES)
    app.add_routes(routes(desk, ClientAddress(["127.0.0.1"]), limiter))
    async with TestServer(app) as server:
        return await flood(str(server.make_url("")).rstrip("/"), attempts, honest)


async def flood_with_sqlite(attempts: int, honest: int) -> dict[str, Any]:
    """Flood `parlour serve` on SQLite."""
    async with ServerProcess(env=PROXIED) as server:
        return await flood(server.url, attempts, honest)


def connected() -> aiohttp.ClientSession:
    """Open an HTTP client without a limit of connections."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


def _address(number: int) -> str:
    return f"10.{1 + number // 62_500}.{number // 250 % 250}.{number % 250}"


# ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────────


async def measured(scale: int) -> AsyncIterator[tuple[str, Any]]:
    """Measure one figure after another; `scale` divides the counts."""
    yield "authentications_per_s", round(await authentications_per_second(200_000 // scale))
    yield "desk_memory_per_s", round(await desk_per_second(MemorySessionStore(), 10_000 // scale))
    async with sqlite() as store:
        yield "desk_sqlite_per_s", round(await desk_per_second(store, 10_000 // scale))
    yield "http_sqlite_per_s", round(await http_per_second(5_000 // scale))
    yield "flood_memory", await flood_with_memory(100_000 // scale, 1_000)
    yield "flood_sqlite", await flood_with_sqlite(100_000 // scale, 1_000)


async def report(scale: int) -> dict[str, Any]:
    """Measure everything over a store, and print each figure as it comes."""
    figures: dict[str, Any] = {}
    async for name, figure in measured(scale):
        print(f"{name:24} {figure}", flush=True)
        figures[name] = figure
    return figures


def rounds(scale: int) -> Iterator[float]:
    """Measure verifications three times."""
    for _ in range(3):
        yield verifications_per_second(10_000 // scale)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything: to see that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the report goes")
    options = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    scale = 10 if options.quick else 1
    with tempfile.TemporaryDirectory() as folder:
        p50, p99 = fdatasync_ms(Path(folder))
    verifications = sorted(rounds(scale))
    print(f"verifications_per_s      {[round(one) for one in verifications]}", flush=True)
    figures = {
        "quick": options.quick,
        "native_secp256k1": secp256k1.NATIVE,
        "fdatasync_ms": {"p50": p50, "p99": p99},
        "verifications_per_s": round(verifications[1]),
        **asyncio.run(report(scale)),
    }
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
