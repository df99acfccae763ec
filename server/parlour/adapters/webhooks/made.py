"""Implements `runtime.webhooks.receivers.MadeHooks` over SQLite or Postgres; addresses and secrets are encrypted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.sql.prepared import Prepared
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.writer import Writer
from parlour.adapters.webhooks.tables import webhook, webhook_made, webhook_parked, webhook_place
from parlour.core.audit.record import AuditRecord
from parlour.core.webhooks.hook import Hook
from parlour.runtime.identity.server_key import ServerKey

PURPOSE = "webhook"
_ALL = Prepared(
    select(webhook_made.c.name, webhook_made.c.sealed, webhook_made.c.rooms, webhook_made.c.types).order_by(
        webhook_made.c.at, webhook_made.c.name
    )
)


class SqlMadeHooks:
    """Its docstrings are those of `MadeHooks`.

    Args:
        key: encrypts each receiver's address and secret.
    """

    def __init__(self, writer: Writer, reader: Reader, key: ServerKey) -> None:
        self._writer = writer
        self._reader = reader
        self._key = key
        self._rows: Sequence[Row[Any]] = ()
        self._hooks: Sequence[Hook] = ()

    async def all(self) -> Sequence[Hook]:
        rows = await self._reader.read(lambda connection: _ALL.run(connection).all())
        if rows != self._rows:  # they are asked for a few times a second
            self._rows, self._hooks = rows, [self._hook(row) for row in rows]
        return self._hooks

    async def add(self, hook: Hook, most: int, audit: AuditRecord) -> bool:
        row = {"name": hook.name, "at": audit.at, **self._row(hook)}

        def work(connection: Connection) -> bool:
            if (connection.scalar(select(func.count()).select_from(webhook_made)) or 0) >= most:
                return False
            connection.execute(insert(webhook_made).values(row))
            write_audit(connection, [audit])
            return True

        return await self._writer.write(work)

    async def change(self, hook: Hook, audit: AuditRecord) -> bool:
        changed = update(webhook_made).where(webhook_made.c.name == hook.name).values(self._row(hook))

        def work(connection: Connection) -> bool:
            if not connection.execute(changed).rowcount:
                return False
            write_audit(connection, [audit])
            return True

        return await self._writer.write(work)

    async def remove(self, name: str, audit: AuditRecord) -> bool:
        def work(connection: Connection) -> bool:
            if not connection.execute(delete(webhook_made).where(webhook_made.c.name == name)).rowcount:
                return False
            for table, column in ((webhook, "name"), (webhook_place, "hook"), (webhook_parked, "hook")):
                connection.execute(delete(table).where(table.c[column] == name))
            write_audit(connection, [audit])
            return True

        return await self._writer.write(work)

    def _row(self, hook: Hook) -> dict[str, Any]:
        sealed = self._key.seal(PURPOSE, orjson.dumps({"url": hook.url, "secret": hook.secret}))
        return {"sealed": sealed, "rooms": hook.rooms, "types": orjson.dumps(hook.types).decode()}

    def _hook(self, row: Row[Any]) -> Hook:
        kept = orjson.loads(self._key.unseal(PURPOSE, row.sealed))
        return Hook(kept["url"], kept["secret"], row.rooms, tuple(orjson.loads(row.types)), row.name, public=True)
