"""Lists nodes in Postgres, over a connection of its own that holds the node's name.

The connection holds an advisory lock on the name, which Postgres gives back when the process dies: a restart takes its
name at once, and a second process of one name is refused. Where the lock is held by a machine that vanished, a node
without heartbeats counts as dead. SQLite has one process (`MemoryNodes`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Connection, cast, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.membership.tables import cluster_node
from parlour.adapters.sql.database import postgres_engine
from parlour.adapters.sql.writer import store_error
from parlour.core.audit.record import AuditRecord
from parlour.runtime.membership.nodes import DEAD_AFTER_MS, Beat, Figures, NameTaken, Node
from parlour.runtime.store import Repeated, StoreError

T = TypeVar("T")

PATIENCE_SECONDS = 5.0
"""A Postgres that does not answer a heartbeat for so long counts as away."""
CLAIMS, CLAIM_SECONDS = 6, 0.2
"""Tries to take a name, and seconds between them: Postgres may notice a killed process's end a moment late."""
FORGOTTEN_AFTER_MS = 86_400_000
"""Dead nodes are listed for a day, so that operators see which one is missing."""
NOW = cast(func.extract("epoch", func.clock_timestamp()) * 1000, BigInteger)
_C = cluster_node.c


class SqlNodes:
    """Its docstrings are those of `NodeTable`."""

    def __init__(self, url: str) -> None:
        self._engine = postgres_engine(url, 1, patience=PATIENCE_SECONDS)
        self._connection: AsyncConnection | None = None
        self._one_at_a_time = asyncio.Lock()

    async def claim(self, node: Node) -> None:
        for _ in range(CLAIMS):
            if await self._run(lambda connection: _claim(connection, node)):
                return
            await asyncio.sleep(CLAIM_SECONDS)
        raise NameTaken(node.name)

    async def beat(self, node: Node, figures: Figures) -> Beat:
        fresh = self._connection is None
        return await self._run(lambda connection: _beat(connection, node, figures, take_lock=fresh))

    async def ask(self, wishes: Mapping[str, str], audit: AuditRecord) -> bool:
        return await self._run(lambda connection: _ask(connection, wishes, audit))

    async def leave(self, node: Node) -> None:
        try:
            await self._run(lambda connection: _leave(connection, node))
        finally:
            await self._drop()
            await self._engine.dispose()

    async def _run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction on the one connection; raises StoreError where the database is away."""
        async with self._one_at_a_time:
            try:
                if self._connection is None:
                    self._connection = await self._engine.connect()
                async with self._connection.begin():
                    return await self._connection.run_sync(work)
            except IntegrityError as error:
                raise store_error(error, Repeated) from error
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                await self._drop()
                raise StoreError(str(error)) from error

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError, OSError):
                await connection.invalidate()
                await connection.close()


def _claim(connection: Connection, node: Node) -> bool:
    """List a node; return whether its name was free."""
    locked = _lock(connection, node.name)
    found = connection.execute(select(_C.boot, _C.seen_at, NOW.label("now")).where(_C.name == node.name)).one_or_none()
    if not locked and (found is None or found.seen_at > found.now - DEAD_AFTER_MS):
        return False
    connection.execute(delete(cluster_node).where((_C.name == node.name) | (_C.seen_at < NOW - FORGOTTEN_AFTER_MS)))
    connection.execute(insert(cluster_node).values(_row(node)))
    return True


def _row(node: Node) -> dict[str, Any]:
    return {**{name: value for name, value in asdict(node).items() if name != "alive"}, "wish": ""} | {
        "started_at": NOW,
        "seen_at": NOW,
    }


def _beat(connection: Connection, node: Node, figures: Figures, *, take_lock: bool) -> Beat:
    if take_lock:  # the connection was lost, and the lock with it
        _lock(connection, node.name)
    found = connection.execute(select(_C.boot, _C.wish).where(_C.name == node.name).with_for_update()).one_or_none()
    if found is None:  # the table was emptied, as by a restore
        connection.execute(insert(cluster_node).values(_row(node)))
    ours = found is None or found.boot == node.boot
    if ours:
        lives = update(cluster_node).where(_C.name == node.name)
        connection.execute(lives.values(**asdict(figures), seen_at=NOW, wish=""))
    rows = connection.execute(select(cluster_node, NOW.label("now"))).all()
    wish = found.wish if ours and found is not None else ""
    return Beat(ours, wish, [_node(row) for row in rows], max((row.now for row in rows), default=0))


def _ask(connection: Connection, wishes: Mapping[str, str], audit: AuditRecord) -> bool:
    living = select(_C.name).where(_C.name.in_(wishes), _C.seen_at > NOW - DEAD_AFTER_MS).with_for_update()
    if len(connection.scalars(living).all()) < len(wishes):
        return False
    for name, wish in wishes.items():
        connection.execute(update(cluster_node).where(_C.name == name).values(wish=wish))
    write_audit(connection, [audit])
    return True


def _leave(connection: Connection, node: Node) -> None:
    connection.execute(delete(cluster_node).where(_C.name == node.name, _C.boot == node.boot))
    connection.execute(select(func.pg_advisory_unlock_all()))


def _node(row: Any) -> Node:
    told = {name: getattr(row, name) for name in Node.__dataclass_fields__ if name != "alive"}
    return Node(**told, alive=row.seen_at > row.now - DEAD_AFTER_MS)


def _lock(connection: Connection, name: str) -> bool:
    """Take the lock on a name for as long as the connection lives; return whether it is this connection's."""
    taken = select(func.pg_try_advisory_lock(func.hashtextextended("parlour node " + name, 0)))
    return bool(connection.scalar(taken))
