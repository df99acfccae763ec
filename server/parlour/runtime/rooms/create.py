"""Creates rooms: once for each id, also when its owner asks again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import SALT_BYTES, seal
from parlour.core.room import Account, Draft, Entry, RoomId
from parlour.core.rooms.rules import split, words_entry
from parlour.core.rooms.titles import check_title, check_visibility
from parlour.errors import Conflict, OverQuota, TooLarge, Unavailable
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.kinds import Kinds
from parlour.runtime.rooms.room_ids import check_kind_for_clients, check_made_by_server, check_room_id
from parlour.runtime.store import OwnsTooMany, RoomExists, RoomRecord, StoreError

SETTINGS = ("kind", "owner", "title", "visibility", "options", "signed", "rules", "gate", "settle", "match")
"""What makes two creations of one id the same (protocol §3: "the same owner, id and settings")."""


@dataclass(frozen=True, slots=True)
class CreationPolicy:
    """What rooms may be created.

    Attributes:
        owned_limit: open rooms one account may own (protocol §2).
        room_ids: `free`, `own` or `random` (protocol §3 "Rooms").
    """

    owned_limit: int = 100
    room_ids: str = "free"


ANY_ID = CreationPolicy()
"""A hundred rooms an account, under any free id."""


class RoomCreation:
    """Creates rooms: a row and the first entry, `room.created`."""

    def __init__(self, context: RoomContext, kinds: Kinds, policy: CreationPolicy) -> None:
        self._store = context.store
        self._stored = context.stored
        self._clock = context.clock
        self._body_bytes = context.limits.body_bytes
        self._formats = context.formats
        self._kinds = kinds
        self._policy = policy

    async def create(
        self, owner: Account, wanted: NewRoom, *, limited: bool, reserved: bool = False
    ) -> tuple[RoomRecord, bool]:
        """Store a room and return its record, and True where the same owner had created the same room before.

        Args:
            limited: whether the limit of rooms that one account owns holds.
            reserved: whether the server makes a room under a reserved id (core/rooms/reserved.py), in which case it is
                the caller's mistake (ValueError) where the id, kind, owner and visibility do not fit.

        Raises:
            Invalid, Forbidden: the settings, or the id. TooLarge: the options. Conflict: the id is taken. OverQuota:
            the account owns too many rooms. Unavailable: the store failed.
        """
        draft, *more = self._drafts(owner, wanted)
        if any(len(canonical(each.body)) > self._body_bytes for each in (draft, *more)):
            raise TooLarge(f"A room's settings are at most {self._body_bytes} bytes.")
        request_id, room = (None, wanted.id)
        if reserved:
            name = check_made_by_server(wanted.id, wanted.kind, owner, wanted.visibility)
        elif wanted.match is not None:
            assert wanted.id is not None
            name = wanted.id
        else:
            check_kind_for_clients(wanted.kind)
            if self._policy.room_ids == "random":
                request_id, room = wanted.id, None
            name = check_room_id(room, owner, self._policy.room_ids)
        record = self._record(name, owner, draft.body)
        record.request_id = request_id
        most = self._policy.owned_limit
        try:
            if (room or request_id) and (made := await self._made(record, draft.body)) is not None:
                return made, True
            return await self._insert(record, [draft, *more], most if limited else None)
        except OwnsTooMany as error:
            message = f"An account owns at most {most} open rooms; close one first."
            raise OverQuota(message, reason="rooms_owned") from error
        except StoreError as error:
            raise Unavailable("The room could not be stored; try again.", retry_after=1000) from error

    def _drafts(self, owner: Account, wanted: NewRoom) -> list[Draft]:
        """Make the `room.created` entry, and one of the room's words; raises Invalid for bad settings."""
        made = self._kinds.of(wanted.kind)
        title, visibility = check_title(wanted.title), check_visibility(wanted.visibility)
        draft = made.created(owner, title, visibility, made.check_options(wanted.options or {}), wanted.signed)
        assert isinstance(draft.body, dict)
        if wanted.gate is not None:
            draft.body["gate"] = wanted.gate
        if wanted.settle is not None:
            made.check_settle(wanted.options or {})
            draft.body["settle"] = wanted.settle
        if wanted.match is not None:
            draft.body["match"] = wanted.match
        public, words = split(wanted.rules)
        if public is not None:
            draft.body["rules"] = public
        return [draft, *([] if words is None else [words_entry(owner, words)])]

    async def _insert(
        self, record: RoomRecord, drafts: Sequence[Draft], most_owned: int | None
    ) -> tuple[RoomRecord, bool]:
        name, owner = record.id, record.owner
        entries: list[Entry] = []
        for seq, draft in enumerate(drafts, 1):
            place = (name, record.epoch, seq, record.created_at, record.hash)
            entries.append(seal(draft, place, secrets.token_bytes(SALT_BYTES), canonical(draft.body)))
            record.head, record.hash = seq, entries[-1].hash
        self._list(record, entries)
        record.format = self._formats.needed(entries)
        try:
            await self._store.create(record, entries, most_owned=most_owned)
        except RoomExists:
            made = await self._made(record, drafts[0].body)
            if made is None:
                raise Conflict("That room id is taken.", reason="taken") from None
            return made, True
        if owner:
            record.members += await self._store.touch_member(name, owner, record.created_at)
        self._stored(record, entries)
        return record, False

    async def _made(self, wanted: RoomRecord, body: Any) -> RoomRecord | None:
        """Return the room with that id, or the room that the same request made; None where there is none.

        Raises:
            Conflict: it was created with other settings.
        """
        store, request_id = self._store, wanted.request_id
        saved = await (store.load(wanted.id) if request_id is None else store.requested(wanted.owner, request_id))
        if saved is None:
            return None
        record = saved.record
        first = await self._store.entries(record.id, 0, 1)
        created = first[0].body if first and first[0].seq == 1 else None
        held = created if isinstance(created, dict) else {key: getattr(record, key, None) for key in SETTINGS}
        if any(held.get(key) != body.get(key) for key in SETTINGS):
            raise Conflict("That room id is taken.", reason="taken")
        return record

    def _list(self, record: RoomRecord, entries: Sequence[Entry]) -> None:
        """Complete the record with what lists show of the room before anybody has joined."""
        room = self._kinds.make(record.kind, record.id)
        for entry in entries:
            room.apply(entry)
        record.game, record.rules = room.lobby(), room.rules.public()

    def _record(self, name: RoomId, owner: Account, body: Any) -> RoomRecord:
        now = self._clock.now()
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
            gated="gate" in body,
            epoch=secrets.token_hex(8),
        )
