"""Matchmaking while its servers are killed with SIGKILL: every ticket ends exactly once, at one table or none."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest
import socketio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.stock import PythonClient, heard, until
from tests.postgres import Postgres

KIND = "tic-tac-toe"
PEOPLE = 12
KILLS = 6


class Person:
    """Looks for tables, one after the other, through servers that die; takes each seat and leaves.

    Attributes:
        tickets: those that were acknowledged.
        tables: where `match:found` put them.
        played: times that a seat at a running table was taken.
        over: whether to stop looking.
    """

    def __init__(self, http: aiohttp.ClientSession, servers: Sequence[ServerProcess], name: str) -> None:
        self._http, self._servers, self._name = http, servers, name
        self._token = ""
        self.account = wallet(name).address
        self.tickets: list[str] = []
        self.tables: set[str] = set()
        self.played = 0
        self.over = False

    async def sign_in(self) -> None:
        self._token = (await sign_in(self._http, self._servers[0].url, wallet(self._name)))["token"]

    async def play(self) -> None:
        """Look for a table, sit down and leave, again and again; every attempt at the next server."""
        attempt = 0
        while not self.over:
            attempt += 1
            server, client = self._servers[attempt % len(self._servers)], PythonClient(["websocket"])
            try:
                async with asyncio.timeout(15):
                    await client.connect(server.url, self._token)
                    self.played += await self._round(client, f"{self._name}-{self.played}")
            except (OSError, TimeoutError, socketio.exceptions.SocketIOError):
                pass  # the server went, or nobody else is in the line that it has
            finally:
                await client.close()
                if client.socket.eio.http is not None:  # python-engineio leaves it open where nobody answered
                    await client.socket.eio.http.close()
            await asyncio.sleep(0.1)

    async def _round(self, client: PythonClient, id: str) -> bool:
        ack = await client.ask("match:find", {"kind": KIND, "id": id})
        if ack["ok"]:
            if ack["ticket"] not in self.tickets:
                self.tickets.append(ack["ticket"])
        elif ack["error"].get("reason") != "already_waiting":
            return False
        await until(lambda: heard(client, "match:found"), 15)
        found = heard(client, "match:found")[-1]
        self.tables.add(found["room"])
        joined = await client.ask("room:join", {"room": found["room"]})
        if not joined["ok"]:
            return False
        room = found["room"]
        await until(lambda: any(entry["type"] == "game.started" for entry in heard(client, "entry", room))
                    or joined["state"]["status"] in ("playing", "ended"), 15)  # fmt: skip
        await client.ask("room:leave", {"room": room})
        return True


@pytest.mark.long
@pytest.mark.parametrize(("database", "nodes"), [("sqlite", 1), ("postgres", 1), ("postgres", 2)])
async def test_every_ticket_ends_once_though_servers_are_killed(
    request: pytest.FixtureRequest, database: str, nodes: int
) -> None:
    chance, url = random.Random(nodes), None
    if database == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.database()
    servers = [ServerProcess(url, env={"PARLOUR_NODE": f"n{number}"}) for number in range(nodes)]
    async with contextlib.AsyncExitStack() as stack:
        for server in servers:
            await stack.enter_async_context(server)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        people = [Person(http, servers, f"p{number}") for number in range(PEOPLE)]
        for person in people:
            await person.sign_in()
        playing = asyncio.gather(*(person.play() for person in people))
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.2, 3.0))
            server = chance.choice(servers)
            await server.kill9()
            await server.start()
        before = sum(person.played for person in people)
        await until(lambda: sum(person.played for person in people) > before + PEOPLE or playing.done())
        for person in people:
            person.over = True
        await playing
        log = await _log(http, servers)
    _check_line(log, {ticket for person in people for ticket in person.tickets})
    made = {entry["body"]["room"] for entry in log if entry["type"] == "match.made"}
    assert set().union(*(person.tables for person in people)) <= made


async def _log(http: aiohttp.ClientSession, servers: Sequence[ServerProcess]) -> list[dict[str, Any]]:
    """Read the whole log of the line, whichever server owns it."""
    token = (await sign_in(http, servers[0].url, wallet("reader")))["token"]
    async with asyncio.timeout(60):
        while True:
            for server in servers:
                async with PythonClient(["websocket"]) as client:
                    await client.connect(server.url, token)
                    room = f"queue:{KIND}"
                    if (await client.ask("room:join", {"room": room}))["ok"]:
                        log, more = list[dict[str, Any]](), True
                        while more:
                            after = log[-1]["seq"] if log else 0
                            page = await client.ask("room:history", {"room": room, "after": after, "limit": 200})
                            log, more = [*log, *page["entries"]], page["more"]
                        return log
            await asyncio.sleep(0.5)


def _check_line(log: Sequence[dict[str, Any]], acked: set[str]) -> None:
    """Check that each ticket came once, ended once for each time that it waited, and that none was lost."""
    waiting, ended = set[str](), Counter[str]()
    accounts: dict[str, list[str]] = {}
    tables: dict[str, list[str]] = {}
    for entry in log:
        body = entry["body"]
        if entry["type"] == "match.sought":
            assert body["ticket"] not in accounts, "a ticket came twice"
            accounts[body["ticket"]] = body["accounts"]
            waiting.add(body["ticket"])
        elif entry["type"] == "match.made":
            assert body["room"] not in tables, "a table was made twice"
            assert waiting.issuperset(body["tickets"]), "a ticket was given two tables"
            waiting.difference_update(body["tickets"])
            ended.update(body["tickets"])
            tables[body["room"]] = body["tickets"]
        elif entry["type"] == "match.missed":
            back = [each for each in tables[body["room"]] if not set(accounts[each]) & set(body["absent"])]
            ended.subtract(back)
            waiting.update(back)
        elif entry["type"] == "match.withdrawn":
            assert body["ticket"] in waiting, "a ticket was withdrawn that did not wait"
            waiting.remove(body["ticket"])
            ended[body["ticket"]] += 1
    assert acked <= accounts.keys(), "an acknowledged ticket was lost"
    assert all(ended[each] + (each in waiting) == 1 for each in accounts)
