"""Sockets that flood a server: a program of its own, so that it takes no time from honest clients.

    python -m tests.history.flooder URL TOKEN KIND SECONDS FACTS

Without a pace one socket asks as fast as it is let. With `pace` and `sockets` among the facts so many sockets together
ask so often a second, `most` times at most, and wait for no answer; what the server does not read, it does not read.
It speaks Engine.IO and Socket.IO by hand, because a stock client is slower than a flood has to be.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import aiohttp

Request = tuple[str, dict[str, Any]]
WINDOW = 200
"""Requests without an answer: below the 256 at which the server stops reading."""


def address(number: int) -> str:
    return f"0x{number:040x}"


def configure(facts: dict[str, Any], number: int) -> Request:
    return "room:configure", {"room": facts["room"], "options": {"text": secrets.token_hex(15_500)}}


def invite(facts: dict[str, Any], number: int) -> Request:
    return "room:invite", {"room": facts["room"], "account": facts["victim"]}


def moderate(facts: dict[str, Any], number: int) -> Request:
    return "room:moderate", {"room": facts["room"], "account": address(number + 1), "action": "ban"}


def watch(facts: dict[str, Any], number: int) -> Request:
    of = {"chain": 31337, "address": address(number + 1), "event": "Ping(uint256 n)"}
    return "room:watch", {"room": facts["room"], **of}


def react(facts: dict[str, Any], number: int) -> Request:
    if number % 10 == 9:
        return "room:history", {"room": facts["room"], "view": "messages", "limit": 1}
    body = {"of": facts["message"], "emoji": chr(0x1F300 + number % 700), "on": True}
    return "room:post", {"room": facts["room"], "id": secrets.token_hex(8), "type": "chat.reaction", "body": body}


KINDS: dict[str, Callable[[dict[str, Any], int], Request]] = {
    "metrics": lambda facts, number: (f"room:{secrets.token_hex(6)}", {}),
    "lists": lambda facts, number: ("room:list", {"mine": True} if number % 2 else {"query": "secret"}),
    "endpoint": watch,
    "unknown": lambda facts, number: ("room:join", {"room": f"no-{secrets.token_hex(6)}"}),
    "configure": configure,
    "invite": invite,
    "moderate": moderate,
    "read": lambda facts, number: ("room:read", {"room": facts["room"], "seq": 1}),
    "reactions": react,
}  # fmt: skip


class Flood:
    """What was asked and how it was answered; `largest` is in bytes."""

    def __init__(self) -> None:
        self.sent = self.ok = self.largest = self.notices = 0
        self.refused: Counter[str] = Counter()
        self.told: set[str] = set()
        self.open = 0

    def told_all(self) -> dict[str, Any]:
        answer = {"sent": self.sent, "ok": self.ok, "refused": dict(self.refused), "unanswered": self.open}
        return {**answer, "largest": self.largest, "told": sorted(self.told)}

    def answered(self, frame: str, secret: str) -> None:
        self.open -= 1
        self.largest = max(self.largest, len(frame))
        ack = json.loads(frame[frame.index("[") :])[0]
        if ack["ok"]:
            self.ok += 1
        else:
            self.refused[ack["error"]["code"]] += 1
        if secret and secret in frame:
            self.told.add(secret)


async def flood(url: str, token: str, kind: str, seconds: float, facts: dict[str, Any]) -> Flood:
    told, numbers, make = Flood(), itertools.count(), KINDS[kind]
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket", max_msg_size=0) as socket,
    ):
        await socket.receive_str()
        await socket.send_str("40" + (json.dumps({"token": token}) if token else "{}"))
        until = time.monotonic() + seconds
        patience = until + 20
        while (left := patience - time.monotonic()) > 0:
            while told.open < WINDOW and time.monotonic() < until:
                event, data = make(facts, next(numbers))
                await socket.send_str(f"42{told.sent}{json.dumps([event, data])}")
                told.sent, told.open = told.sent + 1, told.open + 1
            if not told.open and time.monotonic() >= until:
                break
            message = await socket.receive(timeout=left)
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            frame = str(message.data)
            if frame == "2":
                await socket.send_str("3")
            elif frame.startswith("43"):
                told.answered(frame, facts.get("secret", ""))
    return told


# ── at a pace, whatever is answered ──────────────────────────────────────────────────────────────────────────────────


async def flood_at_pace(url: str, token: str, kind: str, seconds: float, facts: dict[str, Any]) -> dict[str, Any]:
    """Ask at the pace from the first moment on; answer what was sent of it, and how it was answered."""
    told, numbers, make = Flood(), itertools.count(), KINDS[kind]
    pace, most = float(facts["pace"]), int(facts.get("most", 1 << 40))
    sockets = [await _come_in(url, token) for _ in range(facts["sockets"])]
    reading = [asyncio.create_task(_read(reader, writer, told, facts.get("secret", ""))) for reader, writer in sockets]
    began, wanted = time.monotonic(), 0
    first_second = None
    while (elapsed := time.monotonic() - began) < seconds and wanted < most:
        due = min(most, int(elapsed * pace))
        writing: list[list[bytes]] = [[] for _ in sockets]
        for number in range(wanted, due):
            at = number % len(sockets)
            if sockets[at][1].transport.get_write_buffer_size() > OWED_BYTES:
                continue  # the server reads no more of this one now
            event, data = make(facts, next(numbers))
            writing[at].append(_frame(f"42{told.sent}{json.dumps([event, data])}"))
            told.sent, told.open = told.sent + 1, told.open + 1
        wanted = due
        for frames, (_, writer) in zip(writing, sockets, strict=True):
            writer.write(b"".join(frames))
        if first_second is None and elapsed >= 1:
            first_second = told.sent
        await asyncio.sleep(TICK_SECONDS)
    asking = time.monotonic() - began
    await asyncio.sleep(max(0.0, seconds - asking))
    for task in reading:
        task.cancel()
    for _, writer in sockets:
        writer.close()
    first_second = told.sent if first_second is None else first_second
    return {**told.told_all(), "wanted": wanted, "sent_in_first_second": first_second, "asked_for_s": round(asking, 2)}


TICK_SECONDS = 0.01
OWED_BYTES = 1 << 20


async def _come_in(url: str, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    upgrade = f"Host: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    writer.write(f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n{upgrade}{key}\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    writer.write(_frame("40" + (json.dumps({"token": token}) if token else "{}")))
    while not (await _message(reader)).startswith("40"):
        pass
    return reader, writer


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, told: Flood, secret: str) -> None:
    while True:
        frame = await _message(reader)
        if frame == "2":
            writer.write(_frame("3"))
        elif frame.startswith("43"):
            told.answered(frame, secret)


async def _message(reader: asyncio.StreamReader) -> str:
    first, second = await reader.readexactly(2)
    size = second
    if size > 125:
        size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
    payload = await reader.readexactly(size)
    return payload.decode() if first == 0x81 else ""


def _frame(text: str) -> bytes:
    """A text frame, masked with zeros."""
    payload = text.encode()
    size = len(payload)
    head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + bytes(4) + payload


async def main() -> None:
    url, token, kind, seconds, given = sys.argv[1:]
    facts = json.loads(given)
    if "pace" in facts:
        print(json.dumps(await flood_at_pace(url, token, kind, float(seconds), facts)))
    else:
        print(json.dumps((await flood(url, token, kind, float(seconds), facts)).told_all()))


if __name__ == "__main__":
    asyncio.run(main())
