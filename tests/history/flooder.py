"""One socket that asks as fast as it is let: a program of its own, so that it takes no time from honest clients.

    python -m tests.history.flooder URL TOKEN KIND SECONDS FACTS

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


async def main() -> None:
    url, token, kind, seconds, facts = sys.argv[1:]
    told = await flood(url, token, kind, float(seconds), json.loads(facts))
    answer = {"sent": told.sent, "ok": told.ok, "refused": dict(told.refused), "unanswered": told.open}
    print(json.dumps({**answer, "largest": told.largest, "told": sorted(told.told)}))


if __name__ == "__main__":
    asyncio.run(main())
