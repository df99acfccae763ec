"""`parlour reindex`: the index of search, made anew from the logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import typer
from rich.progress import Progress
from sqlalchemy import func, select

from parlour.adapters.sql import migrations
from parlour.adapters.sql.database import lock_database
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.adapters.sql.tables_rooms import room
from parlour.commands.options import Database, settings_with
from parlour.commands.outcome import run
from parlour.core.log.formats import FORMATS, Formats
from parlour.core.room import RoomId
from parlour.core.rooms.hall import Hall
from parlour.runtime.archive.document_indexer import catch_up_documents
from parlour.runtime.archive.document_reader import DocumentReader
from parlour.runtime.archive.indexer import catch_up
from parlour.runtime.clock import Clock, SystemClock
from parlour.runtime.rooms.kinds import served_kinds
from parlour.runtime.store import Store
from parlour.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def reindex(database_url: Database = None) -> None:
    """Empty search's index and fill it again from the logs; no server may serve a SQLite file meanwhile."""
    entries, documents = run(_reindex(settings_with(database_url=database_url)))
    typer.echo(f"indexed {entries} entries, {documents} documents")


@dataclass(frozen=True, slots=True)
class _Logs:
    """What reading rooms from their logs takes (`Folding`)."""

    store: Store
    make_room: Callable[[str, RoomId], Hall]
    clock: Clock
    formats: Formats = FORMATS


async def _reindex(settings: Settings) -> tuple[int, int]:
    url = settings.database_url
    lock = lock_database(url)
    try:
        await migrations.upgrade(url)
        store = await open_store(url)
        try:
            logs = _Logs(store, served_kinds(settings.games).make, SystemClock())
            reader = DocumentReader(logs, lambda room: None, settings.searched_characters)
            return await _fill(store), await _fill_documents(store, reader)
        finally:
            await store.close()
    finally:
        if lock is not None:
            lock.release()


async def _fill(store: SqlStore) -> int:
    await store.clear_index()
    total = await store.query(lambda connection: connection.scalar(select(func.sum(room.c.head))))
    done = 0
    with Progress(transient=True) as progress:
        task = progress.add_task("indexing", total=total or 0)
        async for advanced in catch_up(store):
            done += advanced
            progress.update(task, advance=advanced)
    return done


async def _fill_documents(store: SqlStore, reader: DocumentReader) -> int:
    done = 0
    async for _ in catch_up_documents(store, reader.read):
        done += 1
    return done
