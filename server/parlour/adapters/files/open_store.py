"""Opens the store of files that a setting names."""

from __future__ import annotations

import tempfile
from pathlib import Path

from parlour.adapters.files.disk import DiskStore
from parlour.adapters.sql.database import is_sqlite, sqlite_path
from parlour.runtime.files.store import FileStore
from parlour.runtime.plugins import need

BESIDE_POSTGRES = Path(".parlour/files")
"""The default folder where the database has none of its own."""


def open_file_store(setting: str | None, database_url: str) -> FileStore:
    """Open a folder, or a bucket for `s3://bucket/prefix`; nothing is read or written yet.

    Raises:
        NotInstalled: S3 needs an extra that is missing. ValueError: the address is none.
    """
    if setting is not None and setting.startswith("s3://"):
        need("s3", "Files in S3")
        from parlour.adapters.files.s3 import S3Store

        return S3Store(setting, Path(tempfile.gettempdir()) / "parlour-files")
    if setting is not None:
        return DiskStore(Path(setting))
    return DiskStore(sqlite_path(database_url).parent / "files" if is_sqlite(database_url) else BESIDE_POSTGRES)
