"""Implements `runtime.identity.sanctions.SanctionRows` over SQLite or Postgres."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.news.insert import write_news
from parlour.adapters.sql.prepared import Prepared
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.tables_auth import sanction
from parlour.adapters.sql.writer import Writer
from parlour.core.audit.record import AuditRecord
from parlour.core.room import Account
from parlour.runtime.identity.sanctions import Sanction
from parlour.runtime.store import FOREVER

_NEWS = {
    ("mute", True): "account.muted",
    ("mute", False): "account.unmuted",
    ("ban", True): "account.banned",
    ("ban", False): "account.unbanned",
}
_CHANGED = Prepared(select(sanction).where(sanction.c.changed_at >= bindparam("since")))


class SqlSanctionRows:
    """Its docstrings are those of `SanctionRows`."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def put(self, decided: Sanction, audit: AuditRecord) -> None:
        this = (sanction.c.account == decided.account, sanction.c.kind == decided.kind)

        def work(connection: Connection) -> None:
            connection.execute(delete(sanction).where(*this))
            connection.execute(insert(sanction), decided._asdict())
            write_audit(connection, [audit])
            write_news(connection, _NEWS[decided.kind, decided.until > 0], _told(decided))

        await self._writer.write(work)

    async def of(self, account: Account) -> list[Sanction]:
        query = select(sanction).where(sanction.c.account == account)
        return await self._reader.read(lambda connection: [Sanction(*row) for row in connection.execute(query)])

    async def changed(self, since: int) -> list[Sanction]:
        return await self._reader.read(
            lambda connection: [Sanction(*row) for row in _CHANGED.tuples(connection, since=since)]
        )


def _told(decided: Sanction) -> dict[str, Any]:
    """Return what news say of a mute or ban: not its reason, which is for operators."""
    until = {} if decided.until in (0, FOREVER) else {"until": decided.until}
    return {"account": decided.account, **until}
