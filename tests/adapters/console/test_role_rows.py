"""Given roles and the claim on both databases, as two processes see them."""

from __future__ import annotations

import asyncio

import pytest

from parlour.adapters.accounts.role_rows import SqlRoleStore
from parlour.adapters.console.audit_rows import SqlAuditTrail
from parlour.adapters.sql.rooms import SqlStore
from parlour.core.audit.record import AuditRecord
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Account
from parlour.errors import Conflict, Forbidden
from parlour.runtime.audit.trail import AuditQuery
from parlour.runtime.identity.given_roles import CLAIM_MS, GivenRoles
from parlour.testing.fakes import FakeClock

ANN, BEA = "0xA", "0xB"


def row(by: Account, id_: str, at: int = 0) -> AuditRecord:
    return AuditRecord(by, id_, "role.give", by, "why", "here", at)


def process(store: SqlStore, clock: FakeClock, **fixed: str) -> tuple[GivenRoles, list[tuple[Account, int]]]:
    heard: list[tuple[Account, int]] = []
    roles = GivenRoles(fixed, SqlRoleStore(store.writer, store.reader), clock)
    roles.on_change = lambda account, rank: heard.append((account, rank))
    return roles, heard


async def test_role_given_in_one_process_holds_in_another(store: SqlStore) -> None:
    clock = FakeClock()
    (one, heard), (two, told) = process(store, clock), process(store, clock)
    await one.give(ANN, "operator", row(ANN, "1"))
    assert (one.rank(ANN), two.rank(ANN), heard) == (SERVER_ROLES["operator"], 0, [(ANN, SERVER_ROLES["operator"])])
    await two.read()
    await two.read()
    assert (two.rank(ANN), told) == (SERVER_ROLES["operator"], heard)
    await two.give(ANN, None, row(ANN, "2"))
    await one.read()
    assert (one.rank(ANN), one.all(), heard[-1]) == (0, {}, (ANN, 0))


async def test_role_of_the_setting_wins_and_stays(store: SqlStore) -> None:
    roles, _ = process(store, FakeClock(), **{ANN: "viewer"})
    with pytest.raises(Conflict):
        await roles.give(ANN, "admin", row(ANN, "1"))
    assert roles.all() == {ANN: ("viewer", True)}
    await SqlRoleStore(store.writer, store.reader).give(ANN, "admin", row(ANN, "1"))
    await roles.read()
    assert roles.rank(ANN) == SERVER_ROLES["viewer"]


async def test_of_many_wallets_with_the_link_one_becomes_admin(store: SqlStore) -> None:
    clock = FakeClock()
    (one, _), (two, _) = process(store, clock), process(store, clock)
    secret = await one.new_claim(replace=False)
    assert secret is not None
    assert await two.new_claim(replace=False) is None
    tries = [each.claim(secret, row(who, who, clock.now())) for each in (one, two) for who in (ANN, BEA)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(each).__name__ for each in ended) == ["Forbidden"] * 3 + ["NoneType"]
    assert len(one.all()) == 1
    assert len(await SqlAuditTrail(store.writer, store.reader).page(AuditQuery(), 9)) == 1
    assert await two.new_claim(replace=True) is None


async def test_link_that_is_over_makes_nobody_admin_and_gives_way(store: SqlStore) -> None:
    clock = FakeClock()
    roles, _ = process(store, clock)
    secret = await roles.new_claim(replace=False)
    assert secret is not None
    await clock.advance(CLAIM_MS / 1000)
    with pytest.raises(Forbidden):
        await roles.claim(secret, row(ANN, "1", clock.now()))
    assert await roles.new_claim(replace=False) is not None
