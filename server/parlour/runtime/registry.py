"""RoomRegistry: opens each room once, finds it, renews its lease, closes it when idle, drains all at shutdown."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from parlour.core.hall import Hall, check_title, check_visibility
from parlour.core.room import Account, ChainNews, RoomId
from parlour.core.transcript import SALT_BYTES, ZERO_HASH, canonical, seal
from parlour.errors import Conflict, Invalid, ParlourError, RateLimited, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.host import House, Request, RoomHost
from parlour.runtime.room_ids import check_room_id
from parlour.runtime.store import Fenced, RoomExists, RoomRecord, Store, StoreError

KindFactory = Callable[[RoomId], Hall]


class Kinds:
    """The kinds this server knows, by name."""

    def __init__(self, kinds: Mapping[str, type[Hall]]) -> None:
        self._kinds = dict(kinds)

    def described(self) -> list[dict[str, Any]]:
        """Names with the JSON Schemas of options and actions, for `/api/kinds`."""
        return [{"kind": name, **kind.described()} for name, kind in sorted(self._kinds.items())]

    def make(self, kind: str, room: RoomId) -> Hall:
        """An empty room of the kind; a kind no longer installed opens as a hall that takes no new moves."""
        return self._kinds.get(kind, Hall)(room)

    def of(self, kind: str) -> type[Hall]:
        """Raises Invalid for an unknown kind."""
        if kind not in self._kinds:
            known = ", ".join(sorted(self._kinds))
            raise Invalid(f"There is no kind {kind!r} here; there are {known}.", details={"path": "kind"})
        return self._kinds[kind]


class RoomRegistry:
    """Every live room of this process.

    Args:
        owned_limit: open rooms one account may own (protocol §2).
        room_ids: `free`, `own` or `random` (protocol §3 "Rooms").
    """

    def __init__(
        self,
        house: House,
        kinds: Kinds,
        *,
        owned_limit: int = 100,
        room_ids: str = "free",
        max_live: int = 10_000,
    ) -> None:
        self.house = house
        self.kinds = kinds
        self._owned_limit = owned_limit
        self._room_ids = room_ids
        self._max_live = max_live
        self._hosts: dict[str, RoomHost] = {}
        self._draining = False
        self._renewing: asyncio.Task[None] | None = None

    def live(self) -> list[RoomHost]:
        return list(self._hosts.values())

    def find(self, room: RoomId) -> RoomHost | None:
        """The live host of a room, or None; never opens it."""
        return self._hosts.get(room.lower())

    def open(self, room: RoomId) -> RoomHost:
        """The host of a room, live or just starting to load (its mailbox takes requests at once).

        Raises:
            Unavailable: draining, or too many live rooms.
        """
        key = room.lower()
        host = self._hosts.get(key)
        if host is None:
            if self._draining or len(self._hosts) >= self._max_live:
                raise Unavailable("The server is not opening rooms right now.", retry_after=2000)
            host = self._hosts[key] = RoomHost(room, self.house, lambda closed: self._forget(key, closed))
        return host

    def submit(self, room: RoomId, request: Request) -> None:
        """Queue a request in the room's mailbox; synchronous, so that callers keep their order."""
        self.open(room).submit(request)

    async def ask(self, room: RoomId, request: Request) -> dict[str, Any]:
        """Queue a request and wait for its answer; raises the ParlourError it was refused with."""
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

        def reply(answer: dict[str, Any] | ParlourError) -> None:
            if future.done():
                return
            if isinstance(answer, ParlourError):
                future.set_exception(answer)
            else:
                future.set_result(answer)

        request.reply = reply
        self.submit(room, request)
        return await future

    async def deliver(self, room: RoomId, news: ChainNews) -> None:
        """Hand chain news to a room; returns once stored."""
        await self.ask(room, Request(news))

    async def create(
        self,
        owner: Account,
        kind: str,
        *,
        room: RoomId | None = None,
        title: str = "",
        visibility: str = "public",
        options: dict[str, Any] | None = None,
        signed: bool = False,
        limited: bool = True,
    ) -> tuple[RoomRecord, bool]:
        """Create a room; True where the same owner had created the same before.

        Raises:
            Invalid: bad settings. Conflict: the id is taken. RateLimited: the account owns too many rooms.
        """
        made = self.kinds.of(kind)
        draft = made.created(
            owner, check_title(title), check_visibility(visibility), made.check_options(options or {}), signed
        )
        name = check_room_id(room, owner, self._room_ids)
        existing = await self.house.store.load(name) if room is not None else None
        if existing is not None:
            return self._same(existing.record, owner, draft.body), True
        if limited and await self.house.store.owned(owner) >= self._owned_limit:
            raise RateLimited(f"An account owns at most {self._owned_limit} rooms.", reason="rooms_owned")
        record = self._new_record(name, owner, draft.body)
        entry = seal(
            draft, name, record.epoch, 1, record.created_at, ZERO_HASH, secrets.token_bytes(SALT_BYTES),
            canonical(draft.body),
        )  # fmt: skip
        record.head, record.hash = 1, entry.hash
        try:
            await self.house.store.create(record, [entry])
        except RoomExists:
            taken = await self.house.store.load(name)
            if taken is None:
                raise Conflict("That room id is taken.") from None
            return self._same(taken.record, owner, draft.body), True
        except StoreError as error:
            raise Unavailable("The room could not be stored; try again.", retry_after=1000) from error
        return record, False

    def _new_record(self, name: RoomId, owner: Account, body: Any) -> RoomRecord:
        now = self.house.clock.now()
        return RoomRecord(
            id=name,
            kind=body["kind"],
            owner=owner,
            created_at=now,
            updated_at=now,
            title=body["title"],
            visibility=body["visibility"],
            signed=body["signed"],
            options=body["options"],
            epoch=secrets.token_hex(8),
        )

    def _same(self, record: RoomRecord, owner: Account, body: Any) -> RoomRecord:
        asked = (owner, body["kind"], body["title"], body["visibility"], body["options"], body["signed"])
        held = (record.owner, record.kind, record.title, record.visibility, record.options, record.signed)
        if asked != held:
            raise Conflict("That room id is taken.", reason="taken")
        return record

    def forget_connection(self, connection: Connection, rooms: Iterable[str]) -> None:
        """The socket vanished: it leaves every room it was in (O(own rooms))."""
        for key in rooms:
            host = self._hosts.get(key)
            if host is not None:
                host.leave(connection)

    def start(self) -> None:
        self._renewing = asyncio.get_running_loop().create_task(self._renew_leases(), name="leases")

    async def drain(self) -> None:
        """Refuse new rooms, commit every mailbox, close every host."""
        self._draining = True
        if self._renewing is not None:
            self._renewing.cancel()
        await asyncio.gather(*(host.drain() for host in self.live()), return_exceptions=True)

    async def _renew_leases(self) -> None:
        """A lease is for scheduling: while it holds, no other process opens the room. The log protects itself."""
        house = self.house
        while True:
            await house.clock.sleep(house.limits.lease_ms / 3000)
            for host in self.live():
                with suppress(Fenced, StoreError):
                    await house.store.acquire(host.id, house.owner, house.limits.lease_ms, house.clock.now())

    def _forget(self, key: str, host: RoomHost) -> None:
        if self._hosts.get(key) is host:
            del self._hosts[key]


def make_house(store: Store, clock: Clock, encoder: Encoder, kinds: Kinds, **rest: Any) -> House:
    """A House whose rooms are made by `kinds`."""
    return House(store=store, clock=clock, encoder=encoder, make_room=kinds.make, **rest)
