"""Databases with today's tables, made quickly: migrated once, then copied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from parlour.adapters.sql.database import is_sqlite, sqlite_path
from parlour.adapters.sql.migrations import upgrade

T = TypeVar("T")

_made: list[bytes] = []


async def migrated_sqlite(folder: Path) -> str:
    """The URL of a new SQLite file in `folder`."""
    if not _made:
        with TemporaryDirectory() as aside:
            await upgrade(f"sqlite+aiosqlite:///{aside}/parlour.db")
            _made.append((Path(aside) / "parlour.db").read_bytes())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "parlour.db").write_bytes(_made[0])
    return f"sqlite+aiosqlite:///{folder}/parlour.db"


async def read_database(url: str, read: Callable[[Connection], T]) -> T:
    """Read the database of a running server, whichever it is."""
    if is_sqlite(url):
        file = create_engine(f"sqlite:///{sqlite_path(url)}", poolclass=NullPool)
        with file.connect() as connection:
            return read(connection)
    engine = create_async_engine(url)
    try:
        async with engine.connect() as served:
            return await served.run_sync(read)
    finally:
        await engine.dispose()
