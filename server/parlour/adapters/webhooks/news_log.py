"""Implements `runtime.webhooks.places.NewsLog` over SQLite or Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import BigInteger, bindparam, select

from parlour.adapters.news.tables import news
from parlour.adapters.sql.prepared import Prepared
from parlour.adapters.sql.reader import Reader

_AFTER = Prepared(
    select(news.c.n, news.c.id, news.c.type, news.c.at, news.c.data)
    .where(news.c.n > bindparam("after", type_=BigInteger))
    .order_by(news.c.n)
    .limit(bindparam("most"))
)


class SqlNewsLog:
    """Its docstrings are those of `NewsLog`."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def after(self, n: int, limit: int) -> Sequence[dict[str, Any]]:
        rows = await self._reader.read(lambda connection: _AFTER.run(connection, after=n, most=limit).all())
        return [
            {"seq": row.n, "id": row.id, "type": row.type, "data": {"at": row.at, **orjson.loads(row.data)}}
            for row in rows
        ]
