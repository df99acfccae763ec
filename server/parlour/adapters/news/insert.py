"""Writes news in the transaction of what they tell of, so that none is lost and none is told of nothing."""

from __future__ import annotations

import secrets
import time
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select

from parlour.adapters.news.tables import news

KEPT_MS = 30 * 86_400_000
"""A receiver that was away for a month begins with the news of the last one."""
ID_BYTES = 16


def write_news(connection: Connection, type_: str, data: dict[str, Any]) -> None:
    """Insert a piece of news and drop those of more than a month ago; call it last in a transaction.

    Their order is that of their commits: on Postgres whoever writes news waits for the other, because a reader that
    saw number 5 before number 4 was committed would never come back for it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("news", 0))))
    at = time.time_ns() // 1_000_000
    connection.execute(delete(news).where(news.c.at < at - KEPT_MS))
    row = {"id": secrets.token_hex(ID_BYTES), "type": type_, "at": at, "data": orjson.dumps(data).decode()}
    connection.execute(insert(news), row)
