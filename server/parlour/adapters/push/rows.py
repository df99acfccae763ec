"""Implements `runtime.push.pusher.PushRows` over SQLite or Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Select, and_, delete, func, insert, null, select, tuple_, update

from parlour.adapters.inbox.rows import joinable, read_record
from parlour.adapters.operating.room_rows import readable
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.tables_auth import push_mark, push_subscription
from parlour.adapters.sql.tables_rooms import entry, notice, room
from parlour.adapters.sql.writer import Writer
from parlour.core.room import Account
from parlour.runtime.push.pusher import PAGE, Due, Place
from parlour.runtime.push.subscriptions import Subscription

MARK = "pushed"


class SqlPushRows:
    """Its docstrings are those of the protocols."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def add(self, subscription: Subscription, most: int, now: int) -> bool:
        return await self._writer.write(lambda connection: _add(connection, subscription, most, now))

    async def remove(self, endpoint: str, account: Account | None = None) -> None:
        gone = delete(push_subscription).where(push_subscription.c.endpoint == endpoint)
        if account is not None:
            gone = gone.where(push_subscription.c.account == account)
        await self._writer.write(lambda connection: connection.execute(gone))

    async def mark(self, now: int) -> int:
        def read_or_set(connection: Connection) -> int:
            known = connection.scalar(select(push_mark.c.upto).where(push_mark.c.name == MARK))
            if known is None:
                connection.execute(insert(push_mark), {"name": MARK, "upto": now})
            return now if known is None else known

        known = await self._reader.read(lambda connection: connection.scalar(select(push_mark.c.upto)))
        return known if known is not None else await self._writer.write(read_or_set)

    async def move_mark(self, upto: int) -> None:
        moved = update(push_mark).where(push_mark.c.name == MARK, push_mark.c.upto < upto).values(upto=upto)
        await self._writer.write(lambda connection: connection.execute(moved), lasting=False)

    async def due(self, after: Place, upto: int, now: int, with_text: bool) -> Sequence[Due]:
        query = _due(after, upto, now, with_text)
        return await self._reader.read(lambda connection: [_read(row) for row in connection.execute(query)])


def _add(connection: Connection, new: Subscription, most: int, now: int) -> bool:
    mine = push_subscription.c.account == new.account
    others = select(func.count()).where(mine, push_subscription.c.endpoint != new.endpoint)
    if (connection.scalar(others) or 0) >= most:
        return False
    connection.execute(delete(push_subscription).where(push_subscription.c.endpoint == new.endpoint))
    row = {"endpoint": new.endpoint, "account": new.account, "key": new.key, "auth": new.auth, "at": now}
    connection.execute(insert(push_subscription), row)
    return True


def _due(after: Place, upto: int, now: int, with_text: bool) -> Select[Any]:
    """Select unread notices with the browsers of their accounts; texts only of rooms that operators may read."""
    browser = [push_subscription.c[name].label(f"to_{name}") for name in ("endpoint", "key", "auth")]
    said = entry.c.body if with_text else null().label("body")
    query = joinable(select(notice, room.c.id.label("room_id"), *browser, said), now)
    query = query.join(push_subscription, push_subscription.c.account == notice.c.account)
    if with_text:
        about = and_(entry.c.room == notice.c.room, entry.c.seq == notice.c.seq, readable())
        query = query.outerjoin(entry, about)
    place = (notice.c.at, notice.c.id, push_subscription.c.endpoint)
    fresh = (tuple_(*place) > tuple_(*after), notice.c.at >= after[0], notice.c.at <= upto, notice.c.read.is_(False))
    return query.where(*fresh).order_by(*place).limit(PAGE)


def _read(row: Any) -> Due:
    body = orjson.loads(row.body) if row.body else {}
    text = body.get("text") if isinstance(body, dict) else None
    to = Subscription(row.account, row.to_endpoint, row.to_key, row.to_auth)
    return Due(read_record(row), to, text if isinstance(text, str) else None)
