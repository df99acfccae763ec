"""Inputs made from every schema and broken in one place, on a whole server: all answered, none by a fault of ours.

Requests over the socket, routes of the API, uploads and updates of documents. Beside them somebody honest writes to a
room and is answered. What nodes of chains, the bus and webhooks' receivers answer is broken in tests of their own
(docs/reports/part-18.md lists them). `PARLOUR_BROKEN_INPUTS` says how many the long form sends.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Any
from urllib.parse import quote

import aiohttp
import psutil
import pycrdt
import pytest
from yarl import URL

from parlour.adapters.socket.requests import REQUESTS
from parlour.protocol.entries import BODIES
from parlour.protocol.schema import definitions
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.adapters.engine.lab import CLOSE, RawSocket
from tests.e2e.broken import ODD, Maker, broken
from tests.e2e.furnished import Known, furnished
from tests.e2e.kit import done, error_of, made, said
from tests.e2e.stock import PythonClient

CASES = int(os.environ.get("PARLOUR_BROKEN_INPUTS", "100000"))
"""Inputs of the long form."""
SEED = int(os.environ.get("PARLOUR_BROKEN_SEED", "1"))
AT_ONCE = 20
GROWTH_MB, GROWTH_BYTES = 150, 500
"""More memory than that, and than that for each input, would be a leak; unbroken inputs leave rooms and messages."""
ENDS_THE_SERVER = "/drain"
ENDS_SESSIONS = ("/auth/signout", "/sign-out", "/ban", "/erase", "/role", "/auth/sessions", "/auth/refresh")
"""Not asked: the next inputs would only find out that they are not signed in."""
ENV = {
    "PARLOUR_GUESTS": "on",
    "PARLOUR_ROLES": json.dumps({wallet("admin").address: "admin"}),
    "PARLOUR_FILES_OWNED": str(10**12),
    **{
        f"PARLOUR_{name}_{rule}": "100000000"
        for name in ("HTTP", "SIGN_INS", "ROOMS", "POSTS", "UPLOADS")
        for rule in ("BURST", "PER_MINUTE")
    },
    **{
        f"PARLOUR_{name}": "100000000"
        for name in ("POSTS_PER_SECOND", "READS_PER_SECOND", "READS_BURST", "CHANGES_PER_MINUTE", "ROOMS_OWNED")
    },
}
WELL_KNOWN: Known = {
    "type": ["chat.message", "chat.edit", "chat.reaction", "chat.delete", "chat.pin", "game.action", "app.x", "typing"],
    "kind": ["chat", "document", "tic-tac-toe", "battleship", "chess", "arena", "party", "chain", "market"],
    "action": ["mute", "unmute", "kick", "release", "dismiss", "role", "place", "fire"],
    "of": [1, 2, 3, 4],
    "thread": [3],
    "version": [1, 2, 3],
    "gate": [
        {"any": [{"chain": 1, "erc20": "0x" + "11" * 20, "min": "1"}]},
        {"all": [{"allow": [wallet("ann").address]}]},
        {"sanctions": True, "any": []},
    ],
    "options": [{}, {"maxBytes": 1_000, "gc": False}, {"versions": {"every": 60_000, "keep": 2}}, {"seats": 2}],
    "watch": [{"chain": 1, "address": "0x" + "11" * 20, "event": "Ping(uint256 value)"}],
    "query": ["needle", "gm", "a"],
    "cursor": ["MQ", "eyJhIjoxfQ"],
}  # fmt: skip


@dataclass(frozen=True)
class Town:
    """A server with one of each thing, and who asks it."""

    server: ServerProcess
    http: aiohttp.ClientSession
    tokens: dict[str, str]
    known: Known


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    async with ServerProcess(env=ENV) as server, aiohttp.ClientSession() as http:
        tokens = {name: (await sign_in(http, server.url, wallet(name)))["token"] for name in ("admin", "ann", "bea")}
        known = await furnished(server, http, tokens["admin"])
        known = {**known, "accounts": known["account"], "rooms": known["room"], "files": known["hash"]}
        yield Town(server, http, tokens, {**WELL_KNOWN, **known})


class Broken:
    """Makes broken inputs of one seed."""

    def __init__(self, seed: int, known: Known) -> None:
        self._rng = Random(seed)
        models = {name: spec.model for name, spec in REQUESTS.items()}
        refs, defined = definitions([*models.values(), *BODIES.values()])
        self._requests = dict(zip(models, refs, strict=False))
        self._bodies = dict(zip(BODIES, refs[len(models) :], strict=True))
        self._maker = Maker(self._rng, defined, known)

    def request(self) -> tuple[str, Any]:
        """Return an event and what it carries; every fourth is not broken, so that something goes on."""
        rng = self._rng
        name = rng.choice([*self._requests, "room:post", "room:post", "room:signal"])
        data = self._maker.made(self._requests[name])
        if name == "room:post" and data["type"] in self._bodies and rng.random() < 0.9:
            data["body"] = self._maker.made(self._bodies[data["type"]])
        if name == "room:post" and rng.random() < 0.15:
            data |= {"type": "doc.update", "body": update(rng)}
        if rng.random() < 0.25:
            return name, data
        if isinstance(data.get("body"), dict) and rng.random() < 0.7:
            return name, {**data, "body": broken(rng, data["body"])}
        return name, broken(rng, data)


def update(rng: Random) -> bytes:
    """Return a Yjs update with a few of its bytes changed, cut, or doubled."""
    document: pycrdt.Doc[Any] = pycrdt.Doc(client_id=rng.randrange(2**32))
    document["text"] = text = pycrdt.Text()
    for _ in range(rng.randint(1, 4)):
        text.insert(0, rng.choice(["a", "é", "😀", "x" * 200]))
    return spoilt(rng, document.get_update())


def spoilt(rng: Random, data: bytes) -> bytes:
    """Return bytes like these: some changed, cut off, or written twice; every eighth time the same."""
    for _ in range(rng.choice([0, 1, 1, 1, 2, 2, 5, 20])):
        at = rng.randrange(len(data) + 1)
        way = rng.random()
        if way < 0.6:
            data = data[:at] + bytes([rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])]) + data[at + 1 :]
        elif way < 0.8:
            data = data[:at]
        else:
            data = data[:at] + data[max(0, at - 9) :]
    return data


def picture(rng: Random) -> bytes:
    """Return a file of a kind that is looked into, spoilt."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    jpeg = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    jpeg += b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\x00\xff\xd9"
    webp = b"WEBPVP8X\x0a\0\0\0\x08\0\0\0\0\0\0\0\0\0EXIF" + struct.pack("<I", len(exif)) + exif
    kinds = [
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"eXIf", exif[6:]) + chunk(b"IDAT", b"x")
        + chunk(b"IEND", b""),
        jpeg,
        b"RIFF" + struct.pack("<I", len(webp)) + webp,
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
        b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miaf\0\0\0\x10meta" + b"\0" * 8,
        b"\0\0\0\x18ftypisom\0\0\0\0isom", b"\x1aE\xdf\xa3\x9fB\x86\x81\x01", b"OggS\0\x02" + b"\0" * 20,
        b"ID3\x04\0\0\0\0\0\x0a" + b"\0" * 10, b"%PDF-1.7\n%%EOF", b"plain", b"<svg onload=x>", b"",
    ]  # fmt: skip
    return spoilt(rng, rng.choice(kinds))


def send(socket: RawSocket, id: int, name: str, data: Any) -> None:
    """Send a request, its bytes as attachments."""
    attachments: list[bytes] = []

    def placed(value: Any) -> Any:
        if isinstance(value, bytes):
            attachments.append(value)
            return {"_placeholder": True, "num": len(attachments) - 1}
        if isinstance(value, dict):
            return {key: placed(each) for key, each in value.items()}
        return [placed(each) for each in value] if isinstance(value, list) else value

    text = json.dumps([name, placed(data)])
    socket.send(f"45{len(attachments)}-{id}{text}" if attachments else f"42{id}{text}")
    for attachment in attachments:
        socket.send(attachment)


def in_url(value: Any) -> str:
    """Return a value as part of an address; what UTF-8 cannot say becomes a question mark."""
    return quote(str(value).encode(errors="replace"), safe="")


async def entered(town: Town, token: str | None) -> RawSocket:
    socket = await RawSocket.connect(town.server.port, "/socket.io/?EIO=4&transport=websocket")
    await socket.text()
    socket.send("40" + (json.dumps({"token": token}) if token else ""))
    return socket


async def over_the_socket(town: Town, who: str | None, seed: int, cases: int, told: Counter[str]) -> None:
    """Send broken requests, a few at a time, and count the codes of the answers; malformed packets end the socket."""
    inputs, token, asked = Broken(seed, town.known), town.tokens.get(who or ""), dict[int, Any]()
    socket = await entered(town, token)
    for number in range(cases):
        asked[number] = inputs.request()
        send(socket, number, *asked[number])
        while len(asked) >= AT_ONCE or (asked and number == cases - 1):
            opcode, text = await socket.message(60)
            if opcode == CLOSE:
                told["socket closed"] += len(asked)
                asked.clear()
                socket = await entered(town, token)
            if text == "2":
                socket.send("3")
            if isinstance(text, str) and text[:2] in ("43", "46"):
                head, _, rest = text[2:].partition("[")
                answer, request = json.loads("[" + rest)[0], asked.pop(int(head.rpartition("-")[2]))
                code = "ok" if answer["ok"] else error_of(answer["error"])[0]
                assert code != "internal", (seed, request, answer)
                told[f"{code}"] += 1
    socket.writer.close()


async def over_http(town: Town, seed: int, cases: int, told: Counter[str]) -> None:
    """Send broken requests to each route of the document, and spoilt files."""
    rng = Random(seed)
    async with town.http.get(f"{town.server.url}/api/openapi.json") as answer:
        document = await answer.json()
    maker = Maker(rng, document["components"]["schemas"], town.known)
    routes = [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if not path.endswith((ENDS_THE_SERVER, *ENDS_SESSIONS))
    ]
    for _ in range(cases):
        method, path, operation = rng.choice(routes)
        options: dict[str, Any] = {"headers": {"Authorization": f"Bearer {town.tokens[rng.choice(['admin', 'ann'])]}"}}
        query = []
        for each in operation["parameters"]:
            value = maker.made(each["schema"], each["name"])
            value = rng.choice(ODD) if rng.random() < 0.2 else value
            if each["in"] == "path":
                path = path.replace(f"{{{each['name']}}}", in_url(value) or "x")
            elif each["name"] != "follow" and rng.random() < 0.7:
                query.append(f"{each['name']}={in_url(value)}")
        body = operation.get("requestBody", {}).get("content", {})
        if "application/json" in body:
            made = broken(rng, maker.made(body["application/json"]["schema"]))
            written = json.dumps(made, default=lambda odd: {"b64": odd.hex()}).encode()
            options["data"] = spoilt(rng, written) if rng.random() < 0.2 else written
            options["headers"]["Content-Type"] = "application/json"
        elif body:
            options["data"] = update(rng) if "entries" in path else picture(rng)
        url = URL(f"{town.server.url}{path}?{'&'.join(query)}", encoded=True)
        async with town.http.request(method, url, **options) as answer:
            text = await answer.read()
        assert answer.status < 500 or answer.status == 503, (seed, method, answer.url, options, text[:500])
        if answer.status >= 400 and not path.startswith("/auth/"):  # signing in has reasons of its own
            error_of(json.loads(text)["error"])
        told[f"http {answer.status}"] += 1


@asynccontextmanager
async def canary(town: Town) -> AsyncIterator[list[float]]:
    """Inside, somebody honest writes to a room of his own; each post is stored, in order. Yields how long each took."""
    async with PythonClient(["websocket"]) as client:
        await client.connect(town.server.url, (await sign_in(town.http, town.server.url, wallet("canary")))["token"])
        room, seqs, took, over = await made(client), list[int](), list[float](), asyncio.Event()

        async def writes() -> None:
            while not over.is_set():
                asked_at = monotonic()
                seqs.append((await said(client, room))["seq"])
                took.append(monotonic() - asked_at)
                await asyncio.wait([waiting], timeout=0.2)

        waiting = asyncio.ensure_future(over.wait())
        writing = asyncio.create_task(writes())
        yield took
        over.set()
        await writing
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        assert (await done(client, "room:history", room=room))["entries"][-1]["seq"] == seqs[-1]


async def send_broken_inputs(cases: int, seed: int) -> Mapping[str, int]:
    """Send them from four sockets and over HTTP at once; return how many had which answer."""
    told: Counter[str] = Counter()
    async with town() as here:
        process = psutil.Process(here.server.pid)
        async with canary(here) as took:
            await over_the_socket(here, "admin", seed, cases // 10, told)
            before = process.memory_info().rss
            people = ("admin", "ann", "bea", None)
            await asyncio.gather(
                *(over_the_socket(here, who, seed + n, cases // 6, told) for n, who in enumerate(people, 1)),
                *(over_http(here, seed + n, cases // 20, told) for n in (11, 12)),
            )
        grown, log = (process.memory_info().rss - before) / 1e6, here.server.log()
    assert "Traceback" not in log, log[log.index("Traceback") - 1_000 :][:5_000]
    assert grown < GROWTH_MB + cases * GROWTH_BYTES / 1e6, f"{grown:.0f} MB more for {cases} inputs"
    print(
        sum(told.values()), "inputs, seed", seed, f"{grown:.0f} MB more, canary at most {max(took):.2f} s", dict(told)
    )
    return told


async def test_broken_inputs_are_refused_beside_an_honest_client() -> None:
    told = await send_broken_inputs(1_200, 7)
    assert {"ok", "invalid", "not_found", "forbidden", "http 400", "http 200"} <= told.keys()


@pytest.mark.long
@pytest.mark.timeout(7_200)
async def test_many_broken_inputs_are_refused_beside_an_honest_client() -> None:
    await send_broken_inputs(CASES, SEED)
