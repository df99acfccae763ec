"""SIGTERM under load: nothing accepted is lost, everybody is told when to come back, and comes back."""

from __future__ import annotations

import asyncio
import time

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.stock import NodeClient, PythonClient, Stock, heard, until
from tests.history.checker import Final
from tests.history.crowd import Crowd, assert_coded, crowd
from tests.history.load import read_log


async def test_server_when_stopped_under_load_loses_nothing() -> None:
    async with (
        NodeClient() as node,
        ServerProcess() as server,
        crowd(server.url, clients=24, pace_s=0.03) as people,
        PythonClient() as python,
    ):
        here = await come_in(server, people, node, python)
        await people.all_acked_again()
        began = time.monotonic()
        assert await server.stop() == 0
        out_s = time.monotonic() - began

        for client in people.clients:
            assert [(c["reason"], c["reconnect"]) for c in client.closings] == [("draining", True)]
        delays = [client.closings[0]["retryAfter"] for client in people.clients]
        assert all(200 <= delay <= 2000 for delay in delays)
        assert len(set(delays)) > len(delays) / 2, "they would all come back as one"
        for stock in (node, python):
            assert heard(stock, "closing")[0]["reason"] == "draining"

        await asyncio.sleep(1.0)
        await server.start()
        print(f"SIGTERM: out in {out_s:.2f} s; everybody back in {await people.all_acked_again():.2f} s")
        await people.calm()
        log = await read_log(people.http, server.url, people.rooms[0], people.token)
        for stock in (node, python):
            await assert_recovered(stock, people.rooms[0], here[stock], log)
        verdict = await people.verdict()
        assert not verdict.findings, str(verdict)
        assert_coded(people.refusals)


async def come_in(server: ServerProcess, people: Crowd, *clients: Stock) -> dict[Stock, int]:
    """Everybody joins the first room; where each of them began to listen."""
    heads: dict[Stock, int] = {}
    for number, client in enumerate(clients):
        await client.connect(server.url, (await sign_in(people.http, server.url, wallet(f"stock-{number}")))["token"])
        joined = await client.ask("room:join", {"room": people.rooms[0]})
        assert joined["ok"], joined
        heads[client] = joined["head"]
    return heads


async def assert_recovered(client: Stock, room: str, began: int, log: Final) -> None:
    """It connected again by itself; what it heard before, and its rejoin's answer, are the whole log since."""
    await until(lambda: len(heard(client, "welcome")) == 2)
    assert len(heard(client, "disconnect")) == 1
    entries = heard(client, "entry", room)
    before = [(entry["seq"], entry["hash"]) for entry in entries]
    last = entries[-1]
    since = {"epoch": log.epoch, "seq": last["seq"], "hash": last["hash"]}
    joined = await client.ask("room:join", {"room": room, "since": since})
    assert joined["recovered"] is True
    missed = [(entry["seq"], entry["hash"]) for entry in joined["entries"]]
    assert missed, "the run went on without it"
    assert before + missed == [(item.seq, item.hash) for item in log.items[began:]]
