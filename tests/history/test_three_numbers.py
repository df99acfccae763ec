"""Three times that users feel: back after a mass reconnect, right after a reorganisation, out after a lost right.

Each is asserted to happen, and printed; no bar is asserted. `PARLOUR_RECONNECTS` says how many come back at once.

    pytest -m long -s -n0 tests/history/test_three_numbers.py
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.anvil import anvil
from tests.e2e.kit import done, made, said
from tests.e2e.stock import PythonClient, heard, of_type, until
from tests.gate_contracts import CONTRACTS, place_multicall

RECONNECTS = int(os.environ.get("PARLOUR_RECONNECTS", "1000"))
ROOMS = 200
"""Rooms that watch one contract."""
MISSED = 10
"""Entries that everybody missed."""
LOSSES = 30
SINK = "0x" + "dd" * 20
TRANSFER = "Transfer(address indexed from, address indexed to, uint256 value)"
ENV = {
    **{f"PARLOUR_{name}_PER_MINUTE": "1000000" for name in ("ROOMS", "SIGN_INS", "HTTP")},
    **{f"PARLOUR_{name}_BURST": "1000000" for name in ("ROOMS", "SIGN_INS", "HTTP")},
    "PARLOUR_ROOMS_OWNED": "10000",
}

pytestmark = [pytest.mark.long, pytest.mark.timeout(1_200)]


def spread_of(seconds: list[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the longest."""
    ordered = sorted(seconds)
    at = {"median": ordered[len(ordered) // 2], "p99": ordered[int(len(ordered) * 0.99)], "longest": ordered[-1]}
    return {name: round(value, 3) for name, value in at.items()}


class Returner:
    """A socket by hand, which is cheaper than a stock client: joins a room and comes back to it."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str, room: str) -> None:
        self._http, self._url, self._token, self._room = http, url, token, room
        self._since: dict[str, Any] | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.refused = 0

    async def come(self) -> list[Any]:
        """Connect and join, again and again until let in; return what was missed."""
        while True:
            try:
                return await self._come()
            except (aiohttp.ClientError, OSError):
                self.refused += 1
                await asyncio.sleep(0.5)

    async def _come(self) -> list[Any]:
        self._socket = await self._http.ws_connect(f"{self._url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0)
        await self._said("0")
        await self._socket.send_str("40" + json.dumps({"token": self._token}))
        await self._said("40")
        asked = {"room": self._room, **({"since": self._since} if self._since else {})}
        await self._socket.send_str("421" + json.dumps(["room:join", asked]))
        joined = json.loads((await self._said("431"))[3:])[0]
        assert joined["ok"], joined
        assert joined["recovered"] or self._since is None
        self._since = {"epoch": joined["epoch"], "seq": joined["head"], "hash": joined["hash"]}
        entries: list[Any] = joined["entries"]
        return entries

    async def _said(self, head: str) -> str:
        """Return the next frame that begins like this."""
        assert self._socket is not None
        while True:
            message = await self._socket.receive(timeout=60)
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise aiohttp.ClientError("closed")
            if message.data == "2":
                await self._socket.send_str("3")
            if message.data.startswith(head):
                return str(message.data)

    def vanish(self) -> None:
        """Lose the connection without a word."""
        assert self._socket is not None
        transport = self._socket.get_extra_info("transport") or self._socket._response.connection.transport  # type: ignore[union-attr]
        transport.abort()


async def test_time_until_all_are_back_after_a_mass_reconnect() -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        ServerProcess(env=ENV) as server,
        aiohttp.ClientSession(connector=connector) as http,
        PythonClient(["websocket"]) as host,
    ):
        await host.connect(server.url, (await sign_in(http, server.url, wallet("host")))["token"])
        rooms = [await made(host) for _ in range(20)]
        tokens = [(await sign_in(http, server.url, wallet(f"back-{n}")))["token"] for n in range(50)]
        everybody = [Returner(http, server.url, tokens[n % 50], rooms[n % 20]) for n in range(RECONNECTS)]
        for few in range(0, RECONNECTS, 100):
            await asyncio.gather(*(each.come() for each in everybody[few : few + 100]))
        for each in everybody:
            each.vanish()
        for room in rooms:
            for _ in range(MISSED):
                await said(host, room)
        took: list[float] = []
        began = time.monotonic()

        async def back(each: Returner) -> None:
            assert len(await each.come()) == MISSED
            took.append(time.monotonic() - began)

        await asyncio.gather(*(back(each) for each in everybody))
        told = {"reconnects": RECONNECTS, **spread_of(took), "refused": sum(each.refused for each in everybody)}
        print(f"all at once, {MISSED} entries missed by each: {told}")

        await host.close()
        for each in everybody:
            each.vanish()
        await server.kill9()
        dead, took[:] = time.monotonic(), []
        starting = asyncio.create_task(server.start())

        async def found_again(each: Returner) -> None:
            await each.come()
            took.append(time.monotonic() - dead)

        await asyncio.gather(*(found_again(each) for each in everybody))
        await starting
        print(f"after kill -9, from the kill with its start: {spread_of(took)}")


async def test_time_until_a_reorganisation_is_told_in_all_rooms() -> None:
    async with AsyncExitStack() as stack:
        chain = await stack.enter_async_context(anvil(slots=32))
        coin = await chain.deploy(CONTRACTS["Coin"])
        chains = [{"chainId": chain.chain_id, "urls": [chain.ws_url]}]
        server = await stack.enter_async_context(ServerProcess(chains=chains, env=ENV))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        watched: list[tuple[PythonClient, str]] = []
        for number in range(ROOMS // 20):
            client = await stack.enter_async_context(PythonClient(["websocket"]))
            await client.connect(server.url, (await sign_in(http, server.url, wallet(f"watcher-{number}")))["token"])
            for _ in range(20):
                room = await made(client)
                await done(client, "room:join", room=room)
                watch = {"chain": chain.chain_id, "address": coin.address, "event": TRANSFER}
                await done(client, "room:watch", room=room, watch=watch, id="w")
                watched.append((client, room))
        first, last = list[float](), list[float]()
        for round_ in range(1, 11):
            await chain.transact(coin, "mint", SINK, round_, wait=False)
            await until(lambda: all(len(of_type(c, r, "chain.event")) == round_ for c, r in watched))  # noqa: B023
            await chain.reorg(1)
            began = time.monotonic()
            await until(lambda: any(len(of_type(c, r, "chain.reverted")) == round_ for c, r in watched))  # noqa: B023
            first.append(time.monotonic() - began)
            await until(lambda: all(len(of_type(c, r, "chain.reverted")) == round_ for c, r in watched))  # noqa: B023
            last.append(time.monotonic() - began)
    print(f"{ROOMS} rooms, depth 1, ten times: first room {spread_of(first)}, last room {spread_of(last)}")


async def test_time_from_a_lost_right_to_being_out() -> None:
    async with AsyncExitStack() as stack:
        chain = await stack.enter_async_context(anvil(slots=32))
        await place_multicall(chain)
        coin = await chain.deploy(CONTRACTS["Coin"])
        await chain.mine(2)
        chains = [{"chainId": chain.chain_id, "urls": [chain.ws_url]}]
        server = await stack.enter_async_context(ServerProcess(chains=chains, env=ENV))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        holder = await stack.enter_async_context(PythonClient(["websocket"]))
        owner = await stack.enter_async_context(PythonClient(["websocket"]))
        await holder.connect(server.url, (await sign_in(http, server.url, wallet("loser")))["token"])
        await owner.connect(server.url, (await sign_in(http, server.url, wallet("gatekeeper")))["token"])
        room = await made(owner, gate={"chain": chain.chain_id, "token": coin.address, "standard": "erc20"})
        account, out = wallet("loser").address, list[float]()
        await chain.rpc("anvil_impersonateAccount", account)
        await chain.rpc("anvil_setBalance", account, hex(10**18))
        for round_ in range(1, LOSSES + 1):
            await chain.transact(coin, "mint", account, 5)
            async with asyncio.timeout(60):
                while not (await holder.ask("room:join", {"room": room}))["ok"]:
                    await asyncio.sleep(0.02)
            sent = {"from": account, "to": coin.address, "data": coin.encode("transfer", (SINK, 5))}
            began = time.monotonic()
            await chain.rpc("eth_sendTransaction", sent)
            await until(lambda: len(heard(holder, "room:removed", room)) == round_)  # noqa: B023
            out.append(time.monotonic() - began)
        print(f"from the transaction that spends the token to room:removed, {LOSSES} times: {spread_of(out)}")

        closed: list[float] = []
        for _ in range(LOSSES):
            token = (await sign_in(http, server.url, wallet("loser")))["token"]
            async with http.ws_connect(f"{server.url}/socket.io/?EIO=4&transport=websocket") as socket:
                await socket.receive_str()
                await socket.send_str("40" + json.dumps({"token": token}))
                while not (await socket.receive_str()).startswith("40"):
                    pass
                began = time.monotonic()
                headers = {"Authorization": f"Bearer {token}"}
                ending = asyncio.create_task(http.post(f"{server.url}/auth/signout", headers=headers))
                while not str((await socket.receive(timeout=60)).data).startswith("41"):  # stock clients close then
                    pass
                closed.append(time.monotonic() - began)
                (await ending).close()
        print(f"from the end of a session to the DISCONNECT of its socket, {LOSSES} times: {spread_of(closed)}")
