"""Live rooms over a store in memory, a clock that stands still and sockets that remember."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from parlour.core import room as commands
from parlour.core.log.formats import FORMATS, Formats
from parlour.core.log.patches import diff, patched
from parlour.core.room import Command, Entry
from parlour.core.rooms.hall import Hall
from parlour.errors import NotFound, ParlourError
from parlour.runtime.chain.chains import Chains
from parlour.runtime.chain.context import ChainContext
from parlour.runtime.chain.store_memory import MemoryChainStore
from parlour.runtime.gates.gates import GateLimits, Gates
from parlour.runtime.gates.room_settings import RoomGating
from parlour.runtime.live_room.context import HostLimits, RoomContext, RoomRequest
from parlour.runtime.live_room.recovery import Since
from parlour.runtime.rooms.interface import Accounts, NewRoom
from parlour.runtime.rooms.lobby import Lobby, LobbyLimits
from parlour.runtime.rooms.local import LocalRooms, OnChain
from parlour.runtime.rooms.registry import Kinds, RoomRegistry
from parlour.runtime.rooms.watch import RoomWatches
from parlour.runtime.store import Append
from parlour.runtime.store_memory import MemoryStore
from parlour.runtime.tracking.room_tracks import Tracking, TrackingLimits
from parlour.testing.fake_node import FakeNode
from parlour.testing.fakes import FakeClock, FakeConnection, FakeEncoder, carried, settle
from parlour_client.steps import apply_steps
from tests.bounds import host_limits

ALICE, BOB, CAROL, OWNER = (f"0x{digit * 40}" for digit in "1239")
"""Digits alone are the same in every spelling."""
SMALL = host_limits(
    batch=8, tail_entries=12, replay_entries=20, snapshot_entries=10, known_ids=5, join_default=5, join_limit=8
)


class NoChains:
    """The chains of a server that follows none."""

    async def watch(self, *asked: Any, **options: Any) -> Any:
        raise NotFound(reason="chain")

    async def check(self, request: Any, *, operator: bool = False) -> None:
        raise NotFound(reason="chain")

    async def unwatch(self, chain: int, watch: str) -> None:
        return None

    async def forget_room(self, room: str) -> None:
        return None


async def _no_delegations(account: str) -> list[dict[str, Any]]:
    return []


class Process:
    """One server process: a registry over a store that others may share.

    Attributes:
        commits_at_once: whether stores answer turns before they return.
    """

    commits_at_once = True

    def __init__(
        self,
        store: MemoryStore | None = None,
        clock: FakeClock | None = None,
        kinds: dict[str, type[Hall]] | None = None,
        limits: HostLimits = SMALL,
        owner: str = "one",
        formats: Formats = FORMATS,
    ) -> None:
        self.store = store or MemoryStore()
        self.store.at_once = self.commits_at_once
        self.clock = clock or FakeClock()
        self.notices: list[tuple[str, dict[str, Any]]] = []
        self.joins: dict[str, tuple[dict[str, Any], int]] = {}
        known = Kinds({"chat": Hall, **(kinds or {})})
        self.context = RoomContext(
            store=self.store,
            clock=self.clock,
            encoder=FakeEncoder(),
            limits=limits,
            diff=diff,
            make_room=known.make,
            owner=owner,
            notify=lambda account, event, data: self.notices.append((account, data)),
            formats=formats,
        )
        self.registry = RoomRegistry(self.context, known)

    @property
    def rooms(self) -> LocalRooms:
        """What adapters ask, over this process's registry; nobody watches a chain here."""
        lobby = Lobby(self.store, self.clock, FakeEncoder(), LobbyLimits(wait_ms=250, reread_seconds=5, lists=10))
        accounts = Accounts(lambda account: 0, _no_delegations)
        nothing = Chains([], ChainContext(MemoryChainStore(), self.clock), self.registry.deliver, FakeNode)  # type: ignore[arg-type]
        limits = TrackingLimits(tracked_per_room=64, tracks_per_minute=10, track_poll_seconds=15)
        tracking = Tracking(nothing, MemoryChainStore(), self.registry.deliver, self.clock, limits)
        gates = Gates(nothing, self.registry.submit, self.clock, GateLimits(30, 300_000, 10))
        watching, gating = RoomWatches(self.registry, NoChains()), RoomGating(self.registry, gates, "on")
        words = "-".join
        return LocalRooms(
            self.registry, OnChain(watching, gating, tracking), lobby, accounts, lambda *parts: words(parts)
        )

    async def create(self, room: str = "hall", kind: str = "chat", owner: str = OWNER, **settings: Any) -> None:
        await self.registry.create(owner, NewRoom(kind, room, **settings))

    async def ask(self, command: Command, room: str = "hall", **request: Any) -> dict[str, Any]:
        """Submit and let it happen; raises the ParlourError it was refused with."""
        asked = asyncio.ensure_future(self.registry.ask(room, RoomRequest(command, **request)))
        await settle()
        assert asked.done(), "the room gave no answer"
        return carried(asked.result())

    def submit(self, command: Command, room: str = "hall", **request: Any) -> list[Any]:
        """Queue without waiting; the list gets the answer."""
        answers: list[Any] = []
        self.registry.submit(room, RoomRequest(command, answers.append, **request))
        return answers

    async def join(
        self,
        connection: FakeConnection,
        room: str = "hall",
        since: Since | None = None,
        limit: int | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        command = commands.Join(author=connection.account, rank=connection.rank, as_=more.pop("as_", None))
        answer = await self.ask(command, room, connection=connection, since=since, limit=limit, **more)
        self.joins[connection.id] = answer, len(connection.heard)
        return answer

    def seen(self, connection: FakeConnection) -> Any:
        """The state as a client holds it: its last join's, and every change applied to its base."""
        joined, heard = self.joins[connection.id]
        seq, state = joined["head"], joined["state"]
        for event in (e.data for e in connection.heard[heard:] if e.event == "state"):
            if "state" in event:
                state = event["state"]
            else:
                assert event["base"] == seq, "a change of a base this client does not hold"
                state = apply_steps(state, event["steps"]) if "steps" in event else patched(state, event["patch"])
            seq = event["seq"]
        return state

    async def connected(self, account: str, room: str = "hall", **more: Any) -> FakeConnection:
        connection = FakeConnection(account)
        await self.join(connection, room, **more)
        return connection

    async def post(
        self, author: str, text: str, id_: str = "", room: str = "hall", type_: str = "chat.message", **body: Any
    ) -> dict[str, Any]:
        return await self.ask(message(author, text, id_, type_, **body), room)

    async def refused(self, command: Command, room: str = "hall", **request: Any) -> ParlourError:
        try:
            answer = await self.ask(command, room, **request)
        except ParlourError as error:
            return error
        raise AssertionError(f"accepted: {answer}")

    async def close(self) -> None:
        draining = asyncio.ensure_future(self.registry.drain())
        await settle()
        await draining

    async def log(self, room: str = "hall") -> list[Entry]:
        return await self.store.entries(room, 0, 100_000)

    def state(self, room: str = "hall") -> dict[str, Any]:
        """What the live room holds."""
        host = self.registry.find(room)
        assert host is not None
        return host.live.room.snapshot()


_ids: Iterator[int] = iter(range(1, 10**9))


def message(author: str, text: str, id_: str = "", type_: str = "chat.message", **body: Any) -> commands.Post:
    return commands.Post(author=author, id=id_ or f"id-{next(_ids)}", type=type_, body={"text": text, **body})


def moderate(author: str, action: str, account: str, **more: Any) -> commands.Moderate:
    return commands.Moderate(author=author, action=action, account=account, **more)


def position(answer: dict[str, Any], seq: int | None = None) -> Since:
    """Where a client stands after this join."""
    hash_ = bytes.fromhex(answer["hash"][2:])
    return Since(answer["epoch"], answer["head"] if seq is None else seq, hash_ if seq is None else None)


def limits(**changes: Any) -> HostLimits:
    return replace(SMALL, **changes)


def count_appends(store: MemoryStore) -> list[int]:
    """How many entries each append held, from now on."""
    sizes: list[int] = []
    append = store.append_now

    def counted(batch: Append) -> None:
        append(batch)
        sizes.append(len(batch.entries))

    store.append_now = counted  # type: ignore[method-assign]
    return sizes
