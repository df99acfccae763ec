"""Taps: which logs a part of the server reads for itself, and that the node's filter covers them."""

from __future__ import annotations

import pytest

from parlour.core.chain.blocks import Header
from parlour.core.chain.logs import Log
from parlour.core.chain.receipts import bloom_mask
from parlour.core.chain.routes import Routes
from parlour.core.chain.taps import Tap, Taps

TOPIC, OTHER = "0x" + "aa" * 32, "0x" + "bb" * 32
TOKEN, STRANGER = "0x" + "11" * 20, "0x" + "22" * 20


def transfer(topic: str = TOPIC, address: str = TOKEN, data: str = "0x01") -> Log:
    return Log(address, (topic,), data, "0xb", 1, 0, "0xt")


def test_tap_wants_its_topic_of_its_contract_and_nothing_else() -> None:
    taps = Taps()
    taps.add(Tap("gate", frozenset({TOPIC}), frozenset({TOKEN})))
    assert [tap.id for tap in taps.match(transfer())] == ["gate"]
    assert not taps.match(transfer(topic=OTHER))
    assert not taps.match(transfer(address=STRANGER))
    assert not taps.match(Log(TOKEN, (), "0x", "0xb", 1, 0, "0xt"))


def test_tap_decides_in_memory_which_of_its_logs_are_wanted() -> None:
    members = {"0x02"}
    taps = Taps()
    taps.add(Tap("gate", frozenset({TOPIC}), wants=lambda log: log.data in members))
    assert not taps.match(transfer())
    members.add("0x01")
    assert taps.match(transfer())


def test_filter_and_blooms_follow_taps_that_come_and_go() -> None:
    taps = Taps()
    routes = Routes((), taps)
    bloom = bloom_mask(TOPIC) | bloom_mask(TOKEN)
    header = Header(1, "0xb", "0xa", 0, bloom, 1)
    assert routes.idle
    assert not routes.possible(header)
    taps.add(Tap("gate", frozenset({TOPIC}), frozenset({TOKEN})))
    assert routes.filter() == {"address": [TOKEN], "topics": [[TOPIC]]}
    assert routes.possible(header)
    assert routes.wants(transfer())
    assert not routes.idle
    taps.remove("gate")
    assert routes.idle
    assert not routes.possible(header)
    assert not routes.wants(transfer())


def test_tap_of_the_same_id_replaces_the_older_one() -> None:
    taps = Taps()
    taps.add(Tap("gate", frozenset({TOPIC})))
    taps.add(Tap("gate", frozenset({OTHER})))
    assert len(taps) == 1
    assert taps.places() == {(OTHER, "")}
    taps.remove("nobody")
    assert len(taps) == 1


def test_tap_without_a_topic_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one topic"):
        Taps().add(Tap("all", frozenset()))
