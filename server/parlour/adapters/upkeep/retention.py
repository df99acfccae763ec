"""Removes the oldest entries of logs and keeps their rooms (protocol §6).

The floor only moves to a stored snapshot, so what is left folds to the same state, and `hash(floor-1)` still anchors
the hash chain. The floor moves first, in one transaction. The entries below it go in small transactions, oldest first,
so neither the writer nor a reader meets a hole. Their ids are remembered for a week at least, so a resend stays
harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, literal, select, tuple_, update

from parlour.adapters.sql.kept_beside import release_before
from parlour.adapters.sql.room_members import pass_over
from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.sql.rows import key_of, whole_hash
from parlour.adapters.sql.tables_rooms import entry, invite, mention, redemption, remembered_id, room, snapshot
from parlour.adapters.sql.text_index import forget_before
from parlour.core.log.formats import FORMATS
from parlour.core.room import RoomId
from parlour.runtime.store import EDIT

DAY_MS = 86_400_000
REMEMBERED_MS = 7 * DAY_MS
"""Protocol §3: ids are remembered for 7 days at least."""
CHUNK = 500
"""Entries of one transaction: posts wait behind it."""
SNAPSHOTS_KEPT = 8
"""Of a room, beside the one at the floor: a reorganisation folds again from the newest one before it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be removed: entries older than `max_age_ms`, but never the newest `keep_entries` of a room."""

    max_age_ms: int
    keep_entries: int = 1_000


async def sweep(store: SqlStore, policy: Policy, now: int) -> int:
    """Apply the policy to every room, remove old ids and invitations, and return how many entries were removed."""
    keys = await store.query(lambda connection: list(connection.scalars(select(room.c.key).order_by(room.c.key))))
    removed = 0
    for key in keys:
        removed += await retain(store, key, policy, now)
        await store.write(partial(_thin_snapshots, key=key))
    await store.write(lambda connection: _forget(connection, now))
    return removed


async def keep_blocks(store: SqlStore, blocks: int, now: int) -> int:
    """Keep the newest blocks of each chain room, with all that follows them; return how many entries were removed."""
    rooms = select(room.c.key).where(room.c.kind == "chain")
    removed = 0
    for key in await store.query(lambda connection: list(connection.scalars(rooms))):
        kept = await store.query(partial(_entries_of_blocks, key=key, blocks=blocks))
        if kept is not None:
            removed += await retain(store, key, Policy(0, kept), now)
            await store.write(partial(_thin_snapshots, key=key))
    return removed


def _entries_of_blocks(connection: Connection, *, key: str, blocks: int) -> int | None:
    """Return how many entries a room has from its `blocks` newest blocks on; None where it has no more blocks."""
    told = select(entry.c.seq).where(entry.c.room == key, entry.c.type == "chain.block")
    seq = connection.scalar(told.order_by(entry.c.seq.desc()).offset(blocks - 1).limit(1))
    head = connection.scalar(select(room.c.head).where(room.c.key == key))
    return None if seq is None or head is None else head - seq + 1


async def retain(store: SqlStore, room_id: RoomId, policy: Policy, now: int) -> int:
    """Raise one room's floor as far as the policy and the room allow; return how many entries were removed.

    An entry of a chain that is not final and a game that has not ended stay, with all that follows them. So does the
    whole log of a room that only a newer release reads.
    """
    key = key_of(room_id)
    floor = await store.query(lambda connection: _next_floor(connection, key, policy, now))
    if floor is not None:
        await store.writer.write(lambda connection: _raise_floor(connection, key, floor), (key,))
    removed = 0
    while gone := await store.writer.write(lambda connection: _remove(connection, key, now), (key,)):
        removed += gone
    return removed


_AFTERMATH = frozenset({"game.settled", "game.left", "game.dropped", "game.returned"})
"""What may follow a game's end without being a new game."""


def first_held(news: Iterable[tuple[int, str, dict[str, Any]]]) -> int | None:
    """Return the first seq that retention must not pass; `news` are a room's chain and game entries, ascending.

    A chain entry is final once it said so itself, a later `chain.confirmed` covers its block, or it was undone. A game
    that ended provisionally is held until nothing of the chain is open.
    """
    chain = _OpenEvents()
    playing_from: int | None = None
    provisional = False
    for seq, type_, body in news:
        if type_.startswith(("chain.", "market.")):
            chain.apply(seq, type_, body)
        elif type_ == "game.ended":
            provisional = bool(body.get("provisional"))
            playing_from = playing_from if provisional else None
        elif type_ not in _AFTERMATH and playing_from is None:
            playing_from = seq
    if provisional and not chain.blocks:
        playing_from = None
    return min([*chain.blocks, *([] if playing_from is None else [playing_from])], default=None)


_ON_CHAIN = frozenset({"chain.event", "chain.block", "chain.balance", "market.trade", "market.odd", "market.fill"})
"""Entries that a reorganisation may undo."""


class _OpenEvents:
    """Follows which chain entries may still be undone. `blocks`: seq → (chain, block number)."""

    def __init__(self) -> None:
        self.blocks: dict[int, tuple[int, int]] = {}

    def apply(self, seq: int, type_: str, body: dict[str, Any]) -> None:
        """Follow one entry of the log."""
        if type_ in _ON_CHAIN and body["status"] != "finalized":
            self.blocks[seq] = (body["chain"], body["number"] if type_ == "chain.block" else body["block"]["number"])
        elif type_ == "chain.moved":
            moved = {of: (self.blocks[of][0], body["block"]["number"]) for of in body["of"] if of in self.blocks}
            self.blocks.update(moved)
        elif type_ == "chain.reverted":
            for of in body["of"]:
                self.blocks.pop(of, None)
        elif type_ == "chain.confirmed" and body["status"] == "finalized":
            chain, upto = body["chain"], body["upTo"]["number"]
            self.blocks = {of: at for of, at in self.blocks.items() if at[0] != chain or at[1] > upto}


def _next_floor(connection: Connection, key: str, policy: Policy, now: int) -> int | None:
    """Return the highest possible floor, or None where it stays."""
    columns = (room.c.floor, room.c.head, room.c.format, room.c.kind, room.c.options)
    record = connection.execute(select(*columns).where(room.c.key == key)).one_or_none()
    if record is None or record.format > FORMATS.newest:
        return None
    young = select(func.min(entry.c.seq)).where(entry.c.room == key, entry.c.at > now - policy.max_age_ms)
    limit = min(connection.scalar(young) or record.head + 1, record.head + 1 - policy.keep_entries)
    if limit <= record.floor:
        return None
    held = first_held(_news(connection, key))
    if held is not None:
        limit = min(limit, held)
    if record.kind == "document":
        versions = _listed_versions(connection, key, orjson.loads(record.options))
        limit = min([limit, *_last_edit(connection, key), *(seq + 1 for seq in versions)])
    base = select(func.max(snapshot.c.seq)).where(
        snapshot.c.room == key,
        snapshot.c.seq < limit,
        snapshot.c.seq >= record.floor,
        snapshot.c.format <= FORMATS.newest,
    )
    at = connection.scalar(base)
    return None if at is None else at + 1


def _news(connection: Connection, key: str) -> Iterable[tuple[int, str, dict[str, Any]]]:
    concerned = entry.c.type.like("chain.%") | entry.c.type.like("game.%") | entry.c.type.like("market.%")
    query = select(entry.c.seq, entry.c.type, entry.c.body).where(entry.c.room == key, concerned)
    for seq, type_, body in connection.execute(query.order_by(entry.c.seq)):
        yield seq, type_, {} if body is None else orjson.loads(body)


def _last_edit(connection: Connection, key: str) -> list[int]:
    """Return the newest edit of a document, if there is one: a search that finds the document shows it."""
    edits = select(entry.c.seq).where(entry.c.room == key, entry.c.type == EDIT)
    return list(connection.scalars(edits.order_by(entry.c.seq.desc()).limit(1)))


def _listed_versions(connection: Connection, key: str, options: dict[str, Any]) -> list[int]:
    """Return the versions that a document lists: those with a name, and the newest of its own; each has a snapshot."""
    query = select(entry.c.seq, entry.c.body).where(entry.c.room == key, entry.c.type == "doc.version")
    kept = [(seq, orjson.loads(body)["by"]) for seq, body in connection.execute(query.order_by(entry.c.seq)) if body]
    own = [seq for seq, by in kept if not by]
    most = options.get("versions", {}).get("keep", 0)
    return [*(seq for seq, by in kept if by), *own[max(0, len(own) - most) :]]


def _raise_floor(connection: Connection, key: str, floor: int) -> None:
    last = select(entry.c.hash).where(entry.c.room == key, entry.c.seq == floor - 1).scalar_subquery()
    raised = update(room).where(room.c.key == key, room.c.floor < floor).values(floor=floor, floor_hash=last)
    connection.execute(raised)
    connection.execute(delete(snapshot).where(snapshot.c.room == key, snapshot.c.seq < floor - 1))
    connection.execute(delete(mention).where(mention.c.room == key, mention.c.seq < floor))
    pass_over(connection, key, floor)


def _remove(connection: Connection, key: str, now: int) -> int:
    """Delete up to CHUNK entries below the floor and return how many; their ids stay for the rest of their week.

    What is indexed of them and the files they name go with them: index rows cost too much for one transaction.
    """
    floor = connection.scalar(select(room.c.floor).where(room.c.key == key)) or 0
    low = connection.scalar(select(func.min(entry.c.seq)).where(entry.c.room == key))
    if low is None or low >= floor:
        return 0
    end = min(floor, low + CHUNK)
    gone = (entry.c.room == key) & (entry.c.seq < end)
    release_before(connection, key, end)
    forget_before(connection, key, end)
    again = tuple_(remembered_id.c.author, remembered_id.c.id).in_(select(entry.c.author, entry.c.id).where(gone))
    connection.execute(delete(remembered_id).where(remembered_id.c.room == key, again))
    names = [each.name for each in remembered_id.c]
    young = select(entry.c.body, *(entry.c[name] for name in names)).where(gone, entry.c.at > now - REMEMBERED_MS)
    kept = [_remembered(dict(row)) for row in connection.execute(young).mappings()]
    if kept:
        connection.execute(insert(remembered_id), kept)
    return connection.execute(delete(entry).where(gone)).rowcount


def _remembered(row: dict[str, Any]) -> dict[str, Any]:
    """Make what is remembered of an entry: its body goes, so the hash of it has to be whole."""
    return row | {"body_hash": whole_hash(row["body_hash"], row["salt"], row.pop("body"))}


def _forget(connection: Connection, now: int) -> None:
    """Delete ids older than a week, and invitations that nobody can use any more."""
    connection.execute(delete(remembered_id).where(remembered_id.c.at < now - REMEMBERED_MS))
    connection.execute(delete(invite).where(invite.c.until <= now))
    connection.execute(delete(redemption).where(redemption.c.token_hash.not_in(select(invite.c.token_hash))))


def _thin_snapshots(connection: Connection, key: str) -> None:
    """Delete a room's snapshots but the newest ones, the one at the floor and those of a document's versions."""
    newest = select(snapshot.c.seq).where(snapshot.c.room == key).order_by(snapshot.c.seq.desc()).limit(SNAPSHOTS_KEPT)
    seqs = list(connection.scalars(newest))
    if len(seqs) == SNAPSHOTS_KEPT:
        floor = select(room.c.floor).where(room.c.key == key).scalar_subquery()
        old = snapshot.c.seq.between(floor, literal(seqs[-1] - 1))
        versions = select(entry.c.seq).where(entry.c.room == key, entry.c.type == "doc.version")
        connection.execute(delete(snapshot).where(snapshot.c.room == key, old, snapshot.c.seq.not_in(versions)))
