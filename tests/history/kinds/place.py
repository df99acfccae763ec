"""Where workloads work, and what each of them is."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from parlour.testing.anvil import AnvilChain
from tests.history.checker import Final, Finding, check
from tests.history.kinds.steady import Steady
from tests.history.load import HANG_S, item_of, read_entries


@dataclass
class Place:
    """The servers, the chain and the clients of a run.

    Attributes:
        urls: of every node.
        pace_s: seconds between two acts of one workload, about.
    """

    http: aiohttp.ClientSession
    urls: list[str]
    chain: AnvilChain
    chance: random.Random
    pace_s: float = 0.3
    clients: list[Steady] = field(default_factory=list)

    async def client(self, name: str, *, records: bool = True) -> Steady:
        """Make a client that is signed in and connected to one of the nodes."""
        urls = self.chance.sample(self.urls, len(self.urls))
        made = Steady(self.http, urls, name, records=records)
        self.clients.append(made)
        await made.start()
        return made

    async def log(self, room: str, reader: Steady) -> tuple[str, list[dict[str, Any]]]:
        """Read the whole log of a room with somebody's rights, from any node."""
        return await read_entries(self.http, self.chance.choice(self.urls), room, reader.token)


class Workload:
    """What one kind of thing is put through.

    Attributes:
        over: set from outside: begin nothing new.
        acts: how often it was answered; grows while the servers serve.
        rooms: whose logs the checker reads, with a client that may read them.
    """

    name = ""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.over = False
        self.acts = 0
        self.rooms: dict[str, Steady] = {}

    async def start(self) -> None:
        """Make the rooms and the people."""
        raise NotImplementedError

    async def act(self) -> None:
        """Do one thing, until it is answered."""
        raise NotImplementedError

    async def check(self) -> list[Finding]:
        """Wait until all is quiet, and name every broken promise."""
        raise NotImplementedError

    async def work(self) -> None:
        """Act until `over`."""
        while not self.over:
            await self.act()
            self.acts += 1
            await asyncio.sleep(self.place.chance.uniform(0.5, 1.5) * self.place.pace_s)

    def found(self, kind: str, room: str, detail: str) -> Finding:
        return Finding(kind, room, f"{self.name}: {detail}")

    async def logs(self) -> dict[str, list[dict[str, Any]]]:
        """Read the log of each of its rooms."""
        return {room: (await self.place.log(room, reader))[1] for room, reader in self.rooms.items()}


async def check_logs(place: Place, workloads: list[Workload]) -> list[Finding]:
    """Judge every room of every workload by the words of the checker, once its log and its clients stand still.

    The chain's news come by themselves: a log that was read before them lacks what a client heard since.
    """
    finals: dict[str, Final] = {}

    def heads() -> dict[str, int]:
        return {room: len(final.items) for room, final in finals.items()}

    def positions() -> list[tuple[int, str]]:
        recording = [client for client in place.clients if client.records]
        return [(client.position(room), room) for client in recording for room in client.rooms if room in finals]

    async def stands_still() -> bool:
        before = heads()
        for workload in workloads:
            for room, reader in workload.rooms.items():
                epoch, entries = await place.log(room, reader)
                finals[room] = Final(epoch, [item_of(entry) for entry in entries])
        return heads() == before and all(at == before[room] for at, room in positions())

    await eventually(stands_still)
    return check([client.history for client in place.clients], finals).findings


async def eventually(condition: Callable[[], bool | Awaitable[bool]], seconds: float = HANG_S) -> bool:
    """Wait for what should come true; return whether it did."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer = condition()
                if answer if isinstance(answer, bool) else await answer:
                    return True
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
