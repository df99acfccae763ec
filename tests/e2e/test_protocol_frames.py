"""Clients that ask for `frames` get a batch in one packet, from the real server (protocol section 4)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from parlour.app import Server
from parlour.settings import load
from parlour.testing.wallets import sign_in, wallet
from parlour_client import connect
from tests.adapters.engine.lab import RawSocket
from tests.wire_check import WireChecker


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Server]:
    server = await Server.build(load(port=0, database_url=f"sqlite+aiosqlite:///{folder}/parlour.db"))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


class Player:
    """A socket of bytes: requests carry a number, and what was said is kept packet by packet."""

    def __init__(self, socket: RawSocket) -> None:
        self._socket = socket
        self._number = 0
        self.packets: list[list[Any]] = []
        self.wire = WireChecker()

    @classmethod
    async def enter(cls, server: Server, name: str, features: Any = ("frames",)) -> Player:
        async with aiohttp.ClientSession() as http:
            token = (await sign_in(http, server.url, wallet(name)))["token"]
        port = int(server.url.rpartition(":")[2])
        player = cls(await RawSocket.connect(port, "/socket.io/?EIO=4&transport=websocket"))
        await player._socket.text()
        player._socket.send("40" + json.dumps({"token": token, "features": features}))
        await player._socket.text()
        await player.heard("welcome")
        return player

    async def heard(self, event: str) -> list[Any]:
        """Read up to a packet with this event, and return the packet's events."""
        while True:
            text = await self._socket.text()
            if text == "2":
                self._socket.send("3")
                continue
            name, data = json.loads(text[2:])
            self.wire.check(name, data)
            packet = data["packets"] if name == "frame" else [[name, data]]
            self.packets.append(packet)
            if event in [inner for inner, _ in packet]:
                return packet

    async def ask(self, event: str, data: dict[str, Any]) -> list[Any]:
        """Send a request with a number; return the events of the packet that its ack came in."""
        self._number += 1
        self._socket.send("42" + json.dumps([event, data, self._number]))
        packet = await self.heard("ack")
        (ack,) = [data for name, data in packet if name == "ack"]
        assert ack["n"] == self._number
        assert ack["answer"]["ok"], ack
        return packet

    @property
    def states(self) -> list[dict[str, Any]]:
        return [data for packet in self.packets for name, data in packet if name == "state"]

    async def state_with(self, form: str) -> dict[str, Any]:
        """Read up to a state of this form."""
        while not (found := [state for state in self.states if form in state]):
            await self.heard("state")
        return found[-1]


def steered(n: int) -> dict[str, Any]:
    body = {"action": "steer", "args": {"dx": 1 - 2 * n, "dy": 1}}
    return {"room": "table", "id": f"s{n}", "type": "game.action", "body": body}


def place(cell: int) -> dict[str, Any]:
    return {
        "room": "table",
        "id": f"m{cell}",
        "type": "game.action",
        "body": {"action": "place", "args": {"cell": cell}},
    }


async def test_move_reaches_its_player_in_one_packet_with_entry_ack_and_state(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        ann, ben = [await Player.enter(server, name) for name in ("ann", "ben")]
        await ann.ask("room:create", {"kind": "tic-tac-toe", "id": "table"})
        for player in (ann, ben):
            await player.ask("room:join", {"room": "table"})
        packet = await ann.ask("room:post", place(4))
        assert [name for name, _ in packet] == ["entry", "ack", "state"]
        assert packet[0][1]["seq"] == packet[1][1]["answer"]["seq"] == packet[2][1]["seq"]
        heard = await ben.heard("notice")
        assert [name for name, _ in heard] == ["entry", "notice", "state"]
        assert not [*ann.wire.faults, *ben.wire.faults]
        assert {"frame", "ack", "welcome"} <= ann.wire.seen


async def test_ticks_reach_who_asks_for_steps_as_steps_and_others_as_patches(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        ann, ben = await Player.enter(server, "ann", ["steps", "frames"]), await Player.enter(server, "ben")
        assert ann.packets[0][0][1]["features"] == ["frames", "steps"]
        assert ben.packets[0][0][1]["features"] == ["frames"]
        await ann.ask("room:create", {"kind": "arena", "id": "table"})
        for player in (ann, ben):
            await player.ask("room:join", {"room": "table"})
        async with connect(server.url, wallet("cat")) as cat, cat.join("table") as room:
            for n, player in enumerate((ann, ben)):
                await player.ask("room:post", steered(n))
            await room.post({"action": "steer", "args": {"dx": 1, "dy": -1}}, "game.action")
            told = await ann.state_with("steps")
            assert set(told) == {"room", "seq", "base", "steps"}
            assert set(await ben.state_with("patch")) == {"room", "seq", "base", "patch"}
            assert not any("steps" in state for state in ben.states)
            first = room.state
            async for view in room.states():
                if view["x"] != first["x"] and view["y"] != first["y"]:
                    break
        assert not [*ann.wire.faults, *ben.wire.faults]


@pytest.mark.parametrize("features", [None, "frames", {"frames": 1}, ["other", 7, None], []])
async def test_client_that_asks_for_no_feature_that_is_served_is_answered_as_ever(
    tmp_path: Path, features: Any
) -> None:
    async with running(tmp_path) as server:
        player = await Player.enter(server, "ann", features)
        assert "features" not in player.packets[0][0][1]
        player._socket.send('427["room:create",{"kind":"chat","id":"hall"},3]')
        assert (await player._socket.text()).startswith('437[{"ok":true')


async def test_python_client_asks_for_frames_and_follows_a_game(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        ben = await Player.enter(server, "ben")
        async with connect(server.url, wallet("ann")) as ann:
            await ann.create("tic-tac-toe", id="table")
            async with ann.join("table") as room:
                await ben.ask("room:join", {"room": "table"})
                posted = await room.post({"action": "place", "args": {"cell": 0}}, "game.action")
                await ben.ask("room:post", place(4))
                await room.post({"action": "place", "args": {"cell": 1}}, "game.action")
                assert posted.seq < room.head
                assert room.state["cells"][:5] == [0, 0, None, None, 1]
