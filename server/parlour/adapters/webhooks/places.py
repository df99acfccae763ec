"""Implements `runtime.webhooks.places.Places` over SQLite or Postgres."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, not_, or_, select, update

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.news.tables import news
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.tables_rooms import entry, room
from parlour.adapters.sql.writer import Writer
from parlour.adapters.webhooks.tables import webhook, webhook_parked, webhook_place
from parlour.core.audit.record import AuditRecord
from parlour.core.room import RoomId
from parlour.core.webhooks.hook import NEWS
from parlour.runtime.lease import Lease
from parlour.runtime.webhooks.places import REWOUND, Parked, Place

_PLACE, _PARKED = webhook_place.c, webhook_parked.c


class SqlPlaces:
    """Its docstrings are those of `Places`."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def hold(self, hook: str, owner: str, ttl_ms: int, now: int) -> bool:
        return await self._writer.write(lambda connection: _hold(connection, hook, owner, ttl_ms, now))

    async def release(self, hook: str, owner: str) -> None:
        ended = update(webhook).where(webhook.c.name == hook, webhook.c.lease_owner == owner).values(lease_until=0)
        await self._writer.write(lambda connection: connection.execute(ended).rowcount)

    async def behind(self, hook: str, after: RoomId, limit: int) -> Sequence[RoomId]:
        since = select(webhook.c.since).where(webhook.c.name == hook).scalar_subquery()
        here = and_(_PLACE.hook == hook, _PLACE.room == room.c.key)
        beyond = or_(room.c.head > _PLACE.upto, and_(_PLACE.upto.is_(None), room.c.updated_at >= since))
        query = select(room.c.id).outerjoin_from(room, webhook_place, here).where(room.c.key > after, beyond)
        query = query.order_by(room.c.key).limit(limit)
        return await self._reader.read(lambda connection: list(connection.scalars(query)))

    async def place(self, hook: str, room: RoomId) -> Place:
        found = await self._reader.read(lambda connection: _place(connection, hook, room))
        if found.tries != REWOUND:
            return found
        return await self._writer.write(lambda connection: _begin_again(connection, hook, room))

    async def advance(self, hook: str, upto: Mapping[RoomId, int]) -> Collection[RoomId]:
        return await self._writer.write(lambda connection: _advance(connection, hook, upto), lasting=False)

    async def fail(self, hook: str, room: RoomId, tries: int) -> bool:
        return await self._writer.write(lambda connection: _fail(connection, hook, room, tries), lasting=False)

    async def park(self, hook: str, entry: Parked) -> bool:
        return await self._writer.write(lambda connection: _park(connection, hook, entry))

    async def is_parked(self, hook: str, room: RoomId, seq: int) -> bool:
        query = select(_PARKED.seq).where(*_is(hook, room), _PARKED.seq == seq)
        return await self._reader.read(lambda connection: connection.scalar(query) is not None)

    async def unpark(self, hook: str, room: RoomId, seq: int, audit: AuditRecord) -> bool:
        return await self._writer.write(lambda connection: _unpark(connection, hook, room, seq, audit))

    async def rewind(self, hook: str, room: RoomId, seq: int, audit: AuditRecord) -> bool:
        return await self._writer.write(lambda connection: _rewind(connection, hook, room, seq, audit))

    async def parked(self, hook: str, limit: int) -> Sequence[Parked]:
        c = _PARKED
        query = select(c.room, c.seq, c.at, c.error).where(c.hook == hook)
        query = query.order_by(c.at.desc(), c.room, c.seq.desc()).limit(limit)
        rows = await self._reader.read(lambda connection: connection.execute(query).all())
        return [Parked(row.room, row.seq, row.at, row.error) for row in rows]


def _hold(connection: Connection, hook: str, owner: str, ttl_ms: int, now: int) -> bool:
    c = webhook.c
    found = connection.execute(select(c.lease_owner, c.lease_until).where(c.name == hook).with_for_update()).first()
    if found is None:
        row = {"name": hook, "since": now, "lease_owner": owner, "lease_until": now + ttl_ms}
        connection.execute(insert(webhook).values(row))
        return True
    taken = Lease(found.lease_owner, found.lease_until).taken_by(owner, ttl_ms, now)
    if taken is not None:
        held = update(webhook).where(c.name == hook)
        connection.execute(held.values(lease_owner=owner, lease_until=taken.until))
    return taken is not None


def _place(connection: Connection, hook: str, key: str) -> Place:
    query = select(_PLACE.upto, _PLACE.tries).where(_PLACE.hook == hook, _PLACE.room == key)
    if (found := connection.execute(query).first()) is not None:
        return Place(found.upto, found.tries)
    since = select(webhook.c.since).where(webhook.c.name == hook).scalar_subquery()
    if key == NEWS:
        before = select(func.max(news.c.n)).where(not_(news.c.at >= since))
    else:
        before = select(func.max(entry.c.seq)).where(entry.c.room == key, not_(entry.c.at >= since))
    return Place(connection.scalar(before) or 0)


def _advance(connection: Connection, hook: str, upto: Mapping[RoomId, int]) -> list[RoomId]:
    rewound = []
    for key, seq in upto.items():
        if _is_rewound(connection, hook, key):
            rewound.append(key)
        else:
            _set(connection, hook, key, upto=seq, tries=0)
    return rewound


def _fail(connection: Connection, hook: str, key: str, tries: int) -> bool:
    if _is_rewound(connection, hook, key):
        return False
    _set(connection, hook, key, upto=_place(connection, hook, key).upto, tries=tries)
    return True


def _park(connection: Connection, hook: str, parked: Parked) -> bool:
    if _is_rewound(connection, hook, parked.room):
        return False
    row = {"hook": hook, "room": parked.room, "seq": parked.seq, "at": parked.at, "error": parked.error}
    connection.execute(insert(webhook_parked).values(row))
    _set(connection, hook, parked.room, upto=parked.seq, tries=0)
    return True


def _unpark(connection: Connection, hook: str, key: str, seq: int, audit: AuditRecord) -> bool:
    gone = connection.execute(delete(webhook_parked).where(*_is(hook, key), _PARKED.seq == seq)).rowcount
    if gone:
        write_audit(connection, [audit])
    return bool(gone)


def _rewind(connection: Connection, hook: str, key: str, seq: int, audit: AuditRecord) -> bool:
    _is_rewound(connection, hook, key)
    if seq > _place(connection, hook, key).upto:
        return False
    write_audit(connection, [audit])
    connection.execute(delete(webhook_parked).where(*_is(hook, key), _PARKED.seq >= seq))
    _set(connection, hook, key, upto=seq - 1, tries=REWOUND)
    return True


def _begin_again(connection: Connection, hook: str, key: str) -> Place:
    upto = _place(connection, hook, key).upto
    _set(connection, hook, key, upto=upto, tries=0)
    return Place(upto)


def _is_rewound(connection: Connection, hook: str, key: str) -> bool:
    """Return whether a place was moved back; locks it until the transaction ends."""
    query = select(_PLACE.tries).where(_PLACE.hook == hook, _PLACE.room == key).with_for_update()
    return connection.scalar(query) == REWOUND


def _is(hook: str, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _PARKED.hook == hook, _PARKED.room == key


def _set(connection: Connection, hook: str, key: str, *, upto: int, tries: int) -> None:
    moved = update(webhook_place).where(_PLACE.hook == hook, _PLACE.room == key).values(upto=upto, tries=tries)
    if not connection.execute(moved).rowcount:
        connection.execute(insert(webhook_place).values(hook=hook, room=key, upto=upto, tries=tries))
