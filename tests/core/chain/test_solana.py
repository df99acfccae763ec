"""Watches of a Solana cluster (experimental): what is refused, and the slots that stand for blocks."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from parlour.core.chain.blocks import read_header
from parlour.core.chain.slots import AHEAD, BEGAN, FASTEST, MOST_TOLD, Slots
from parlour.core.chain.solana import address_of, named, read_watch, skip_name, slot_name, topic_of
from parlour.errors import Invalid

BOB = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM"


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"address": "0x" + "11" * 20}, "address"), ({"address": BOB + "zz"}, "address"), ({"address": []}, "address"),
        ({"address": [BOB] * 33}, "address"), ({"address": [[BOB]]}, "address"), ({"address": None}, "address"),
        ({"event": "Staked(uint256)"}, "event"), ({"event": ["logs"]}, "event"), ({"event": None}, "event"),
        ({"fromBlock": 1}, "fromBlock"), ({"where": {}}, "where"), ({"balance": {"account": BOB}}, "balance"),
        ({"finality": "soon"}, "finality"), ({"blocks": False}, "address"),
    ],
)  # fmt: skip
def test_watch_that_a_cluster_cannot_serve_is_refused(asked: Any, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_watch({"chain": 103, "address": BOB, "event": "logs", **asked})
    assert refused.value.details == {"path": f"watch.{path}"}


def test_watch_keeps_each_address_once() -> None:
    watch = read_watch({"chain": 103, "address": [BOB, BOB], "event": "account"})
    levels = {"finality": "included", "confirm": ["finalized"]}
    assert watch == {"chain": 103, "address": [BOB], "event": "account", **levels}


def test_names_and_topics_can_be_read_back() -> None:
    assert (named(slot_name(7)), named(skip_name(5, 7)), named("0x" + "00" * 32)) == ((7, None), (7, 5), None)
    assert address_of(topic_of(BOB)) == BOB


def heard(*slots: tuple[int, int], root: int = 1) -> Slots:
    made = Slots()
    for slot, parent in slots:
        made.add(slot, parent, root, slot)
    return made


def test_blocks_of_a_branch_are_linked_over_skipped_and_unheard_slots() -> None:
    slots = heard((10, 9), (12, 10), (13, 12), (20, 19), (23, 20), (24, 23))
    headers = [read_header(slots.block(number)) for number in range(5, 24)]
    assert all(child.parent == parent.hash for parent, child in pairwise(headers))
    assert [h.number for h in headers if h.hash != slot_name(h.number)] == [11, 21, 22]
    assert slots.block(24) is None
    assert all(slots.block_named(header.hash) == header.raw for header in headers)


def test_dropped_slot_is_on_no_branch_but_keeps_its_name() -> None:
    slots = heard((10, 9), (11, 10), (12, 10), (13, 12))
    branch = [slots.block(number) for number in (10, 11, 12)]
    assert [block and block["hash"] for block in branch] == [slot_name(10), skip_name(10, 11), slot_name(12)]
    dropped = slots.block_named(slot_name(11))
    assert dropped is not None
    assert dropped["parentHash"] == slot_name(10)


@pytest.mark.parametrize(
    "slot",
    [(2**60, 9, 1), (10 + AHEAD + 1, 10, 1), (12, 12, 1), (12, 13, 1), (12, 11, 13), (-1, -2, -3), (12, 11, -1),
     ("12", 11, 1), (12.0, 11, 1), (True, False, False), (12, None, 1)],
)  # fmt: skip
def test_slot_that_cannot_be_is_not_believed(slot: Any) -> None:
    slots = heard((10, 9))
    with pytest.raises((ValueError, TypeError)):
        slots.add(*slot, 10)
    assert (slots.head, slots.root) == (9, 1)


def test_slot_may_lie_as_far_ahead_as_time_went_by() -> None:
    slots = heard((10, 9))
    with pytest.raises(ValueError, match="too far ahead"):
        slots.add(100_000, 99_999, 1, 11)
    slots.add(100_000, 99_999, 1, 10 + 100_000 // FASTEST)
    assert slots.head == 99_999


def test_first_slot_may_be_one_of_a_cluster_that_began_in_2020() -> None:
    year = 365 * 86_400
    slots = Slots()
    with pytest.raises(ValueError, match="too far ahead"):
        slots.add(2**40, 2**40 - 1, 1, BEGAN + 6 * year)
    slots.add(400_000_000, 399_999_999, 399_999_968, BEGAN + 6 * year)
    assert slots.head == 399_999_999


def test_what_is_told_of_a_slot_far_ahead_or_without_end_is_not_kept() -> None:
    slots = heard((10, 9))
    with pytest.raises(ValueError, match="too far ahead"):
        slots.note("logs", 11 + AHEAD, topic_of(BOB), "sig", {})
    for _ in range(MOST_TOLD + 5):
        slots.note("logs", 10, topic_of(BOB), "sig", {})
    assert len(slots.logs({"blockHash": slot_name(10), "topics": [[topic_of(BOB)]]})) == MOST_TOLD
