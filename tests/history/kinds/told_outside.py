"""A receiver of webhooks that fails now and then: it gets every entry of its rooms, in order."""

from __future__ import annotations

from aiohttp import web

from tests.history.checker import Finding
from tests.history.kinds.place import Place, Workload, eventually
from tests.history.kinds.steady import Steady

ROOMS = ["told-0", "told-1"]
FAILS = 0.02
"""How much of what it gets it refuses: the sender waits a second and more after each."""


class Receiver:
    """An HTTP server of the test's own; a server is told of it by its settings.

    Attributes:
        received: (room, seq) of everything that it took, in order.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self.received: list[tuple[str, int]] = []

    @classmethod
    async def listening(cls, place: Place, port: int) -> Receiver:
        receiver = cls(place)
        app = web.Application()
        app.router.add_post("/", receiver._take)
        receiver.runner = web.AppRunner(app, access_log=None)
        await receiver.runner.setup()
        await web.TCPSite(receiver.runner, "127.0.0.1", port).start()
        return receiver

    runner: web.AppRunner

    async def _take(self, request: web.Request) -> web.Response:
        told = await request.json()
        if self._place.chance.random() < FAILS:
            return web.Response(status=500)
        self.received.append((told["room"], told["entry"]["seq"]))
        return web.Response(status=204)


class ToldOutside(Workload):
    """Two rooms that a receiver is told of."""

    name = "webhooks"

    def __init__(self, place: Place, receiver: Receiver) -> None:
        super().__init__(place)
        self.receiver = receiver

    async def start(self) -> None:
        self.writer: Steady = await self.place.client("writer")
        for room in ROOMS:
            await self.writer.done("room:create", kind="chat", id=room)
            assert await self.writer.enter(room)
        self.rooms = dict.fromkeys(ROOMS, self.writer)

    async def act(self) -> None:
        ack = await self.writer.post(self.place.chance.choice(ROOMS), "chat.message", {"text": "tell them"})
        assert ack["ok"], ack

    async def check(self) -> list[Finding]:
        findings: list[Finding] = []
        for room, log in (await self.logs()).items():
            stored = {entry["seq"] for entry in log}

            def firsts(room: str = room) -> list[int]:
                return list(dict.fromkeys(seq for where, seq in self.receiver.received if where == room))

            if not await eventually(lambda stored=stored: set(firsts()) == stored):  # type: ignore[misc]
                findings.append(self.found("lost", room, f"not told: {sorted(stored - set(firsts()))[:9]}"))
            if firsts() != sorted(firsts()):
                findings.append(self.found("order", room, "an entry was told before the one before it"))
        return findings
