"""`parlour reindex`: the index of search, made anew from the logs."""

from __future__ import annotations

import typer
from rich.progress import Progress
from sqlalchemy import func, select

from parlour.adapters.sql import migrations
from parlour.adapters.sql.database import lock_database
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.adapters.sql.tables_rooms import room
from parlour.commands.options import Database, settings_with
from parlour.commands.outcome import run
from parlour.runtime.archive.indexer import catch_up

app = typer.Typer(add_completion=False)


@app.command()
def reindex(database_url: Database = None) -> None:
    """Empty search's index and fill it again from the logs; no server may serve a SQLite file meanwhile."""
    entries = run(_reindex(settings_with(database_url=database_url).database_url))
    typer.echo(f"indexed {entries} entries")


async def _reindex(url: str) -> int:
    lock = lock_database(url)
    try:
        await migrations.upgrade(url)
        store = await open_store(url)
        try:
            return await _fill(store)
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
        async for _, advanced in catch_up(store):
            done += advanced
            progress.update(task, advance=advanced)
    return done
