"""Grants are a fold of the gate's own entries, and of nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parlour.core.gates.grants import Grants, is_gate_entry
from parlour.core.room import Draft, Entry
from parlour.core.rooms.access import Access

TOKEN = "0x" + "11" * 20
GATE = {"chain": 1, "token": TOKEN, "standard": "erc20"}
PEOPLE = ["a", "b", "c"]


def entry(type_: str, account: str, number: int, **more: Any) -> Entry:
    facts = {"chain": 1, "block": {"number": number, "hash": hex(number)}, "leaf": GATE}
    extra = {"member.removed": {"reason": "gate"}, "member.restored": {"from": "gate"}}.get(type_, {})
    body = {"account": account, "by": "", **facts, **extra, **more}
    return Entry("r", "e", number, f"s{number}", type_, "", number, body, b"", b"", b"")


kinds = st.sampled_from(["member.admitted", "member.removed", "member.restored"])
logs = st.lists(st.tuples(kinds, st.sampled_from(PEOPLE)), max_size=30)


@given(logs, st.integers(0, 30))
def test_snapshot_and_later_entries_equal_a_fresh_fold(log: list[tuple[str, str]], cut: int) -> None:
    entries = [entry(type_, account, n + 1) for n, (type_, account) in enumerate(log)]
    whole = Grants(GATE)
    part = Grants(GATE)
    for number, each in enumerate(entries):
        if number == cut:
            part = Grants.restored(part.snapshot())
        whole.apply(each)
        part.apply(each)
    assert part == whole
    assert not whole.held.keys() & whole.lost.keys()


@given(logs)
def test_entries_that_are_taken_change_who_is_in_each_time(log: list[tuple[str, str]]) -> None:
    grants = Grants(GATE)
    for number, (type_, account) in enumerate(log, 1):
        each = entry(type_, account, number)
        before = account in grants.held
        if grants.takes(Draft(type_, each.body)):
            grants.apply(each)
            assert (account in grants.held) is not before


def test_grant_older_than_a_removal_does_not_stand() -> None:
    grants = Grants(GATE)
    grants.apply(entry("member.admitted", "a", 5))
    grants.apply(entry("member.removed", "a", 9))
    assert not grants.takes(Draft("member.admitted", entry("member.admitted", "a", 7).body))
    assert grants.takes(Draft("member.admitted", entry("member.admitted", "a", 9).body))


def test_kick_and_ban_change_no_grant_and_the_gate_changes_no_role() -> None:
    access = Access(owner="o")
    access.grants.set_gate(GATE)
    access.apply(entry("member.admitted", "a", 1))
    role = entry("member.role", "a", 2, role="moderator", by="o")
    access.apply(role)
    kick = entry("member.removed", "a", 3, reason="rude", by="o")
    access.apply(kick)
    assert not is_gate_entry(kick)
    assert "a" in access.grants.held
    access.apply(role)
    access.apply(entry("member.removed", "a", 4))
    assert access.roles == {"a": "moderator"}
    assert access.put_out == set()
    assert "a" not in access.grants.held


def test_restored_from_something_unknown_is_ignored() -> None:
    access = Access(owner="o")
    access.apply(entry("member.banned", "a", 1, by="o"))
    access.apply(entry("member.restored", "a", 2, **{"from": "mystery", "by": "o"}))
    assert access.is_banned("a", 5)


def test_another_gate_lets_nobody_in_yet() -> None:
    grants = Grants(GATE)
    grants.apply(entry("member.admitted", "a", 1))
    grants.set_gate(dict(GATE))
    assert "a" in grants.held
    grants.set_gate({**GATE, "min": "2"})
    assert not grants.held
