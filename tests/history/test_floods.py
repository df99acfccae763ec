"""Floods of one kind of request, with an honest client beside: it loses nothing, and the server stays bounded.

Each kind floods as fast as one socket is let. Where such a flood was seen in the wild, it floods at that pace too, from
several sockets that wait for no answer (`PACES`). What is asserted is right or wrong. How much slower the honest
client's acks become is reported (`docs/reports/floods.json`); the aim is a median of 1.5 times the quiet one on a
machine that does nothing else.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from parlour.core.rooms.reactions import MAX_CHANGES
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, fresh, made, post, said
from tests.e2e.stock import PythonClient, heard

pytestmark = [pytest.mark.long, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "reports" / "floods.json"
QUIET_SECONDS, FLOOD_SECONDS = 6.0, 10.0
PACE_SECONDS = 0.03
"""Between an honest ack and the next post: 30 posts a second, below the 50 that one connection has."""
AS_PEOPLE = {
    "PARLOUR_GUESTS": "on",
    "PARLOUR_CHANGES_PER_MINUTE": "30",
    "PARLOUR_READS_BURST": "100",
    "PARLOUR_UNKNOWN_ROOMS_BURST": "120",
}
"""The defaults, which servers of other tests do not have."""
PACES: dict[str, dict[str, int]] = {
    "metrics": {"pace": 10_000, "sockets": 24, "most": 100_000},
    "unknown": {"pace": 13_333, "sockets": 24, "most": 12_000},
    "configure": {"pace": 100, "sockets": 4},
    "invite": {"pace": 700, "sockets": 4},
    "moderate": {"pace": 700, "sockets": 4},
    "read": {"pace": 1_390, "sockets": 4},
    "reactions": {"pace": 3_200, "sockets": 4, "most": 31_744},
}
"""Requests a second, over how many sockets, and how many at most: 100,000 event names, 12,000 guests' joins in 0.9 s,
31 kB of settings 100 times a second, 700 invitations, 1,390 reading positions, 31,744 reactions to one message."""
KEY = "s3cr3tk3y0123456789"
MB = 1 << 20


@dataclass
class Beside:
    """The honest client: its acks in ms, and the ids of its posts."""

    client: PythonClient
    room: str
    acks: dict[str, list[float]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)

    async def post_for(self, seconds: float, phase: str) -> None:
        took = self.acks.setdefault(phase, [])
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.ids.append(fresh("honest"))
            began = time.perf_counter()
            await done(self.client, "room:post", **post(self.room, "chat.message", {"text": "gm"}, self.ids[-1]))
            took.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(PACE_SECONDS)

    def figures(self, phase: str) -> dict[str, Any]:
        took = self.acks[phase]
        cuts = quantiles(took, n=100)
        return {"acks": len(took), "p50_ms": round(cuts[49], 1), "p99_ms": round(cuts[98], 1)}

    async def stored(self) -> list[str]:
        """The ids of its posts as the log has them."""
        ids: list[str] = []
        after = 0
        while True:
            page = await done(self.client, "room:history", room=self.room, after=after, limit=200)
            ids += [e["id"] for e in page["entries"] if e["type"] == "chat.message"]
            if not page["entries"] or not page["more"]:
                return ids
            after = page["entries"][-1]["seq"]


class Scene:
    """A server as operators run it, the honest client and the flooder's account.

    Attributes:
        calm: another one on the same machine, which nobody floods.
    """

    def __init__(
        self, server: ServerProcess, calm: ServerProcess, http: aiohttp.ClientSession, hits: list[str]
    ) -> None:
        self.server, self.calm, self.http, self.hits = server, calm, http, hits

    async def client(self, stack: AsyncExitStack, name: str, *, calm: bool = False) -> PythonClient:
        url = self.calm.url if calm else self.server.url
        client = await stack.enter_async_context(PythonClient(["websocket"]))
        await client.connect(url, str((await sign_in(self.http, url, wallet(name)))["token"]))
        return client

    async def token(self, name: str) -> str:
        return str((await sign_in(self.http, self.server.url, wallet(name)))["token"])

    async def metrics(self) -> list[str]:
        async with self.http.get(f"{self.server.url}/metrics") as answer:
            return (await answer.text()).splitlines()

    @property
    def memory(self) -> int:
        status = Path(f"/proc/{self.server.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    @property
    def disk(self) -> int:
        return sum(each.stat().st_size for each in self.server.folder.glob("parlour.db*"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    hits: list[str] = []

    async def redirect(request: web.Request) -> web.StreamResponse:
        hits.append(request.path)
        raise web.HTTPTemporaryRedirect(f"/{KEY}/{len(hits)}")

    app = web.Application()
    app.router.add_route("*", "/{way:.*}", redirect)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    chain = {"chainId": 31337, "urls": [f"http://127.0.0.1:{port}/{KEY}"], "lagAlarm": 86_400}
    server, calm = [ServerProcess(env=AS_PEOPLE, chains=[chain], probe="/healthz") for _ in range(2)]
    async with server, calm, aiohttp.ClientSession() as http:
        yield Scene(server, calm, http, hits)
    await runner.cleanup()


async def flooded(scene: Scene, name: str, facts: dict[str, Any], *, signed_in: bool = True) -> dict[str, Any]:
    """Post alone, beside the flood, and alone again; answer what the flooder was told, with the figures of both.

    What others do on the machine changes from second to second. So half of the quiet posts come after the flood, and
    the same is posted to a server beside that nobody floods: `beside_ratio` compares the two while the flood lasts.
    Every honest post has to be acked, and in the log once.
    """
    async with AsyncExitStack() as stack:
        client = await scene.client(stack, f"honest-{name}")
        honest = Beside(client, await made(client))
        other = await scene.client(stack, f"honest-{name}", calm=True)
        calm = Beside(other, await made(other))

        async def both(seconds: float, phase: str) -> None:
            await asyncio.gather(honest.post_for(seconds, phase), calm.post_for(seconds, phase))

        await both(1, "warm")
        memory, disk, series = scene.memory, scene.disk, len(await scene.metrics())
        await both(QUIET_SECONDS / 2, "quiet")
        token = await scene.token(f"flooder-{name}") if signed_in else ""
        arguments = [scene.server.url, token, name.partition("-")[0], str(FLOOD_SECONDS), json.dumps(facts)]
        flooder = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.history.flooder", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        try:
            await asyncio.sleep(0.5)
            await both(FLOOD_SECONDS, "during")
            output, _ = await asyncio.wait_for(flooder.communicate(), 60)
        finally:
            if flooder.returncode is None:
                flooder.kill()
                await flooder.wait()
        await both(1, "warm")
        await both(QUIET_SECONDS / 2, "quiet")
        told: dict[str, Any] = json.loads(output)
        assert await honest.stored() == honest.ids, "each honest post is in the log, once and in order"
        told["notices"] = len(heard(client, "notice"))
    quiet, during, beside = honest.figures("quiet"), honest.figures("during"), calm.figures("during")
    bounds = {
        "memory_mb": round((scene.memory - memory) / MB, 1),
        "disk_mb": round((scene.disk - disk) / MB, 1),
        "series": len(await scene.metrics()) - series,
    }
    ratios = {
        "p50_ratio": round(during["p50_ms"] / quiet["p50_ms"], 2),
        "beside_ratio": round(during["p50_ms"] / beside["p50_ms"], 2),
    }
    keep(name, {"quiet": quiet, "during": during, "beside": beside, **ratios, "flood": told, "grew": bounds})
    assert told["sent"] > 200, told
    assert told["unanswered"] == 0 or "pace" in facts, told  # at a pace the server leaves some unread
    assert bounds["memory_mb"] < 150, bounds
    assert bounds["disk_mb"] < 30, bounds
    assert bounds["series"] < 60, bounds
    return told


def keep(name: str, figures: dict[str, Any]) -> None:
    """Put a flood's figures into the report."""
    report = json.loads(REPORT.read_text()) if REPORT.exists() else {}
    report["machine"] = {"cores": os.cpu_count()}
    report.setdefault("floods", {})[name] = {"load_before": round(os.getloadavg()[1], 1), **figures}
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    print(name, json.dumps(figures))


async def room_of_the_flooder(scene: Scene, name: str, **settings: Any) -> str:
    async with AsyncExitStack() as stack:
        return await made(await scene.client(stack, f"flooder-{name}"), **settings)


async def test_flood_of_unknown_metric_labels_makes_no_series(scene: Scene) -> None:
    told = await flooded(scene, "metrics", {}, signed_in=False)
    assert told["ok"] == 0
    assert told["refused"].keys() <= {"invalid", "rate_limited"}
    assert told["refused"]["rate_limited"] > 0


async def test_flood_of_lists_never_tells_of_rooms_turned_private(scene: Scene) -> None:
    async with AsyncExitStack() as stack:
        visitor = await scene.client(stack, "flooder-lists")
        for number in range(12):
            owner = await scene.client(stack, f"owner-{number}")
            room = await made(owner, title=f"secret {KEY}")
            await done(visitor, "room:join", room=room)
            await said(owner, room, "for members only")
            await done(owner, "room:configure", room=room, visibility="private")
    told = await flooded(scene, "lists", {"secret": KEY})
    assert told["told"] == []
    assert told["refused"].keys() == {"rate_limited"}


async def test_flood_of_watches_of_a_redirecting_endpoint_tells_no_key(scene: Scene) -> None:
    room = await room_of_the_flooder(scene, "endpoint")
    told = await flooded(scene, "endpoint", {"room": room, "secret": KEY})
    assert told["told"] == []
    assert told["refused"].keys() <= {"rate_limited", "unavailable", "invalid"}
    assert told["refused"]["rate_limited"] > 0
    assert set(scene.hits) <= {f"/{KEY}"}, "no redirect is followed"
    assert KEY not in scene.server.log()


async def test_flood_of_unknown_rooms_is_limited_and_opens_none(scene: Scene) -> None:
    told = await flooded(scene, "unknown", {}, signed_in=False)
    assert told["ok"] == 0
    assert told["refused"].keys() == {"not_found", "rate_limited"}
    assert told["refused"]["not_found"] < 1000
    rooms = [line for line in await scene.metrics() if line.startswith("parlour_rooms{")]
    assert sum(float(line.split()[-1]) for line in rooms) < 50, rooms


async def test_flood_of_large_settings_is_limited_before_the_disk(scene: Scene) -> None:
    room = await room_of_the_flooder(scene, "configure")
    told = await flooded(scene, "configure", {"room": room})
    assert told["refused"].keys() == {"rate_limited"}
    assert told["ok"] <= 30 + FLOOD_SECONDS


async def test_flood_of_invitations_reaches_a_stranger_a_few_times(scene: Scene) -> None:
    room = await room_of_the_flooder(scene, "invite", visibility="private")
    told = await flooded(scene, "invite", {"room": room, "victim": wallet("honest-invite").address})
    assert told["refused"].keys() == {"rate_limited"}
    assert 0 < told["notices"] <= 11


async def test_flood_of_moderation_leaves_a_bounded_state(scene: Scene) -> None:
    room = await room_of_the_flooder(scene, "moderate")
    told = await flooded(scene, "moderate", {"room": room})
    assert told["refused"].keys() == {"rate_limited"}
    assert told["ok"] <= 30 + FLOOD_SECONDS


async def test_flood_of_read_positions_is_limited(scene: Scene) -> None:
    room = await room_of_the_flooder(scene, "read")
    told = await flooded(scene, "read", {"room": room})
    assert told["refused"].keys() == {"rate_limited"}
    assert told["ok"] <= 100 + 20 * (FLOOD_SECONDS + 5)


async def test_flood_of_reactions_leaves_pages_small(scene: Scene) -> None:
    async with AsyncExitStack() as stack:
        author = await scene.client(stack, "flooder-reactions")
        room = await made(author)
        message = (await said(author, room, "react to this"))["seq"]
    told = await flooded(scene, "reactions", {"room": room, "message": message})
    assert told["refused"].keys() == {"illegal", "invalid", "rate_limited"}, "not all of them are emoji"
    assert told["largest"] < 64 * 1024


@pytest.mark.parametrize("kind", PACES)
async def test_flood_at_a_pace_seen_is_limited(scene: Scene, kind: str) -> None:
    name, guests = f"{kind}-at-pace", kind in ("metrics", "unknown")
    facts: dict[str, Any] = dict(PACES[kind])
    if not guests:
        async with AsyncExitStack() as stack:
            author = await scene.client(stack, f"flooder-{name}")
            facts["room"] = room = await made(author)
            facts["message"] = (await said(author, room, "react to this"))["seq"]
            facts["victim"] = wallet(f"honest-{name}").address
    told = await flooded(scene, name, facts, signed_in=not guests)
    assert told["refused"]["rate_limited"] > 0
    assert told["refused"].keys() <= {"rate_limited", "not_found", "invalid", "illegal"}
    reads = 100 + 20 * (FLOOD_SECONDS + 5)
    assert told["ok"] <= {"read": reads, "reactions": reads + 2 * MAX_CHANGES}.get(kind, 50)
    assert told["largest"] < 64 * 1024
    assert told["notices"] <= 11
