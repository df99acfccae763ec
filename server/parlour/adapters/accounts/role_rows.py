"""Implements `runtime.identity.given_roles.RoleStore` over SQLite or Postgres."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.news.insert import write_news
from parlour.adapters.sql.prepared import Prepared
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.tables_auth import claim, server_role
from parlour.adapters.sql.writer import Writer
from parlour.core.audit.record import AuditRecord
from parlour.core.room import Account
from parlour.runtime.identity.given_roles import ADMIN

CLAIM = "admin"
"""The name of the one row of `claim`."""
_ROLES = Prepared(select(server_role.c.account, server_role.c.role))


class SqlRoleStore:
    """Its docstrings are those of `RoleStore`."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def roles(self) -> Mapping[Account, str]:
        return await self._reader.read(lambda connection: dict(_ROLES.tuples(connection)))

    async def give(self, account: Account, role: str | None, audit: AuditRecord) -> None:
        def work(connection: Connection) -> None:
            _give(connection, account, role)
            write_audit(connection, [audit])
            _tell(connection, account, role)

        await self._writer.write(work)

    async def open_claim(self, hash_: bytes, until: int, *, only_after: int | None = None) -> bool:
        def work(connection: Connection) -> bool:
            held = connection.scalar(select(claim.c.until).where(claim.c.name == CLAIM).with_for_update())
            if held is not None and only_after is not None and held > only_after:
                return False
            connection.execute(delete(claim))
            connection.execute(insert(claim).values(name=CLAIM, hash=hash_, until=until))
            return True

        return await self._writer.write(work)

    async def take_claim(self, hash_: bytes, audit: AuditRecord) -> bool:
        def work(connection: Connection) -> bool:
            this = (claim.c.name == CLAIM, claim.c.hash == hash_, claim.c.until > audit.at)
            if connection.execute(delete(claim).where(*this)).rowcount != 1:
                return False
            if connection.scalar(select(server_role.c.account).where(server_role.c.role == ADMIN).limit(1)):
                return False
            _give(connection, audit.by, ADMIN)
            write_audit(connection, [audit])
            _tell(connection, audit.by, ADMIN)
            return True

        return await self._writer.write(work)


def _give(connection: Connection, account: Account, role: str | None) -> None:
    connection.execute(delete(server_role).where(server_role.c.account == account))
    if role is not None:
        connection.execute(insert(server_role).values(account=account, role=role))


def _tell(connection: Connection, account: Account, role: str | None) -> None:
    write_news(connection, "account.role", {"account": account, "role": role})
