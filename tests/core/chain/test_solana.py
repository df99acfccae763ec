"""Watches of a Solana cluster (experimental): what is refused, and the slots that stand for blocks."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from parlour.core.chain.blocks import read_header
from parlour.core.chain.slots import Slots
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
