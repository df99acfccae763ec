"""Makes rows of the room tables from the runtime's records, and records from rows."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any
from zlib import crc32

import orjson
from sqlalchemy import select

from parlour.adapters.sql.tables_rooms import entry, room
from parlour.core.log.hash_chain import hash_body
from parlour.core.room import Account, Entry, RoomId, Seen
from parlour.core.rooms.normal_form import search_form
from parlour.runtime.store import Damaged, RoomRecord

ENTRIES = select(
    room.c.id.label("room_id"), *(column for column in entry.c if column.name not in ("room", "words", "mark", "n"))
).join_from(room, entry, room.c.key == entry.c.room)
"""Selects entries as they were hashed: under the id the room was created with. Its rows are for `read_entry`."""


HASH_BYTES = 4
"""Stored of a body's hash beside the body: enough to notice a damaged row, and the rest can be computed."""


def key_of(room_id: RoomId) -> str:
    """Return the key of a room: ids compare case-insensitively (protocol §3)."""
    return room_id.lower()


def label_of(room_id: RoomId, title: str) -> str:
    """Return the text in which the list of rooms searches."""
    return search_form(f"{room_id} {title}")


def label_number(key: str) -> int:
    """Return the number of a room's row in `room_label`: 64 bits of a hash, so two rooms hardly ever share one."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


def words_of(item: Entry) -> str | None:
    """Return the text in which search looks for a message or an edit, in normal form."""
    text = item.body.get("text") if isinstance(item.body, dict) else None
    return search_form(text) if isinstance(text, str) else None


def own_words_of(item: Entry) -> str | None:
    """Return what search reads of a new message beside its body: nothing where only ASCII letters change their case."""
    text = item.body.get("text") if isinstance(item.body, dict) else None
    if not isinstance(text, str) or text.isascii():
        return None
    words = search_form(text)
    return None if words.encode() == text.encode().lower() else words


def mark_of(key: str, author: Account, id_: str) -> int:
    """Return the number an entry's id is found by: 8 bits of its room, which keep rooms together, and 39 of the id.

    Two entries may share one; whoever looks compares the ids. 47 bits are six bytes in SQLite.
    """
    digest = blake2b(f"{author}\0{id_}".encode(), digest_size=5).digest()
    return (crc32(key.encode()) & 0xFF) << 39 | int.from_bytes(digest) >> 1


def whole_hash(stored: bytes, salt: bytes | None, raw: bytes | None) -> bytes:
    """Return the body hash of an entry, of which only the first bytes are stored while salt and body are.

    Raises:
        Damaged: the body is not the one that was hashed.
    """
    if raw is None or salt is None:
        return stored
    whole = hash_body(salt, raw)
    if len(stored) < HASH_BYTES or not whole.startswith(stored):
        raise Damaged("A stored entry is damaged; see `parlour doctor`.")
    return whole


def entry_row(key: str, item: Entry, number: int) -> tuple[Any, ...]:
    """Return an entry's row, in the order of the table's columns."""
    return (
        key,
        item.seq,
        item.epoch,
        item.id,
        item.type,
        item.author,
        item.at,
        item.raw,
        isinstance(item.body, bytes),
        item.body_hash if item.raw is None or item.salt is None else item.body_hash[:HASH_BYTES],
        item.hash,
        item.salt,
        item.sig,
        None if item.seen is None else item.seen.seq.to_bytes(8, "big") + item.seen.hash,
        item.source,
        item.ref,
        own_words_of(item) if item.type == "chat.message" else None,
        mark_of(key, item.author, item.id),
        number,
    )


def read_entry(row: Any) -> Entry:
    """Make an entry from a row of `ENTRIES`.

    Raises:
        Damaged: the body is not the one that was hashed, so that nobody is shown a damaged row.
    """
    room_id, seq, epoch, id_, type_, author, at, raw, binary, body_hash, hash_, salt, sig, seen, source, ref = row
    if raw is not None and salt is not None:
        whole = hash_body(salt, raw)
        if len(body_hash) < HASH_BYTES or not whole.startswith(body_hash):
            raise Damaged(f"Entry {seq} of {room_id} is damaged; see `parlour doctor`.")
        body_hash = whole
    body = None if raw is None else raw if binary else orjson.loads(raw)
    return Entry(
        room_id, epoch, seq, id_, type_, author, at, body, raw, body_hash, hash_, salt, sig, source, ref,
        None if seen is None else Seen(int.from_bytes(seen[:8], "big"), bytes(seen[8:])),
    )  # fmt: skip


def game_columns(game: dict[str, Any] | None) -> dict[str, Any]:
    """Return the list columns of a game: its facts, and whether somebody who joins now may play."""
    return {"game": None if game is None else orjson.dumps(game).decode(), "open": bool(game and game["open"])}


def rules_column(rules: dict[str, Any]) -> str | None:
    """Return a room's rules as they are stored, None for those of a new room."""
    return orjson.dumps(rules).decode() if rules else None


def room_row(record: RoomRecord) -> dict[str, Any]:
    """Return a record's row, without a lease."""
    return {
        "key": key_of(record.id),
        "id": record.id,
        "kind": record.kind,
        "owner": record.owner,
        "title": record.title,
        "label": label_of(record.id, record.title),
        "visibility": record.visibility,
        "signed": record.signed,
        "options": orjson.dumps(record.options).decode(),
        "request_id": record.request_id,
        "closed": record.closed,
        "members": record.members,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "epoch": record.epoch,
        "fence": record.fence,
        "lease_owner": None,
        "lease_until": 0,
        "head": record.head,
        "head_hash": record.hash,
        "floor": record.floor,
        "floor_hash": record.floor_hash,
        "format": record.format,
        "rules": rules_column(record.rules),
        "gated": record.gated,
        "frozen": record.frozen,
        "featured": record.featured,
        "messages": 0,
        "last_message": None,
        **game_columns(record.game),
    }


def read_room(row: Any) -> RoomRecord:
    """Make a record from a row with all columns of the table, in their order."""
    (
        _, id_, kind, owner, title, _, visibility, signed, options, request_id, closed, members, created_at, updated_at,
        epoch, fence, lease_owner, lease_until, head, hash_, floor, floor_hash, game, _, format_,
        rules, gated, _, _, frozen, featured,
    ) = row  # fmt: skip
    return RoomRecord(
        id=id_,
        kind=kind,
        owner=owner,
        created_at=created_at,
        title=title,
        visibility=visibility,
        signed=bool(signed),
        options=orjson.loads(options),
        request_id=request_id,
        closed=bool(closed),
        members=members,
        epoch=epoch,
        fence=fence,
        head=head,
        hash=hash_,
        floor=floor,
        floor_hash=floor_hash,
        updated_at=updated_at,
        game=None if game is None else orjson.loads(game),
        gated=bool(gated),
        frozen=bool(frozen),
        featured=bool(featured),
        format=format_,
        rules={} if rules is None else orjson.loads(rules),
        lease_owner=lease_owner,
        lease_until=lease_until,
    )
