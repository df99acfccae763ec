"""Clients that play beside talking, keep the state each game shows them, and are held against a fold of its log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import socketio

from parlour_client.patch import apply_patch
from tests.history.crowd import Crowd
from tests.history.load import HANG_S, RawClient, read_entries
from tests.history.tally_game import REMEMBERED, Tally

GAMES = {"PARLOUR_GAMES": "tally_game:Tally", "PYTHONPATH": str(Path(__file__).parent)}
"""Settings of servers that such a crowd is on."""
KINDS = ("chat", Tally.kind)
"""Of a crowd's rooms, in turn."""


class PlayingClient(RawClient):
    """A client of a crowd whose every second room is a tally.

    Attributes:
        shown: the state of each tally, and of which entry it is.
        torn: states that did not follow from the ones before.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.shown: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self.torn: list[str] = []

    def _said(self, room: str, id: str) -> dict[str, Any]:
        if kind_of(room) == "chat":
            return super()._said(room, id)
        return {"type": "game.action", "body": {"action": "add", "args": {"amount": 1 + self._posts % 9}}}

    def _joined(self, room: str, ack: dict[str, Any], socket: socketio.AsyncClient | None) -> None:
        super()._joined(room, ack, socket)
        if ack["ok"] and kind_of(room) != "chat":
            self.shown[room] = (ack["head"], ack["state"])

    def _told(self, event: str, data: Any = None) -> None:
        if event != "state" or data["room"] not in self.shown:
            return
        room = data["room"]
        seq, state = self.shown[room]
        if data["seq"] <= seq:
            return
        if "state" in data:
            state = data["state"]
        elif data["base"] == seq:
            state = apply_patch(state, data["patch"])
        else:
            self.torn.append(f"{self.name} has {room} as of {seq} and is told what changed since {data['base']}")
        self.shown[room] = (data["seq"], state)


def kind_of(room: str) -> str:
    """Return the kind of a crowd's room, `room-<number>`."""
    return KINDS[int(room.rpartition("-")[2]) % len(KINDS)]


def fold(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the state that follows from a tally's log."""
    totals: dict[str, int] = {}
    last: list[str] = []
    for entry in entries:
        if entry["type"] == "game.action":
            author, amount = entry["author"], entry["body"]["args"]["amount"]
            totals[author] = totals.get(author, 0) + amount
            last.append(f"{author} {amount}")
    return {"totals": totals, "last": last[-REMEMBERED:]}


async def equal_states(spread: Crowd) -> int:
    """Wait until every client sees of each tally what follows from its log; return how many states were compared.

    The crowd has to be calm. Raises AssertionError.
    """
    players = [client for client in spread.clients if isinstance(client, PlayingClient)]
    assert [torn for client in players for torn in client.torn] == []
    tallies = [room for room in spread.rooms if kind_of(room) != "chat"]
    wanted = {room: fold((await read_entries(spread.http, spread.url, room, spread.token))[1]) for room in tallies}
    seen = [(client, room) for client in players for room in client.rooms if room in wanted]

    def others() -> list[str]:
        return [
            f"{client.name} sees {client.shown.get(room)} of {room}, whose log says {wanted[room]}"
            for client, room in seen
            if room not in client.shown
            or {name: client.shown[room][1].get(name) for name in wanted[room]} != wanted[room]
        ]

    try:
        async with asyncio.timeout(HANG_S):
            while others():
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError("\n".join(others()[:5])) from None
    assert all(any(each["totals"]) for each in wanted.values()), "a tally in which nobody added"
    return len(seen)
