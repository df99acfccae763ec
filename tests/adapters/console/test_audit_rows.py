"""Audit rows on both databases: written with their change or not at all, sealed once, erased without a break."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection, delete, func, select, update

from parlour.adapters.audit.insert import erase_audit_texts, write_audit
from parlour.adapters.audit.tables import audit
from parlour.adapters.console.audit_rows import SqlAuditTrail
from parlour.adapters.sql.rooms import SqlStore
from parlour.core.audit.record import AuditRecord
from parlour.runtime.audit.sealer import verify
from parlour.runtime.audit.trail import AuditQuery, Earlier
from parlour.runtime.store import Repeated
from tests.logs import message, new_log


def record(id_: str, what: str = "room.close", whom: str = "Lobby", by: str = "0xA") -> AuditRecord:
    return AuditRecord(by, id_, what, whom, "spam", "10.0.0.1", 7, b"asked", {"a": 1}, None, {"seq": 3})


async def write(store: SqlStore, *records: AuditRecord) -> None:
    await store.write(lambda connection: write_audit(connection, records))


async def test_row_is_read_as_it_was_written(store: SqlStore, trail: SqlAuditTrail) -> None:
    await write(store, record("a"), record("b", "key.mint", "ci", "0xB"), record("c", "roomy"))
    found = await trail.page(AuditQuery(), 10)
    assert [each.id for each in found] == ["c", "b", "a"]
    told = found[2].to_json()
    assert (told["by"], told["whom"], told["reason"], told["from"]) == ("0xA", "Lobby", "spam", "10.0.0.1")
    assert (told["before"], told["after"], told["n"], told["hash"]) == ({"a": 1}, None, None, None)
    assert [each.id for each in await trail.page(AuditQuery(by="0xB"), 10)] == ["b"]
    assert [each.id for each in await trail.page(AuditQuery(what="room."), 10)] == ["a"]
    assert [each.id for each in await trail.page(AuditQuery(what="roomy"), 10)] == ["c"]
    assert [each.id for each in await trail.page(AuditQuery(before=found[0].row), 1)] == ["b"]


async def test_request_that_was_done_is_answered_and_never_done_again(store: SqlStore, trail: SqlAuditTrail) -> None:
    assert await trail.earlier("0xA", "a", "room.close", b"asked") is None
    await write(store, record("a"))
    again = await trail.earlier("0xA", "a", "room.close", b"asked")
    other = await trail.earlier("0xA", "a", "room.close", b"other")
    assert again == Earlier(True, {"seq": 3})
    assert other == Earlier(False, {"seq": 3})
    assert await trail.earlier("0xB", "a", "room.close", b"asked") is None

    def change(connection: Connection) -> None:
        connection.execute(update(audit).values(reason="half done"))
        write_audit(connection, [record("a")])

    with pytest.raises(Repeated):
        await store.write(change)
    assert [each.reason for each in await trail.page(AuditQuery(), 9)] == ["spam"]


async def test_append_and_its_row_are_stored_both_or_neither(store: SqlStore, trail: SqlAuditTrail) -> None:
    log = await new_log(store)
    await log.append(store, message("1", "a"), audits=[record("a")])
    assert [each.id for each in await trail.page(AuditQuery(), 9)] == ["a"]
    with pytest.raises(Repeated):
        await log.append(store, message("2", "b"), audits=[record("a")])
    assert [each.id for each in await store.entries("Room-1", 1, 9)] == ["1"]


async def test_rows_are_sealed_once_in_the_order_of_writing(store: SqlStore, trail: SqlAuditTrail) -> None:
    await write(store, *(record(str(n)) for n in range(7)))
    assert sum(await asyncio.gather(*(trail.seal(2) for _ in range(3)))) == 6
    assert (await trail.unsealed(), await trail.seal(9), await trail.seal(9)) == (1, 1, 0)
    sealed = await trail.sealed(0, 9)
    assert [(row.n, row.id) for row in sealed] == [(n + 1, str(n)) for n in range(7)]
    verdict = await verify(trail)
    assert (verdict.rows, verdict.hash, verdict.wrong) == (*await trail.head(), None)


async def test_erased_texts_are_nowhere_and_the_chain_holds(store: SqlStore, trail: SqlAuditTrail) -> None:
    await write(store, record("a"), record("b", whom="other"))
    await trail.seal(9)
    assert await store.write(lambda connection: erase_audit_texts(connection, "LOBBY")) == 1
    other, erased = await trail.page(AuditQuery(), 9)
    assert (erased.whom, erased.reason, erased.remote, erased.before) == (None, None, None, None)
    assert other.reason == "spam"
    assert (await verify(trail)).wrong is None
    again = await trail.earlier("0xA", "a", "room.close", b"asked")
    assert again == Earlier(True, {}), "it is still not done twice"


@pytest.mark.parametrize("column", ["actor", "at", "what", "whom", "reason", "remote", "before", "after", "id"])
async def test_one_changed_column_is_found(store: SqlStore, trail: SqlAuditTrail, column: str) -> None:
    await write(store, *(record(str(n)) for n in range(3)))
    await trail.seal(9)
    changed = update(audit).where(audit.c.n == 2).values({column: 8 if column == "at" else '{"x":1}'})
    await store.write(lambda connection: connection.execute(changed).rowcount)
    verdict = await verify(trail)
    assert verdict.rows == 1
    assert verdict.wrong is not None


async def test_rows_cut_off_at_the_end_are_missed(store: SqlStore, trail: SqlAuditTrail) -> None:
    await write(store, *(record(str(n)) for n in range(3)))
    await trail.seal(9)
    last = delete(audit).where(audit.c.n == select(func.max(audit.c.n)).scalar_subquery())
    await store.write(lambda connection: connection.execute(last).rowcount)
    verdict = await verify(trail)
    assert (verdict.rows, bool(verdict.wrong)) == (2, True)
