"""A room's first entry: created once, whoever else asks for the same id, and however often its owner asks again."""

from __future__ import annotations

import secrets
from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.log.formats import FORMATS, Formats
from parlour.core.log.hash_chain import SALT_BYTES, ZERO_HASH, seal
from parlour.core.room import Account, Draft, Entry, RoomId
from parlour.core.rooms.hall import check_title, check_visibility
from parlour.errors import Conflict, OverQuota, TooLarge, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.rooms.kinds import Kinds
from parlour.runtime.rooms.room_ids import check_room_id
from parlour.runtime.store import OwnsTooMany, RoomExists, RoomRecord, Store, StoreError

SETTINGS = ("kind", "owner", "title", "visibility", "options", "signed")
"""What makes two creations of one id the same (protocol §3: "the same owner, id and settings")."""


class Creating:
    """Args: owned_limit: open rooms one account may own; room_ids: `free`, `own` or `random`; body_bytes: of its
    first entry, for whatever lists rooms carries their options."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        kinds: Kinds,
        owned_limit: int,
        room_ids: str,
        body_bytes: int,
        formats: Formats = FORMATS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._kinds = kinds
        self._owned_limit = owned_limit
        self._room_ids = room_ids
        self._body_bytes = body_bytes
        self._formats = formats

    def draft(
        self, owner: Account, kind: str, title: str, visibility: str, options: dict[str, Any], signed: bool
    ) -> Draft:
        """The `room.created` entry; raises Invalid for bad settings."""
        made = self._kinds.of(kind)
        return made.created(
            owner, check_title(title), check_visibility(visibility), made.check_options(options), signed
        )

    async def create(
        self, owner: Account, draft: Draft, room: RoomId | None, *, limited: bool
    ) -> tuple[RoomRecord, bool]:
        """Store the room; True where the same owner had created the same before.

        Args:
            room: the id asked for; None lets the server choose. Where it always does, the id of the request.
            limited: whether `owned_limit` holds.

        Raises:
            Invalid, Forbidden: the id may not be had. TooLarge: the options. Conflict: the id is taken. OverQuota:
            the account owns too many rooms. Unavailable: the store failed.
        """
        raw = canonical(draft.body)
        if len(raw) > self._body_bytes:
            raise TooLarge(f"A room's settings are at most {self._body_bytes} bytes.")
        request_id, room = (room, None) if self._room_ids == "random" else (None, room)
        name = check_room_id(room, owner, self._room_ids)
        record = self._record(name, owner, draft.body)
        record.request_id = request_id
        try:
            if (room or request_id) and (made := await self._made(record, draft.body)) is not None:
                return made, True
            return await self._insert(record, draft, raw, self._owned_limit if limited else None)
        except OwnsTooMany as error:
            message = f"An account owns at most {self._owned_limit} open rooms; close one first."
            raise OverQuota(message, reason="rooms_owned") from error
        except StoreError as error:
            raise Unavailable("The room could not be stored; try again.", retry_after=1000) from error

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
        """The room of that id, or that the same request made; None where there is none.

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
        """What lists show of its game before anybody has come."""
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
