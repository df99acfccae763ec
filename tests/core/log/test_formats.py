"""Which format a log needs, and what becomes of older snapshots."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.log.formats import FORMATS, Formats
from parlour.core.room import Entry, Snapshot
from parlour.errors import Unavailable
from parlour.protocol.entries import BODIES
from parlour.protocol.room_entries import RoomConfigured, RoomCreated
from parlour.runtime.rooms.kinds import served_kinds

NEWER = Formats(newest=4, shape=3, kinds={"document": 2}, types={"doc.version": 3}, settings={"rules": 4}, upgrades={})
TYPES_OF_0_1_0 = {
    "room": "created configured closed watched unwatched",
    "member": "role muted banned removed restored",
    "chat": "message edit delete reaction pin",
    "game": "action seated seed started tick dropped returned left paused resumed timeout ended migrated",
    "chain": "event moved reverted confirmed gap",
}
KINDS_OF_0_1_0 = frozenset(("chat", "tic-tac-toe", "battleship", "chess", "word-party", "arena"))
SETTINGS_OF_0_1_0 = frozenset(("kind", "owner", "title", "visibility", "options", "signed", "version", "by"))


def entry(type_: str, body: Any = None) -> Entry:
    return Entry("hall", "e1", 1, "x", type_, "", 0, {} if body is None else body, b"", bytes(32), bytes(32))


@pytest.mark.parametrize(
    ("entries", "needed"),
    [
        ([], 1),
        ([entry("chat.message", {"rules": 1})], 1),
        ([entry("room.created", {"kind": "chat"})], 1),
        ([entry("room.created", {"kind": "document"})], 2),
        ([entry("doc.version", b"\x00")], 3),
        ([entry("room.configured", {"by": "", "rules": {}})], 4),
        ([entry("room.configured", {"rules": {}}), entry("doc.version")], 4),
    ],
)
def test_log_needs_the_format_of_its_newest_feature(entries: list[Entry], needed: int) -> None:
    assert NEWER.needed(entries) == needed


def test_format_above_the_newest_is_unavailable_and_named() -> None:
    NEWER.check(4)
    with pytest.raises(Unavailable) as refused:
        NEWER.check(5)
    assert refused.value.to_json()["details"] == {"format": 5}
    assert refused.value.retryable


def test_snapshot_is_written_for_the_lowest_format_that_reads_it() -> None:
    assert [NEWER.of_snapshot(room) for room in (1, 3, 4)] == [3, 3, 4]


def test_older_snapshot_is_upgraded_step_by_step() -> None:
    upgrades = {
        1: lambda kind, state: {**state, "kind": kind},
        2: lambda kind, state: {**state, "seen": state["kind"] + "!"},
    }
    formats = Formats(newest=4, shape=3, upgrades=upgrades)
    assert formats.state_of(Snapshot(9, {"n": 1}), "chat") == {"n": 1, "kind": "chat", "seen": "chat!"}
    assert formats.state_of(Snapshot(9, {"n": 1}, format=3), "chat") == {"n": 1}
    assert formats.state_of(Snapshot(9, {"n": 1}, format=4), "chat") == {"n": 1}


def test_snapshot_without_an_upgrade_or_from_a_newer_release_is_no_use() -> None:
    assert NEWER.state_of(Snapshot(9, {"n": 1}, format=1), "chat") is None
    assert NEWER.state_of(Snapshot(9, {"n": 1}, format=5), "chat") is None


def test_table_that_names_a_format_above_the_newest_is_refused() -> None:
    with pytest.raises(ValueError, match="format 2, above the newest one, 1"):
        Formats(types={"doc.version": 2})


# ── this release's tables ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_came_after_0_1_0_has_a_format() -> None:
    """A kind, an entry type or a setting that is new belongs into a table of `FORMATS`."""
    settings = RoomCreated.model_fields.keys() | RoomConfigured.model_fields.keys()
    known = {f"{family}.{word}" for family, words in TYPES_OF_0_1_0.items() for word in words.split()}
    assert BODIES.keys() - known == FORMATS.types.keys()
    assert {kind["kind"] for kind in served_kinds().described()} - KINDS_OF_0_1_0 == FORMATS.kinds.keys()
    assert settings - SETTINGS_OF_0_1_0 == FORMATS.settings.keys()


def test_every_older_snapshot_has_an_upgrade_so_that_floors_hold() -> None:
    """Below a raised floor no log is left to fold anew."""
    assert FORMATS.upgrades.keys() == set(range(1, FORMATS.shape))
