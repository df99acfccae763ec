"""Random requests against a whole server: each is answered, none with `internal`."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

import aiohttp
import psutil
import pytest

from parlour.adapters.socket.requests import REQUESTS
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.adapters.engine.lab import RawSocket

ROOMS = ["r0", "r1", "g0", "dm:x", "chain:1", "wallet:0x0", "nowhere", "R0", "../x", "", "a" * 200, "é"]
TYPES = ["chat.message", "chat.edit", "chat.reaction", "game.action", "doc.update", "app.x", "room.closed", "x", ""]
BODIES: list[Any] = [
    {"text": "hello"},
    {"text": "x" * 40_000},
    {"text": 1},
    {"of": 1, "text": "y"},
    {"of": -1},
    {"of": 1, "emoji": "😀", "on": True},
    {"action": "place", "args": {"cell": 4}},
    {"action": "__init__", "args": {}},
    {"b64": "!!"},
    {},
    [],
    "x",
    None,
    b"\x00\x01",
]
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    2**53,
    -(2**63),
    1e300,
    "",
    "x",
    "0x",
    "1" * 300,
    [],
    {},
    [[]],
    {"a": None},
    "\x7f",
]
_BY_FIELD: dict[str, list[Any]] = {
    "room": ROOMS,
    "type": TYPES,
    "body": BODIES,
    "kind": ["chat", "tic-tac-toe", "document", "nothing"],
    "id": ["a", "b", "server:1", "r0", "x" * 65],
    "since": [{"epoch": "x", "seq": 0}, {"epoch": "", "seq": -1}, {"epoch": "x", "seq": 2**62, "hash": "0x"}],
    "action": ["mute", "kick", "ban", "role", "explode"],
    "watch": [{"chain": 1, "address": "0x" + "1" * 40, "event": "Staked(address indexed player)"}, {"chain": 0}, "x"],
    "limit": [0, 1, 50, 10**9],
    "as": ["player", "spectator", "owner"],
    "visibility": ["public", "private", "other"],
    "query": ["hello", "%", "_", "' OR 1=1 --", "(a+)+$", "*" * 500],
}
FIELDS = {
    name: [field.alias or key for key, field in spec.model.model_fields.items()] for name, spec in REQUESTS.items()
}


def a_request(rng: random.Random) -> tuple[str, Any]:
    """Make a known event with a body that is valid in most fields, or an unknown event."""
    if rng.random() < 0.05:
        return rng.choice(["room", "room:", "toString", "__class__", "welcome", "entry", "x" * 100]), rng.choice(ODD)
    name = rng.choice(sorted(FIELDS))
    body = {}
    for field in FIELDS[name]:
        chance = rng.random()
        if chance < 0.75 and field in _BY_FIELD:
            body[field] = rng.choice(_BY_FIELD[field])
        elif chance > 0.85:
            body[field] = rng.choice(ODD)
    if rng.random() < 0.05:
        body[rng.choice(["extra", "__proto__", "a\nb"])] = rng.choice(ODD)
    return name, body


def send(socket: RawSocket, id: int, name: str, body: Any) -> None:
    attachments: list[bytes] = []

    def place(value: Any) -> Any:
        if isinstance(value, bytes):
            attachments.append(value)
            return {"_placeholder": True, "num": len(attachments) - 1}
        return {key: place(item) for key, item in value.items()} if isinstance(value, dict) else value

    text = json.dumps([name, place(body)])
    socket.send(f"45{len(attachments)}-{id}{text}" if attachments else f"42{id}{text}")
    for attachment in attachments:
        socket.send(attachment)


async def one_client(server: ServerProcess, token: str | None, seed: int, cases: int) -> list[str]:
    """Send requests twenty at a time; return the error codes of the answers, "" for ok."""
    rng = random.Random(seed)
    socket = await RawSocket.connect(server.port, "/socket.io/?EIO=4&transport=websocket")
    await socket.text()
    socket.send("40" + (json.dumps({"token": token}) if token else ""))
    codes = []
    for start in range(0, cases, 20):
        asked = {start + number: a_request(rng) for number in range(20)}
        for id, (name, body) in asked.items():
            send(socket, id, name, body)
        while asked:
            opcode, text = await socket.message(20)
            assert opcode in (1, 2), f"disconnected: {text!r}, {list(asked.values())[:2]}"
            if text == "2":
                socket.send("3")
            if isinstance(text, str) and (text[:2] == "43" or text[:2] == "46"):
                head, _, rest = text[2:].partition("[")
                id = int(head.rpartition("-")[2])
                answer = json.loads("[" + rest)[0]
                code = "" if answer["ok"] else answer["error"]["code"]
                assert code != "internal", (asked[id], answer)
                codes.append(code)
                del asked[id]
    socket.writer.close()
    return codes


async def fuzz_requests(cases: int, seed: int) -> None:
    env = {"PARLOUR_POSTS_PER_SECOND": "100000", "PARLOUR_POSTS_BURST": "100000", "PARLOUR_GUESTS": "on"}
    async with ServerProcess(env=env) as server, aiohttp.ClientSession() as http:
        tokens = [(await sign_in(http, server.url, wallet(f"fuzz{number}")))["token"] for number in range(3)]
        process = psutil.Process(server.pid)
        await one_client(server, tokens[0], seed, 40)
        before, started = process.memory_info().rss, time.monotonic()
        clients = [*tokens, None]
        codes = await asyncio.gather(
            *(one_client(server, token, seed * 10 + number, cases // 4) for number, token in enumerate(clients))
        )
        grown = (process.memory_info().rss - before) / 1e6
        log = server.log()
    flat = [code for answers in codes for code in answers]
    assert len(flat) >= cases - 80
    assert {"", "invalid", "not_found"} <= set(flat), set(flat)
    assert "Traceback" not in log, log[-3_000:]
    assert grown < 50, f"{grown:.0f} MB in {time.monotonic() - started:.0f} s"


async def test_random_requests_are_all_answered() -> None:
    await fuzz_requests(800, 1)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_twenty_thousand_random_requests_are_all_answered() -> None:
    await fuzz_requests(20_000, 2)
