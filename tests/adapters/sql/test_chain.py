"""One contract for every ChainStore."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from parlour.adapters.sql.chain import SqlChainStore
from parlour.adapters.sql.rooms import open_store
from parlour.core.chain.blocks import Header
from parlour.core.chain.lanes import Lane
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import Delivered, News
from parlour.runtime.chain.store import ChainStore, Cursor, Step, Sub
from parlour.runtime.chain.store_memory import MemoryChainStore
from parlour.runtime.store import Fenced
from tests.databases import migrated_sqlite

CHAIN = 31337


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ChainStore]:
    if request.param == "memory":
        yield MemoryChainStore()
        return
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").migrated()
    else:
        url = await migrated_sqlite(tmp_path)
    rooms = await open_store(url)
    yield SqlChainStore(rooms.writer, rooms.reader)
    await rooms.close()


def name(number: int, branch: str = "a") -> str:
    return "0x" + f"{branch}{number:03x}".rjust(64, "0")


def header(number: int, branch: str = "a") -> Header:
    return Header(number, name(number, branch), name(number - 1, branch), 1000 + number)


def log(number: int, index: int = 0, branch: str = "a") -> Log:
    return Log(
        "0x" + "11" * 20, ("0x" + "22" * 32,), "0x33", name(number, branch), number, index, "0x" + "44" * 32, 1, 9
    )


def delivered_event(number: int, index: int = 0, branch: str = "a", room: str = "r") -> Delivered:
    return Delivered(f"s:{branch}:{number}:{index}", "w1", room, log(number, index, branch))


def news(n: int, room: str = "r", kind: str = "apply") -> News:
    return News(room, "w1", kind, "chain.event", f"source-{n}", {"n": n})


def cursor(number: int, branch: str = "a", **more: object) -> Cursor:
    return replace(Cursor(CHAIN, "0xgenesis", number, name(number, branch)), **more)  # type: ignore[arg-type]


async def begun(store: ChainStore, upto: int = 3) -> int:
    fence = await store.acquire(CHAIN, "me", 1000, 0)
    headers = [header(n) for n in range(1, upto + 1)]
    await store.commit(Step(cursor(upto), fence, None, headers=headers))
    return fence


async def test_chain_never_followed_has_nothing_to_load(store: ChainStore) -> None:
    await store.acquire(CHAIN, "me", 1000, 0)
    assert await store.load(CHAIN) is None
    assert await store.cursor(CHAIN) is None


async def test_step_when_committed_is_loaded_again(store: ChainStore) -> None:
    fence = await begun(store)
    after = cursor(4, safe=2, finalized=1, audited=1, branch=2, step=7, levels={"included": 4, "3": 2})
    step = Step(after, fence, (3, name(3)), (), [header(4)], [log(4), log(4, 1)], (), [delivered_event(4)], [news(1)])
    await store.commit(step)
    kept = await store.load(CHAIN)
    assert kept is not None
    assert kept.cursor == after
    assert [h.number for h in kept.headers] == [1, 2, 3, 4]
    assert kept.live == [(4, "r", "w1")]
    assert await store.logs(CHAIN, 3, 4) == [log(4), log(4, 1)]
    assert await store.delivered(CHAIN, [name(4)]) == [delivered_event(4)]


async def test_step_from_another_place_is_fenced_and_stores_nothing(store: ChainStore) -> None:
    fence = await begun(store)
    with pytest.raises(Fenced):
        await store.commit(Step(cursor(5), fence, (4, name(4)), headers=[header(5)], news=[news(1)]))
    kept = await store.load(CHAIN)
    assert kept is not None
    assert kept.cursor.number == 3
    assert await store.pending(CHAIN, 10) == []


async def test_same_number_on_another_branch_is_fenced(store: ChainStore) -> None:
    fence = await begun(store)
    with pytest.raises(Fenced):
        await store.commit(Step(cursor(4), fence, (3, name(3, "b")), headers=[header(4)]))


async def test_lease_passes_on_only_after_it_ran_out(store: ChainStore) -> None:
    fence = await begun(store)
    with pytest.raises(Fenced):
        await store.acquire(CHAIN, "other", 1000, 999)
    assert await store.acquire(CHAIN, "me", 1000, 500) == fence
    other = await store.acquire(CHAIN, "other", 1000, 2000)
    assert other > fence
    with pytest.raises(Fenced):
        await store.commit(Step(cursor(4), fence, (3, name(3)), headers=[header(4)]))
    await store.commit(Step(cursor(4), other, (3, name(3)), headers=[header(4)]))


async def test_released_lease_is_free_at_once(store: ChainStore) -> None:
    await begun(store)
    await store.release(CHAIN, "me")
    assert await store.acquire(CHAIN, "other", 1000, 1) > 1


async def test_blocks_when_undone_lose_their_logs_and_records(store: ChainStore) -> None:
    fence = await begun(store)
    await store.commit(
        Step(cursor(4), fence, (3, name(3)), headers=[header(4)], logs=[log(4)], delivered=[delivered_event(4)])
    )
    moved = Delivered("s:a:4:0", "w1", "r", log(5, 0, "b"))
    await store.commit(
        Step(
            cursor(5, "b"), fence, (4, name(4)), [name(4)], [header(4, "b"), header(5, "b")], [log(5, 0, "b")], [moved]
        )
    )
    kept = await store.load(CHAIN)
    assert kept is not None
    assert [h.hash for h in kept.headers][-2:] == [name(4, "b"), name(5, "b")]
    assert await store.logs(CHAIN, 0, 9) == [log(5, 0, "b")]
    assert await store.delivered(CHAIN, [name(4), name(5, "b")]) == [moved]


async def test_cut_removes_what_no_header_knows(store: ChainStore) -> None:
    fence = await begun(store)
    logs = [log(number) for number in (4, 7, 9)]
    told = [delivered_event(number) for number in (4, 7, 9)]
    await store.commit(Step(cursor(9), fence, (3, name(3)), headers=[header(9)], logs=logs, delivered=told))
    above = await store.delivered_above(CHAIN, 4)
    assert sorted(d.log.number for d in above) == [7, 9]
    await store.commit(Step(cursor(4, "b"), fence, (9, name(9)), headers=[header(4, "b")], cut=3))
    kept = await store.load(CHAIN)
    assert kept is not None
    assert [h.number for h in kept.headers] == [1, 2, 3, 4]
    assert await store.logs(CHAIN, 0, 99) == []
    assert await store.delivered_above(CHAIN, 0) == []


async def test_pruning_keeps_blocks_at_the_mark_and_above(store: ChainStore) -> None:
    fence = await begun(store)
    await store.commit(Step(cursor(4), fence, (3, name(3)), headers=[header(4)], logs=[log(4)], prune=3))
    kept = await store.load(CHAIN)
    assert kept is not None
    assert [h.number for h in kept.headers] == [3, 4]
    assert await store.logs(CHAIN, 0, 9) == [log(4)]


async def test_news_wait_in_order_until_done(store: ChainStore) -> None:
    fence = await begun(store)
    some = [news(1), news(2, "other"), news(3)]
    await store.commit(Step(cursor(4), fence, (3, name(3)), headers=[header(4)], news=some))
    rows = await store.pending(CHAIN, 10)
    assert [r.news for r in rows] == some
    assert [r.news.body["n"] for r in await store.pending(CHAIN, 10, rows[0].seq)] == [2, 3]
    await store.done([rows[0].seq])
    assert [r.news.body["n"] for r in await store.pending(CHAIN, 1)] == [2]
    assert await store.backlog(CHAIN) == (2, 0)


async def test_rows_of_rooms_are_read_by_lane_and_number(store: ChainStore) -> None:
    fence = await begun(store)
    paced = [replace(news(n), lane=Lane.PACED) for n in (1, 2, 3)]
    some = [*paced, news(4), replace(news(5, "other"), lane=Lane.PACED), news(6, "third")]
    await store.commit(Step(cursor(4), fence, (3, name(3)), headers=[header(4)], news=some))
    found = await store.room_pending(CHAIN, {"r": 2, "other": 0}, 10)
    assert sorted((r.news.body["n"], r.news.lane) for r in found) == [(1, "paced"), (2, "paced"), (4, "prompt")]
    await store.failed([found[0].seq], "no", park=True)
    left = [r.news.body["n"] for r in await store.room_pending(CHAIN, {"r": 2, "other": 1}, 10)]
    assert sorted(left) == [1, 2, 5]


async def test_rows_are_found_by_source_and_rewritten(store: ChainStore) -> None:
    fence = await begun(store)
    some = [news(1), news(2), news(2, "other"), news(3)]
    await store.commit(Step(cursor(4), fence, (3, name(3)), headers=[header(4)], news=some))
    parked = (await store.pending(CHAIN, 10))[0]
    await store.failed([parked.seq], "no", park=True)
    found = await store.find_rows(CHAIN, "r", ["source-1", "source-2", "source-9"])
    assert [(r.news.body["n"], r.parked) for r in found] == [(1, True), (2, False)]
    await store.rewrite({found[1].seq: {"n": 20}, 999: {"n": 9}})
    await store.rewrite({})
    assert [(r.news.room, r.news.body["n"]) for r in await store.pending(CHAIN, 10)] == [
        ("r", 20), ("other", 2), ("r", 3),
    ]  # fmt: skip
    await store.done([parked.seq])
    assert await store.backlog(CHAIN) == (3, 0)


async def test_block_keeps_the_branch_it_was_applied_in(store: ChainStore) -> None:
    fence = await begun(store)
    await store.commit(Step(cursor(4), fence, (3, name(3)), headers=[replace(header(4), branch=7)]))
    kept = await store.load(CHAIN)
    assert kept is not None
    assert [h.branch for h in kept.headers] == [0, 0, 0, 7]


async def test_row_when_parked_waits_until_it_is_revived(store: ChainStore) -> None:
    fence = await begun(store)
    await store.commit(Step(cursor(4), fence, (3, name(3)), headers=[header(4)], news=[news(1), news(2)]))
    first = (await store.pending(CHAIN, 10))[0]
    await store.failed([first.seq], "no", park=False)
    assert (await store.pending(CHAIN, 10))[0].tries == 1
    await store.failed([first.seq], "no", park=True)
    assert [r.news.body["n"] for r in await store.pending(CHAIN, 10)] == [2]
    assert await store.backlog(CHAIN) == (1, 1)
    assert await store.unpark(CHAIN) == 1
    assert [r.news.body["n"] for r in await store.pending(CHAIN, 10)] == [1, 2]


async def test_watch_is_stored_with_its_step_and_changes_state(store: ChainStore) -> None:
    fence = await begun(store)
    sub = Sub("w1", "r", CHAIN, {"id": "w1", "from": {"number": 3, "hash": name(3)}}, "held", 5, "hook")
    await store.commit(Step(cursor(3, step=1), fence, (3, name(3)), subs=[sub]))
    assert await store.subs(CHAIN) == [sub]
    await store.mark_sub("w1", "active", 6)
    assert [(s.state, s.since) for s in await store.room_subs("r")] == [("active", 6)]
    await store.add_sub(replace(sub, id="w2", room="q"))
    await store.drop_subs(["w1"])
    assert [s.id for s in await store.subs(CHAIN)] == ["w2"]
    assert await store.subs(1) == []


async def test_stored_watch_may_start_with_a_later_step(store: ChainStore) -> None:
    fence = await begun(store)
    sub = Sub("w1", "r", CHAIN, {"id": "w1"}, "new", 5)
    await store.add_sub(sub)
    await store.commit(Step(cursor(3, step=1), fence, (3, name(3)), subs=[replace(sub, state="held")]))
    assert [s.state for s in await store.subs(CHAIN)] == ["held"]


async def test_history_may_bring_logs_that_are_stored_already(store: ChainStore) -> None:
    fence = await begun(store)
    await store.commit(Step(cursor(4), fence, (3, name(3)), headers=[header(4)], logs=[log(4)]))
    sub = Sub("w1", "r", CHAIN, {}, "held", 5)
    step = Step(cursor(4, step=2), fence, (4, name(4)), logs=[log(4), log(4, 1)], subs=[sub])
    await store.commit(step)
    assert await store.logs(CHAIN, 0, 9) == [log(4), log(4, 1)]


async def test_halt_is_stored_until_it_is_lifted(store: ChainStore) -> None:
    await begun(store)
    await store.halt(CHAIN, "a fork below finality")
    at = await store.cursor(CHAIN)
    assert at is not None
    assert at.halted == "a fork below finality"
    await store.halt(CHAIN, "")
    at = await store.cursor(CHAIN)
    assert at is not None
    assert at.halted == ""


async def test_chains_share_no_rows(store: ChainStore) -> None:
    fence = await begun(store)
    other = await store.acquire(10, "other", 1000, 0)
    await store.commit(Step(replace(cursor(3), chain=10), other, None, headers=[header(3, "z")], news=[news(9)]))
    await store.commit(Step(cursor(4), fence, (3, name(3)), headers=[header(4)], prune=4))
    kept = await store.load(10)
    assert kept is not None
    assert [h.hash for h in kept.headers] == [name(3, "z")]
    assert await store.pending(CHAIN, 10) == []
