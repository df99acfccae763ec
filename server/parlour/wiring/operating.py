"""The operators' part of a process: what they see of rooms and people, and what they do with them."""

from __future__ import annotations

from dataclasses import dataclass

from parlour.adapters.operating.message_rows import SqlMessageSearch
from parlour.adapters.operating.person_export import PersonExports
from parlour.adapters.operating.person_rows import SqlPersonRows
from parlour.adapters.operating.room_erasure import SqlErasureRows
from parlour.adapters.operating.room_rows import SqlRoomViews
from parlour.runtime.operating.person_eraser import PersonEraser
from parlour.runtime.operating.room_eraser import RoomEraser
from parlour.runtime.operating.tail import Tails
from parlour.wiring.chain import ChainPart
from parlour.wiring.engine import Sockets
from parlour.wiring.files import Files
from parlour.wiring.identity import Identity
from parlour.wiring.process import Process
from parlour.wiring.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Operating:
    """What the routes of operators use."""

    views: SqlRoomViews
    search: SqlMessageSearch
    people: SqlPersonRows
    exports: PersonExports
    person_eraser: PersonEraser
    tails: Tails
    eraser: RoomEraser


def build(
    process: Process, rooms: Rooms, chain: ChainPart, identity: Identity, sockets: Sockets, files: Files
) -> Operating:
    """Make the operators' part."""
    writer, reader = process.store.writer, process.store.reader
    eraser = RoomEraser(
        SqlErasureRows(writer, process.store.short_reader),
        rooms.registry,
        process.clock,
        chain.chains.forget_room,
        files.sweeper.call,
    )
    tails = Tails(sockets.rooms, rooms.registry.context.on_stored)
    people = SqlPersonRows(writer, reader)
    exports = PersonExports(people, files.backing.rows, files.store)
    person_eraser = PersonEraser(people, rooms.registry, identity.sign_in.revoke_all, files.sweeper.call)
    rooms.registry.context.muted = identity.sanctions.muted
    return Operating(SqlRoomViews(reader), SqlMessageSearch(reader), people, exports, person_eraser, tails, eraser)
