"""Creates rooms: once for each id, also when its owner asks again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import SALT_BYTES, ZERO_HASH, seal
from parlour.core.room import Account, Draft, Entry, RoomId
from parlour.core.rooms.hall import check_title, check_visibility
from parlour.errors import Conflict, OverQuota, TooLarge, Unavailable
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.rooms.interface import NewRoom
from parlour.runtime.rooms.kinds import Kinds
from parlour.runtime.rooms.room_ids import check_room_id
from parlour.runtime.store import OwnsTooMany, RoomExists, RoomRecord, StoreError

SETTINGS = ("kind", "owner", "title", "visibility", "options", "signed")
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
        self._clock = context.clock
        self._body_bytes = context.limits.body_bytes
        self._formats = context.formats
        self._kinds = kinds
        self._policy = policy

    async def create(self, owner: Account, wanted: NewRoom, *, limited: bool) -> tuple[RoomRecord, bool]:
        """Store a room and return its record, and True where the same owner had created the same room before.

        Args:
            limited: whether the limit of rooms that one account owns holds.

        Raises:
            Invalid, Forbidden: the settings, or the id. TooLarge: the options. Conflict: the id is taken. OverQuota:
            the account owns too many rooms. Unavailable: the store failed.
        """
        draft = self._draft(owner, wanted)
        raw = canonical(draft.body)
        if len(raw) > self._body_bytes:
            raise TooLarge(f"A room's settings are at most {self._body_bytes} bytes.")
        request_id, room = (wanted.id, None) if self._policy.room_ids == "random" else (None, wanted.id)
        name = check_room_id(room, owner, self._policy.room_ids)
        record = self._record(name, owner, draft.body)
        record.request_id = request_id
        most = self._policy.owned_limit
        try:
            if (room or request_id) and (made := await self._made(record, draft.body)) is not None:
                return made, True
            return await self._insert(record, draft, raw, most if limited else None)
        except OwnsTooMany as error:
            message = f"An account owns at most {most} open rooms; close one first."
            raise OverQuota(message, reason="rooms_owned") from error
        except StoreError as error:
            raise Unavailable("The room could not be stored; try again.", retry_after=1000) from error

    def _draft(self, owner: Account, wanted: NewRoom) -> Draft:
        """Make the `room.created` entry; raises Invalid for bad settings."""
        made = self._kinds.of(wanted.kind)
        title, visibility = check_title(wanted.title), check_visibility(wanted.visibility)
        return made.created(owner, title, visibility, made.check_options(wanted.options or {}), wanted.signed)

    async def _insert(
        self, record: RoomRecord, draft: Draft, raw: bytes, most_owned: int | None
    ) -> tuple[RoomRecord, bool]:
        name, owner = record.id, record.owner
        salt = secrets.token_bytes(SALT_BYTES)
        entry = seal(draft, (name, record.epoch, 1, record.created_at, ZERO_HASH), salt, raw)
        record.head, record.hash = 1, entry.hash
        record.game = self._listed(record, entry)
        record.format = self._formats.needed([entry])
        try:
            await self._store.create(record, [entry], most_owned=most_owned)
        except RoomExists:
            made = await self._made(record, draft.body)
            if made is None:
                raise Conflict("That room id is taken.", reason="taken") from None
            return made, True
        if owner:
            record.members += await self._store.touch_member(name, owner, record.created_at)
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
        held = created if isinstance(created, dict) else {key: getattr(record, key) for key in SETTINGS}
        if any(held.get(key) != body[key] for key in SETTINGS):
            raise Conflict("That room id is taken.", reason="taken")
        return record

    def _listed(self, record: RoomRecord, created: Entry) -> dict[str, Any] | None:
        """Return what lists show of the game before anybody has joined."""
        room = self._kinds.make(record.kind, record.id)
        room.apply(created)
        return room.lobby()

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
            epoch=secrets.token_hex(8),
        )
