"""core/chain/room_news.py: what a reorg does to delivered events, and how entries name them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from parlour.core.chain.blocks import Header
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import (
    Delivered,
    Origin,
    Rise,
    confirmation_news,
    correction_news,
    event_news,
    gap_news,
    split_moved,
    status_at,
)
from parlour.core.chain.routes import Route, Routes

HERE = Origin(chain=1, branch=2)
CONTRACT = "0x" + "c0" * 20
LEVELS = {"included": 10, "safe": 8, "finalized": 5}


def route(watch: str = "w", room: str = "r", confirm: Any = ()) -> Route:
    record = {"id": watch, "chain": 1, "address": CONTRACT, "event": "Ping(uint256 value)", "finality": "included"}
    return Route(room, {**record, "confirm": confirm, "from": {"number": 0}})


def log(number: int, index: int = 0, *, branch: str = "a", tx: str = "t1", value: int = 7) -> Log:
    topic = next(iter(route().topics0))
    return Log(CONTRACT, (topic,), f"0x{value:064x}", f"{branch}{number}", number, index, tx, time=number * 12)


def delivered(at: Log, watch: str = "w", room: str = "r") -> Delivered:
    return Delivered(f"{room}:{watch}:{at.block}:{at.index}", watch, room, at)


def test_event_entry_names_its_block_and_status_under_a_unique_source() -> None:
    news, record = event_news(route(), log(8, 3), HERE, LEVELS)
    assert (news.type, news.source) == ("chain.event", "chain:1:2:a8:3:apply:w")
    assert (news.body["status"], news.body["args"], news.body["logIndex"]) == ("safe", {"value": "7"}, 3)
    assert (record.source, record.room, record.log.number) == (news.source, "r", 8)
    assert [status_at(n, LEVELS) for n in (5, 6, 8, 9)] == ["finalized", "safe", "safe", "included"]


def test_transaction_with_the_same_logs_in_another_block_is_moved() -> None:
    old, new = [log(9, 0), log(9, 1, value=8)], [log(10, 4, branch="b"), log(10, 5, branch="b", value=8)]
    split = split_moved([delivered(at) for at in old], [(route(), at) for at in new])
    assert [(record.log.index, now.index) for record, now in split.moved] == [(0, 4), (1, 5)]
    assert (split.gone, split.fresh) == ([], [])


def test_transaction_with_one_log_more_is_gone_and_fresh() -> None:
    new = [log(10, 0, branch="b"), log(10, 1, branch="b", value=8)]
    split = split_moved([delivered(log(9))], [(route(), at) for at in new])
    assert (split.moved, [r.log.number for r in split.gone]) == ([], [9])
    assert [at for _, at in split.fresh] == new


def test_transaction_moves_for_one_watch_and_is_gone_for_another() -> None:
    undone = [delivered(log(9), "kept"), delivered(log(9), "lost")]
    split = split_moved(undone, [(route("kept"), log(10, branch="b"))])
    assert [record.watch for record, _ in split.moved] == ["kept"]
    assert [record.watch for record in split.gone] == ["lost"]


def test_corrections_of_a_room_are_one_revert_and_a_move_per_block() -> None:
    ancestor = Header(8, "a8", "a7", 96)
    moved = [(delivered(log(9)), log(10, branch="b")), (delivered(log(9, 1)), log(11, branch="b"))]
    gone = [delivered(log(9, 2, tx="t2")), delivered(log(10, 0, tx="t3"))]
    news = correction_news(HERE, ancestor, moved, gone)
    assert [(n.type, n.body["block"]["number"], len(n.body["of"])) for n in news] == [
        ("chain.moved", 10, 1), ("chain.moved", 11, 1), ("chain.reverted", 8, 2),
    ]  # fmt: skip
    assert news[2].body["of"] == [gone[1].source, gone[0].source], "the newest event is reverted first"


def test_confirmation_goes_to_rooms_whose_event_was_reached_in_this_step() -> None:
    watches = {"reached": ["safe"], "not yet": ["safe"], "before": ["safe"], "other level": ["finalized"]}
    routes = Routes([route(room, room, confirm) for room, confirm in watches.items()])
    live = {6: {("reached",) * 2}, 9: {("not yet",) * 2}, 5: {("before",) * 2}, 7: {("other level",) * 2}}
    rise = Rise({"included": 9, "safe": 5, "finalized": 3}, LEVELS, {8: "a8", 5: "a5"})
    news = confirmation_news(HERE, routes, live, [], rise)
    assert [(n.room, n.source) for n in news] == [("reached", "chain:1:2:a8:-:confirm:safe")]
    assert news[0].body == {"chain": 1, "upTo": {"number": 8, "hash": "a8"}, "status": "safe"}


def test_event_of_this_step_is_confirmed_only_by_a_number_of_blocks() -> None:
    routes = Routes([route("w", "r", ["safe", 2])])
    levels = {**LEVELS, "2": 9}
    rise = Rise({"included": 9, "safe": 5, "finalized": 3, "2": 7}, levels, {8: "a8", 9: "a9", 5: "a5"})
    news = confirmation_news(HERE, routes, {}, [delivered(log(8))], rise)
    assert [(n.body["status"], n.body["confirmations"]) for n in news] == [("included", 2)]


def test_gap_names_the_first_and_last_event_that_were_left_out() -> None:
    lost = [log(4), replace(log(6), index=2)]
    news = gap_news(route(), HERE, lost, "rate")
    assert (news.body["from"]["number"], news.body["to"]["number"]) == (4, 6)
    assert (news.body["dropped"], news.body["reason"]) == (2, "rate")
