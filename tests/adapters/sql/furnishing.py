"""Fills a database with a little of everything, for backups and the doctor."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.sql.tables_chain import chain_block, chain_cursor, chain_outbox
from parlour.core.room import Draft, Snapshot
from tests.logs import ALICE, Log, message, new_log


async def furnish(store: SqlStore) -> Log:
    """Make two rooms: one with a binary body, an erased message, a snapshot, a member and a read position."""
    log = await new_log(store, "Room-1", message("a", "hello"), Draft("doc.update", b"\x00\x01", ALICE, "b"))
    await log.append(store, message("c", "gone"), snapshot=Snapshot(4, {"n": 4}, format=2))
    await log.append(store, Draft("chat.delete", {"of": 4}, ALICE, "d", ref=4), erase=[4])
    await new_log(store, "Room-2")
    await store.touch_member("Room-1", ALICE, 5)
    await store.read("Room-1", ALICE, 3)
    return log


def follow_chain(connection: Connection) -> None:
    """Insert a chain that is followed up to block 11, with one piece of news under way."""
    blank = {"lease_owner": "", "lease_until": 0, "fence": 0, "genesis": "0x0", "levels": "{}", "halted": ""}
    marks = dict.fromkeys(("safe", "finalized", "audited", "branch", "step"), 0)
    connection.execute(insert(chain_cursor), {"chain": 1, "number": 11, "hash": "0xb", **blank, **marks})
    headers = [(10, "0xa", "0x9"), (11, "0xb", "0xa")]
    rows = [
        {"chain": 1, "number": number, "hash": name, "parent": parent, "time": 1} for number, name, parent in headers
    ]
    connection.execute(insert(chain_block), rows)
    connection.execute(insert(chain_outbox), news("Room-1"))


def news(room: str) -> dict[str, object]:
    """Make a row of the chain's outbox."""
    text_columns = dict.fromkeys(("watch", "kind", "type", "source", "error"), "")
    return {"chain": 1, "step": 1, "room": room, "body": b"{}", "tries": 0, "parked": False, **text_columns}
