"""Retention: the room goes on, old numbers stay what they were, resends stay harmless."""

from __future__ import annotations

from sqlalchemy import select

from parlour.adapters.sql import tables_rooms as tables
from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.upkeep.integrity import check
from parlour.adapters.upkeep.retention import DAY_MS, Policy, first_held, keep_blocks, retain, sweep
from parlour.core.log.formats import FORMATS
from parlour.core.log.hash_chain import first_break
from parlour.core.room import Draft, Snapshot
from parlour.runtime.store import Listing, StoredInvitation
from tests.logs import ALICE, BOB, Log, message, new_log
from tests.searching import searched

NOW = 100 * DAY_MS
OLD = Policy(max_age_ms=30 * DAY_MS, keep_entries=2)


async def aged(store: SqlStore, days: list[int], every: int = 1, room: str = "Room-1") -> Log:
    """A log with one message per given day and a snapshot after every `every`-th entry."""
    log = await new_log(store, room, at=0)
    for n, day in enumerate(days):
        log.at = day * DAY_MS
        seq = log.head + 1
        taken = Snapshot(seq, {"upto": seq}) if seq % every == 0 else None
        await log.append(store, message(f"m{n}", f"on day {day}"), snapshot=taken)
    return log


async def seqs(store: SqlStore) -> list[int]:
    return [entry.seq for entry in await store.entries("Room-1", 0, 10_000)]


async def test_old_entries_when_swept_end_at_a_snapshot_and_hashes_hold(store: SqlStore, url: str) -> None:
    await aged(store, [1, 2, 3, 4, 90, 91, 92], every=2)
    before = await store.entries("Room-1", 0, 100)
    assert await retain(store, "ROOM-1", OLD, NOW) == 4
    saved = await store.load("Room-1")
    assert saved is not None
    assert (saved.record.floor, saved.record.floor_hash, saved.record.epoch) == (5, before[3].hash, "e1")
    assert await store.floor("room-1") == (5, before[3].hash)
    left = await store.entries("Room-1", 0, 100)
    assert left == before[4:]
    assert first_break(left, saved.record.floor_hash) is None
    assert await store.snapshot_before("Room-1", 5) == Snapshot(4, {"upto": 4})
    assert all(finding.ok for finding in await check(url) if finding.check != "durability")


async def test_unread_messages_when_old_ones_went_are_those_that_are_left(store: SqlStore) -> None:
    log = await new_log(store, "Room-1", at=0)
    for account in (BOB, ALICE):
        await store.touch_member("Room-1", account, 0)
    drafts = [message("b1", "by bob", BOB), *(message(f"a{n}", "by alice") for n in range(5))]
    drafts.insert(3, Draft("chat.message", {"text": "reply", "thread": 2}, ALICE, "r1", ref=2))
    for n, draft in enumerate(drafts):
        log.at = (n + 1 if n < 5 else 90 + n) * DAY_MS
        await log.append(store, draft, snapshot=Snapshot(log.head + 1, {"upto": log.head + 1}))
    await log.append(store, Draft("chat.delete", {"of": 3}, ALICE, "d1", ref=3), erase=[3])
    assert (await store.unread(BOB, ["Room-1"]))["Room-1"].messages == 4
    await retain(store, "Room-1", OLD, NOW)
    left = [entry for entry in await store.entries("Room-1", 0, 100) if entry.type == "chat.message"]
    await store.touch_member("Room-1", "carol", 0)
    for reader in (BOB, "carol"):
        assert (await store.unread(reader, ["Room-1"]))["Room-1"].messages == len(left) == 2, reader
    assert (await store.unread(ALICE, ["Room-1"]))["Room-1"].messages == 0
    log.at = 99 * DAY_MS
    await log.append(store, message("b2", "by bob", BOB))
    counts = [(await store.unread(who, ["Room-1"]))["Room-1"].messages for who in (ALICE, BOB, "carol")]
    assert counts == [1, 2, 3]


async def test_newest_entries_when_old_are_kept(store: SqlStore) -> None:
    await aged(store, [1, 2, 3, 4, 5, 6])
    await retain(store, "Room-1", OLD, NOW)
    assert await seqs(store) == [6, 7]


async def test_entries_without_a_later_snapshot_are_kept(store: SqlStore) -> None:
    await aged(store, [1, 2, 3, 90, 91, 92], every=100)
    assert await retain(store, "Room-1", OLD, NOW) == 0
    assert (await seqs(store))[0] == 1


async def test_retention_of_a_room_of_a_newer_release_removes_nothing(store: SqlStore) -> None:
    log = await aged(store, [1, 2, 3, 4, 5, 6])
    await log.append(store, listing=Listing("", "public", {}, False, 0, format=FORMATS.newest + 1))
    assert await retain(store, "Room-1", OLD, NOW) == 0
    assert await seqs(store) == [1, 2, 3, 4, 5, 6, 7]


async def test_retention_with_snapshots_of_a_newer_release_ignores_them(store: SqlStore) -> None:
    log = await aged(store, [1, 2, 3], every=2)
    newer = Snapshot(5, {"upto": 5}, format=FORMATS.newest + 1)
    await log.append(store, message("x", "x"), snapshot=newer)
    await log.append(store, message("y", "y"), message("z", "z"))
    assert await retain(store, "Room-1", OLD, NOW) == 4
    assert (await seqs(store))[0] == 5


async def test_versions_that_a_document_lists_keep_their_snapshots(store: SqlStore) -> None:
    log = await new_log(store, "Room-1", at=0)
    options = {"versions": {"every": 0, "keep": 1}}
    await log.append(store, listing=Listing("", "public", options, False, 0))
    await store.write(lambda connection: connection.execute(tables.room.update().values(kind="document")))
    for number in range(1, 31):
        by = ALICE if number == 9 else ""
        version = (
            Draft("doc.version", {"title": "", "by": by, "at": 0}) if number % 3 == 0 else message(f"m{number}", "x")
        )
        await log.append(store, version, snapshot=Snapshot(log.head + 1, {"upto": log.head + 1}))
    await sweep(store, OLD, NOW)
    assert (await seqs(store))[0] == 11, "the version that somebody named is the oldest one listed"
    assert await store.snapshot_before("Room-1", 11) == Snapshot(10, {"upto": 10})
    assert await store.snapshot_before("Room-1", 17) == Snapshot(16, {"upto": 16})


async def test_document_when_swept_keeps_its_last_edit_and_is_found(store: SqlStore) -> None:
    log = await new_log(
        store, "Room-1", Draft("doc.update", b"\x00\x00", ALICE, "u1"), at=0, kind="document", options={}
    )
    for number in range(5):
        await log.append(store, message(f"m{number}", "x"), snapshot=Snapshot(log.head + 1, {"upto": log.head + 1}))
    await store.keep_document_text("Room-1", log.head, "the text of it")
    await sweep(store, OLD, NOW)
    assert (await seqs(store))[0] <= 2, "no version is listed, and the edit at 2 stays"
    assert [entry.id for entry in await searched(store, "Room-1", "text", 5)] == ["u1"]
    await log.append(store, Draft("doc.update", b"\x00\x01", ALICE, "u2"))
    for number in range(5, 9):
        await log.append(store, message(f"m{number}", "x"), snapshot=Snapshot(log.head + 1, {"upto": log.head + 1}))
    await sweep(store, OLD, NOW)
    assert (await seqs(store))[0] == 8, "the snapshot before the edit is the base"
    await store.keep_document_text("Room-1", log.head, "the text of it now")
    assert [entry.id for entry in await searched(store, "Room-1", "text", 5)] == ["u2"]


async def test_room_when_swept_takes_posts(store: SqlStore) -> None:
    log = await aged(store, [1, 2, 3, 4, 5, 6])
    await retain(store, "Room-1", OLD, NOW)
    await log.append(store, message("later", "x"), snapshot=Snapshot(log.head + 1, {}), drop_snapshots_from=1)
    assert await store.snapshot_before("Room-1", 7) == Snapshot(5, {"upto": 5})
    assert await retain(store, "Room-1", OLD, NOW) == 0


async def test_ids_and_sources_when_entries_are_swept_last_a_week(store: SqlStore) -> None:
    log = await aged(store, [1, 2, 95])
    log.at = 96 * DAY_MS
    sourced = Draft("app.note", {}, source="s1")
    await log.append(store, sourced, message("x", "x"), message("y", "y"), snapshot=Snapshot(log.head + 1, {}))
    short = Policy(max_age_ms=DAY_MS, keep_entries=2)
    [known] = (await store.known("Room-1", [(ALICE, "m2")])).values()
    await sweep(store, short, NOW)
    assert await seqs(store) == [6, 7]
    assert await store.known("Room-1", [(ALICE, "m2"), (ALICE, "m1")]) == {(ALICE, "m2"): known}
    assert await store.sourced("Room-1", ["s1"]) == {"s1": 5}
    await sweep(store, short, NOW + 8 * DAY_MS)
    assert await store.known("Room-1", [(ALICE, "m2")]) == {}
    assert await store.sourced("Room-1", ["s1"]) == {}


async def test_sweep_of_many_entries_uses_small_transactions(store: SqlStore) -> None:
    log = await new_log(store, "Room-1", *(message(f"m{n}", "x") for n in range(1_700)), at=DAY_MS)
    await log.append(store, *(message(f"n{n}", "x") for n in range(3)), snapshot=Snapshot(log.head + 1, {}))
    assert await sweep(store, OLD, NOW) == 1_702
    assert await seqs(store) == [1_703, 1_704]


async def test_sweep_when_killed_half_way_is_finished_by_the_next(store: SqlStore, url: str) -> None:
    from parlour.adapters.upkeep import retention

    await aged(store, [1, 2, 3, 4, 5, 6])
    await store.write(lambda connection: retention._raise_floor(connection, "room-1", 4))
    assert await store.entries("Room-1", 3, 10) == (await store.entries("Room-1", 0, 10))[3:]
    assert await sweep(store, OLD, NOW) == 5
    assert all(finding.ok for finding in await check(url) if finding.check != "durability")


async def test_snapshots_between_floor_and_newest_are_thinned(store: SqlStore) -> None:
    await aged(store, [95] * 30)
    await sweep(store, OLD, NOW)
    assert (await store.snapshot_before("Room-1", 30)) == Snapshot(29, {"upto": 29})
    assert await store.snapshot_before("Room-1", 24) is None


async def test_sweep_deletes_invitations_that_nobody_can_use(store: SqlStore) -> None:
    await new_log(store)
    for name, until in ((b"old", NOW - 1), (b"new", NOW + 1)):
        await store.invite(StoredInvitation(name, "Room-1", None, 5, until))
        assert await store.redeem(name, "Room-1", ALICE, NOW - 2)
    await sweep(store, OLD, NOW)
    for table in (tables.invite, tables.redemption):
        left = await store.query(lambda connection, table=table: list(connection.scalars(select(table.c.token_hash))))  # type: ignore[misc]
        assert left == [b"new"]


# ── what may not go ──────────────────────────────────────────────────────────────────────────────────────────────


def event(seq: int, number: int, status: str = "included", chain: int = 1) -> tuple[int, str, dict[str, object]]:
    return seq, "chain.event", {"chain": chain, "block": {"number": number}, "status": status}


def confirmed(seq: int, number: int, status: str = "finalized", chain: int = 1) -> tuple[int, str, dict[str, object]]:
    return seq, "chain.confirmed", {"chain": chain, "upTo": {"number": number}, "status": status}


def test_chain_entry_when_not_final_is_kept() -> None:
    assert first_held([]) is None
    assert first_held([event(2, 10, "finalized")]) is None
    assert first_held([event(2, 10, "finalized"), event(3, 11, "safe"), event(4, 12)]) == 3
    assert first_held([event(2, 10), event(3, 11), confirmed(4, 10)]) == 3
    assert first_held([event(2, 10), confirmed(3, 10, "safe")]) == 2
    assert first_held([event(2, 10), confirmed(3, 99, chain=5)]) == 2
    assert first_held([event(2, 10), confirmed(3, 10)]) is None


def test_moved_log_is_kept_until_its_new_block_is_final() -> None:
    moved = (3, "chain.moved", {"of": [2], "block": {"number": 12}})
    assert first_held([event(2, 10), moved, confirmed(4, 11)]) == 2
    assert first_held([event(2, 10), moved, confirmed(4, 12)]) is None
    assert first_held([event(2, 10), (3, "chain.reverted", {"of": [2], "void": []})]) is None


def game(seq: int, type: str, **body: object) -> tuple[int, str, dict[str, object]]:
    return seq, f"game.{type}", body


def test_game_until_its_final_end_is_kept_whole() -> None:
    match = [game(2, "seated"), game(3, "started"), game(4, "action")]
    assert first_held(match) == 2
    assert first_held([*match, game(5, "ended", result={})]) is None
    assert first_held([*match, game(5, "ended"), game(6, "settled"), game(7, "left")]) is None
    assert first_held([*match, game(5, "ended"), game(6, "started")]) == 6


def test_game_with_a_provisional_end_is_kept_until_the_chain_is_final() -> None:
    match = [game(2, "started"), event(3, 10), game(4, "ended", provisional=True)]
    assert first_held(match) == 2
    assert first_held([*match, confirmed(5, 10)]) is None


async def test_game_when_unfinished_keeps_its_entries(store: SqlStore) -> None:
    log = await aged(store, [1, 2])
    await log.append(store, Draft("game.started", {}), snapshot=Snapshot(log.head + 1, {}))
    for n in range(6):
        await log.append(store, Draft("game.action", {"n": n}, ALICE, f"a{n}"), snapshot=Snapshot(log.head + 1, {}))
    await retain(store, "Room-1", OLD, NOW)
    assert (await seqs(store))[0] == 4


async def test_chain_room_keeps_its_newest_blocks_and_what_is_not_final(store: SqlStore) -> None:
    log = await new_log(store, "Room-1", kind="chain")
    for number in range(1, 11):
        status = "finalized" if number < 6 else "included"
        body = {"chain": 1, "number": number, "status": status}
        seq = log.head + 1
        await log.append(store, Draft("chain.block", body), snapshot=Snapshot(seq, {"upto": seq}))
    assert await keep_blocks(store, 8, NOW) == 3
    assert (await seqs(store))[0] == 4
    assert await keep_blocks(store, 2, NOW) == 3
    assert (await seqs(store))[0] == 7, "the sixth block, entry 7, is not final"
    assert await keep_blocks(store, 50, NOW) == 0


def test_trades_and_balances_that_are_not_final_are_held() -> None:
    block = {"number": 5}
    trade = (3, "market.trade", {"chain": 1, "block": block, "status": "included"})
    confirmed = (4, "chain.confirmed", {"chain": 1, "status": "finalized", "upTo": {"number": 5}})
    assert first_held([trade]) == 3
    assert first_held([trade, confirmed]) is None
    assert first_held([(2, "chain.balance", {"chain": 1, "block": block, "status": "safe"}), trade]) == 2
