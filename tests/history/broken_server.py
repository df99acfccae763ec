"""`parlour serve` with one defect, for the checker to catch: python broken_server.py <defect>."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from parlour.adapters.sql.sqlite_writer import SqliteWriter
from parlour.commands.serve import serve_forever
from parlour.core.room import Entry
from parlour.runtime.chain import ledger
from parlour.runtime.cluster.cluster import Cluster
from parlour.runtime.cluster.forwarding import Forwarding
from parlour.runtime.cluster.peers import Peer
from parlour.runtime.connection import Frame
from parlour.runtime.gates.revocations import Revocations
from parlour.runtime.live_room import join_answer as joining
from parlour.runtime.live_room.audience import Audience
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.store import Append, Done
from parlour.runtime.webhooks.sending import Outside, Webhooks
from parlour.settings import load

LATE_S = 0.4


def ack_before_commit() -> None:
    """Appends answer at once and reach the disk a little later, in their order."""
    real = SqliteWriter.append_all

    def append_all(self: SqliteWriter, batches: Sequence[Append], done: Done) -> None:
        asyncio.get_running_loop().call_later(LATE_S, real, self, batches, lambda answers: None)
        done([None] * len(batches))

    SqliteWriter.append_all = append_all  # type: ignore[method-assign]


def drop_one_in_five_hundred() -> None:
    """Every five hundredth delivery never leaves."""
    real = Audience.send_entry
    deliveries = itertools.count(1)

    def send_entry(self: Audience, live: RoomState, entry: Entry) -> None:
        connections = self.presence.connections
        unlucky = next((id for id in list(connections) if next(deliveries) % 500 == 0), None)
        held = connections.pop(unlucky) if unlucky is not None else None
        real(self, live, entry)
        if unlucky is not None and held is not None:
            connections[unlucky] = held

    Audience.send_entry = send_entry  # type: ignore[method-assign]


def swap_two() -> None:
    """Every fortieth entry is told after the one that follows it."""
    real = Audience.send_entry
    held: dict[str, Entry] = {}
    entries = itertools.count(1)

    def send_entry(self: Audience, live: RoomState, entry: Entry) -> None:
        if entry.room not in held and next(entries) % 40 == 0:
            held[entry.room] = entry
            return
        real(self, live, entry)
        if entry.room in held:
            real(self, live, held.pop(entry.room))

    Audience.send_entry = send_entry  # type: ignore[method-assign]


def replay_twice() -> None:
    """A resume repeats an entry."""
    real = joining.answer_gap

    def answer(since: Any, record: Any, head: int, held: Any, *rest: Any) -> Any:
        missed = real(since, record, head, held, *rest)
        return missed if missed is None or not held else [missed[0] if missed else held[-1], *missed]

    joining.answer_gap = answer  # type: ignore[assignment]


def skip_one_bus_message_in_a_thousand() -> None:
    """Every thousandth message of another node is confirmed and left unread."""
    real = Cluster.received
    messages = itertools.count(1)

    def received(self: Cluster, peer: Peer, payload: bytes) -> None:
        if next(messages) % 1000:
            real(self, peer, payload)

    Cluster.received = received  # type: ignore[method-assign]


def forward_twice() -> None:
    """Every thousandth frame of another node is written to clients twice."""
    real = Forwarding.wrote
    frames = itertools.count(1)

    def wrote(self: Forwarding, frame: Frame, numbers: Sequence[int], volatile: bool) -> None:
        real(self, frame, numbers, volatile)
        if next(frames) % 1000 == 0:
            real(self, frame, numbers, volatile)

    Forwarding.wrote = wrote  # type: ignore[assignment,method-assign]


def tell_a_notice_twice() -> None:
    """Every third time, notices are told again."""
    real = Audience.send_signals_and_notices
    numbers = itertools.count(1)

    def send(self: Audience, live: RoomState, decision: Any) -> None:
        real(self, live, decision)
        if next(numbers) % 3 == 0:
            real(self, live, decision)

    Audience.send_signals_and_notices = send  # type: ignore[method-assign]


def skip_a_webhook() -> None:
    """Every tenth entry that is due to a receiver counts as received, and was not sent."""
    real = Webhooks.__init__
    numbers = itertools.count(1)

    def init(self: Webhooks, receivers: Any, outside: Outside, on_stored: Any) -> None:
        async def post(hook: Any, body: bytes) -> None:
            if next(numbers) % 10:
                await outside.post(hook, body)

        real(self, receivers, replace(outside, post=post), on_stored)

    Webhooks.__init__ = init  # type: ignore[method-assign]


def forget_reverts() -> None:
    """Rooms are not told what a reorganisation undid."""
    real = ledger.correction_news

    def news(*given: Any) -> Any:
        return [each for each in real(*given) if each.type != "chain.reverted"]

    ledger.correction_news = news  # type: ignore[assignment]


def forget_gates() -> None:
    """Whoever came in stays in."""

    async def check(self: Revocations, due: Any) -> None:
        return

    Revocations._check = check  # type: ignore[method-assign]


DEFECTS = {
    "ack-before-commit": ack_before_commit,
    "drop-one-in-five-hundred": drop_one_in_five_hundred,
    "swap-two": swap_two,
    "replay-twice": replay_twice,
    "skip-one-bus-message-in-a-thousand": skip_one_bus_message_in_a_thousand,
    "forward-twice": forward_twice,
    "tell-a-notice-twice": tell_a_notice_twice,
    "skip-a-webhook": skip_a_webhook,
    "forget-reverts": forget_reverts,
    "forget-gates": forget_gates,
}

if __name__ == "__main__":
    DEFECTS[sys.argv[1]]()
    asyncio.run(serve_forever(load()))
