"""Databases with today's tables, made quickly: migrated once, then copied."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from parlour.adapters.sql.migrations import upgrade

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
