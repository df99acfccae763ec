"""`parlour replay`: folds a room's log again, up to any entry, and shows the state as any viewer sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from parlour.adapters.sql.rooms import open_store
from parlour.commands.options import Database, Games, settings_with
from parlour.commands.outcome import run
from parlour.core.identity.accounts import normal_account
from parlour.core.log.formats import FORMATS
from parlour.core.room import fold
from parlour.core.rooms.hall import Hall
from parlour.errors import NotFound
from parlour.runtime.live_room.state import base_of
from parlour.runtime.rooms.kinds import Kinds, served_kinds
from parlour.runtime.store import Store
from parlour.settings import Settings

PAGE = 1000
"""Entries read at once."""

app = typer.Typer(add_completion=False)


@app.command()
def replay(
    room: Annotated[str, typer.Argument(help="The room's id.")],
    at: Annotated[int | None, typer.Option(min=1, help="Stop after this entry.")] = None,
    viewer: Annotated[str | None, typer.Option("--as", help="Show it as this account sees it.")] = None,
    games: Games = None,
    database_url: Database = None,
) -> None:
    """Fold a room's log again and show its state, at any entry, as any viewer."""
    state = run(replayed(settings_with(games=games, database_url=database_url), room, at, viewer))
    typer.echo(json.dumps(state, indent=2, ensure_ascii=False))


async def replayed(settings: Settings, room: str, at: int | None, viewer: str | None) -> dict[str, Any]:
    """Return `{room, kind, seq, hash, state}`; `state` is the kind's view, or the room's facts if it has none.

    Args:
        at: the last entry to fold; None folds all.
        viewer: the account whose view is shown; None shows a spectator's.

    Raises:
        NotFound: no such room. Invalid: `viewer` is no account. Unavailable: only a newer release reads the room.
        StoreError: the database cannot be read.
    """
    seen_by = viewer and normal_account(viewer)
    kinds = served_kinds(settings.games)
    store = await open_store(settings.database_url)
    try:
        return await _fold(store, kinds, room, at, seen_by)
    finally:
        await store.close()


async def _fold(store: Store, kinds: Kinds, room: str, at: int | None, viewer: str | None) -> dict[str, Any]:
    hall, last = await folded(store, kinds, room, at)
    state = hall.view(viewer) if hall.computed else hall.snapshot()
    return {"room": hall.room, "kind": last.kind, "seq": last.seq, "hash": "0x" + last.hash.hex(), "state": state}


@dataclass(frozen=True, slots=True)
class Last:
    """The last entry that was folded, and the kind of its room."""

    kind: str
    seq: int
    hash: bytes


async def folded(store: Store, kinds: Kinds, room: str, at: int | None) -> tuple[Hall, Last]:
    """Return a room as its log has it at an entry (None: its newest), for reading only; raises as `replayed`."""
    saved = await store.load(room)
    if saved is None:
        raise NotFound(f"There is no room {room}.")
    record = saved.record
    FORMATS.check(record.format)
    upto = record.head if at is None else min(at, record.head)
    hall = kinds.make(record.kind, record.id)
    after = record.floor - 1
    if after:
        newest = await store.snapshot_before(record.id, upto + 1)
        base = None if newest is None else await base_of(store, FORMATS, record, newest)
        if base is None:
            raise NotFound(f"The log of {room} starts after entry {upto}; retention dropped what was before.")
        hall.restore(base.state)
        after = base.seq
    entries = []
    while after < upto:
        page = [e for e in await store.entries(record.id, after, PAGE) if e.seq <= upto]
        if not page:
            break
        entries += page
        after = page[-1].seq
    fold(hall, entries)
    return hall, Last(record.kind, upto, entries[-1].hash if entries else record.hash)
