"""Webhooks that operators made, on both databases: nothing of their addresses and secrets can be read there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from parlour.adapters.audit.tables import audit as audit_table
from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.webhooks.made import SqlMadeHooks
from parlour.adapters.webhooks.places import SqlPlaces
from parlour.adapters.webhooks.tables import webhook_made
from parlour.core.audit.record import AuditRecord
from parlour.core.webhooks.hook import Hook
from parlour.runtime.identity.server_key import ServerKey
from parlour.runtime.webhooks.places import Parked, Place
from tests.logs import new_log

URL = "https://planted.example/path"
FIRST = Hook(URL, "planted-secret", "sales-*", ("chat.*", "game.ended"), "hook-1", public=True)
SECOND = Hook(URL, "planted-other", name="hook-2", public=True)


def audit(what: str, at: int = 0) -> AuditRecord:
    return AuditRecord("ann", f"{what}-{at}", what, "hook-1", "we move", "127.0.0.1", at, answer={})


@pytest.fixture
def made(store: SqlStore) -> SqlMadeHooks:
    return SqlMadeHooks(store.writer, store.reader, ServerKey(b"\1" * 32))


async def audited(store: SqlStore) -> list[str]:
    query = select(audit_table.c.what).order_by(audit_table.c.row)
    return await store.reader.read(lambda connection: list(connection.scalars(query)))


async def test_webhooks_are_kept_encrypted_and_come_back_the_oldest_first(made: SqlMadeHooks, store: SqlStore) -> None:
    assert await made.add(SECOND, 2, audit("webhook.make", 9))
    assert await made.add(FIRST, 2, audit("webhook.make", 3))
    assert list(await made.all()) == [FIRST, SECOND]
    rows = await store.reader.read(lambda connection: connection.execute(select(webhook_made)).all())
    assert b"planted" not in b"".join(row.sealed for row in rows)
    assert not await made.add(replace(FIRST, name="hook-3"), 2, audit("webhook.make", 10))
    assert await audited(store) == ["webhook.make", "webhook.make"]


async def test_change_and_removal_are_audited_and_leave_nothing(made: SqlMadeHooks, store: SqlStore) -> None:
    places = SqlPlaces(store.writer, store.reader)
    changed = replace(FIRST, url="https://elsewhere.example/", rooms="*")
    assert not await made.change(changed, audit("webhook.change"))
    await made.add(FIRST, 2, audit("webhook.make"))
    assert await made.change(changed, audit("webhook.change"))
    assert list(await made.all()) == [changed]
    await new_log(store, "Hall")
    assert await places.hold("hook-1", "one", 1_000, 0)
    await places.park("hook-1", Parked("hall", 1, 0, "status 500"))
    assert await made.remove("hook-1", audit("webhook.delete"))
    assert not await made.remove("hook-1", audit("webhook.delete", 2))
    assert (list(await made.all()), list(await places.parked("hook-1", 9))) == ([], [])
    assert await places.place("hook-1", "hall") == Place(0)
    assert await audited(store) == ["webhook.make", "webhook.change", "webhook.delete"]
