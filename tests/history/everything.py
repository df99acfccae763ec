"""All kinds of things at once on running servers, while faults happen; then each says what was broken."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from parlour.testing.anvil import AnvilChain
from parlour.testing.processes import free_port
from tests.history.checker import Finding
from tests.history.crowd import assert_coded
from tests.history.kinds.doors import Doors
from tests.history.kinds.lines import Lines
from tests.history.kinds.onchain import OnChain
from tests.history.kinds.papers import Papers
from tests.history.kinds.place import Place, Workload, check_logs, eventually
from tests.history.kinds.tables import Tables
from tests.history.kinds.talk import Talk
from tests.history.kinds.told_outside import ROOMS, Receiver, ToldOutside
from tests.history.kinds.uploads import Uploads

BACK_S = 150
"""Everything works again within this after a fault."""
PERMISSIONS = {
    f"PARLOUR_{name}": "1000000"
    for name in (
        *("HTTP_PER_MINUTE", "HTTP_BURST", "SIGN_INS_PER_MINUTE", "SIGN_INS_BURST", "UPLOADS_PER_MINUTE"),
        *("CHANGES_PER_MINUTE", "READS_BURST", "READS_PER_SECOND", "POSTS_BURST", "POSTS_PER_SECOND"),
        *("ROOMS_PER_MINUTE", "ROOMS_BURST", "ROOMS_OWNED"),
    )
}


def settings(hook_port: int) -> dict[str, str]:
    """Return what servers of such a run are given."""
    hooks = f'[{{"url": "http://127.0.0.1:{hook_port}/", "secret": "{"s" * 40}", "rooms": "{ROOMS[0][:5]}*"}}]'
    return {**PERMISSIONS, "PARLOUR_WEBHOOKS": hooks, "PARLOUR_GATE_RECHECK_SECONDS": "0.5"}


def chains(chain: AnvilChain) -> list[Mapping[str, Any]]:
    """Return the item of PARLOUR_CHAINS of a chain."""
    return [{"chainId": chain.chain_id, "urls": [chain.url], "pollInterval": 0.3}]


class Everything:
    """Workloads that run beside each other.

    Attributes:
        pauses: seconds from the end of each fault until every workload was answered again.
    """

    def __init__(self, place: Place, workloads: Sequence[Workload]) -> None:
        self.place = place
        self.workloads = list(workloads)
        self.pauses: list[tuple[str, float]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        for workload in self.workloads:
            await workload.start()
        self._tasks = [asyncio.create_task(workload.work(), name=workload.name) for workload in self.workloads]

    async def all_act(self, times: int = 1) -> float:
        """Wait until each workload was answered so often; return the seconds."""
        began, before = time.monotonic(), [workload.acts for workload in self.workloads]

        def waiting() -> list[str]:
            for task in self._tasks:
                if task.done():
                    raise AssertionError(f"{task.get_name()} ended: {task.exception()!r}") from task.exception()
            return [w.name for w, acts in zip(self.workloads, before, strict=True) if w.acts < acts + times]

        assert await eventually(lambda: not waiting(), BACK_S * times), f"not answered again: {waiting()}"
        return time.monotonic() - began

    async def after(self, fault: str) -> None:
        """Note how long everything takes to be answered again."""
        self.pauses.append((fault, await self.all_act()))
        print(f"{fault}: every kind was answered again after {self.pauses[-1][1]:.1f} s")

    async def verdict(self) -> list[Finding]:
        """Be quiet, and let each say what was broken."""
        for workload in self.workloads:
            workload.over = True
        await asyncio.gather(*self._tasks)
        findings = [found for workload in self.workloads for found in await workload.check()]
        findings += await check_logs(self.place, self.workloads)
        acts = {workload.name: workload.acts for workload in self.workloads}
        print(f"acts: {acts}; {len(findings)} findings; {sum(len(c.refusals) for c in self.place.clients)} refusals")
        assert_coded(
            [error for client in self.place.clients for error in client.refusals], ("unavailable", "rate_limited")
        )
        return findings

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(client.end() for client in self.place.clients), return_exceptions=True)


@asynccontextmanager
async def everything(
    urls: list[str], chain: AnvilChain, hook_port: int, *, seed: int = 1, pace_s: float = 0.3
) -> AsyncIterator[Everything]:
    """Run all workloads on servers that were given `settings(hook_port)`."""
    timeout, connector = aiohttp.ClientTimeout(total=30), aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
        place = Place(http, urls, chain, random.Random(seed), pace_s)
        receiver = await Receiver.listening(place, hook_port)
        kinds = [Talk, Tables, Papers, Uploads, Doors, OnChain, Lines]
        running = Everything(place, [*(kind(place) for kind in kinds), ToldOutside(place, receiver)])
        try:
            await running.start()
            yield running
        finally:
            await running.end()
            await receiver.runner.cleanup()


__all__ = ["Everything", "chains", "everything", "free_port", "settings"]
