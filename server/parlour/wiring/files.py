"""The files of a process: their store and their lists, uploads, and what sweeps behind them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from parlour.adapters.files.open_store import open_file_store
from parlour.adapters.files.room_lists import SqlFileRows
from parlour.adapters.room_files.file_routes import FileBacking
from parlour.core.room import Account, RoomId
from parlour.runtime.archive.room_files import RoomFiles
from parlour.runtime.files.store import FileStore
from parlour.runtime.files.sweep import Sweeper
from parlour.runtime.files.tickets import Tickets
from parlour.runtime.files.uploads import FileLimits, Uploads
from parlour.runtime.rooms.rights import RoomRights
from parlour.settings import Settings, limits_of
from parlour.wiring.identity import Identity
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Files:
    """The files part of a process; `backing` is what its routes use."""

    store: FileStore
    sweeper: Sweeper
    backing: FileBacking


def build(settings: Settings, process: Process, rooms: Rooms, identity: Identity) -> Files:
    """Make the files part, and tell the rooms which files a message may name.

    Raises:
        NotInstalled, ValueError: `PARLOUR_FILES` names a store that cannot be used.
    """
    store = open_file_store(settings.files, settings.database_url)
    rows = SqlFileRows(process.store.writer, process.store.reader)
    context, clock = rooms.registry.context, process.clock
    sweeper = Sweeper(store, rows, clock)

    async def attachable(room: RoomId, account: Account, hashes: Collection[bytes]) -> Collection[bytes]:
        return await rows.attachable(room, account, hashes, clock.now())

    context.attachable = attachable
    context.on_entry.setdefault("chat.delete", []).append(lambda record, entry: sweeper.call())
    backing = FileBacking(
        rights=RoomFiles(RoomRights(rooms.registry), rows),
        uploads=Uploads(store, rows, clock, limits_of(FileLimits, settings)),
        store=store,
        rows=rows,
        tickets=Tickets(process.key.code, clock),
        limit=identity.limiter,
        rank=identity.sign_in.rank,
        banned=identity.sanctions.banned,
    )
    return Files(store, sweeper, backing)
