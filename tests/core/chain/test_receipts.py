"""Blooms and receipts roots against real blocks (tests/data/SOURCES.md)."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from parlour.core.chain.blocks import Malformed, read_header
from parlour.core.chain.logs import read_logs
from parlour.core.chain.receipts import bloom_mask, logs_bloom, receipts_root

BLOCKS = sorted((Path(__file__).parents[2] / "data" / "blocks").glob("*.json"))


def load(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("path", BLOCKS, ids=lambda p: p.stem)
def test_receipts_of_a_real_block_give_its_receipts_root(path: Path) -> None:
    data = load(path)
    assert receipts_root(data["receipts"]) == read_header(data["block"]).receipts_root


@pytest.mark.parametrize("path", BLOCKS, ids=lambda p: p.stem)
def test_logs_of_a_real_block_give_its_bloom(path: Path) -> None:
    data = load(path)
    assert logs_bloom([log for r in data["receipts"] for log in r["logs"]]) == read_header(data["block"]).bloom


@pytest.mark.parametrize("path", BLOCKS, ids=lambda p: p.stem)
def test_logs_of_a_real_block_read_as_its_own(path: Path) -> None:
    data = load(path)
    header = read_header(data["block"])
    logs = read_logs([log for r in data["receipts"] for log in r["logs"]], header)
    assert [log.index for log in logs] == list(range(len(logs)))


def test_missing_log_shows_in_the_root_and_mostly_not_in_the_bloom() -> None:
    data = load(next(p for p in BLOCKS if "17173049" in p.stem))
    root, bloom = receipts_root(data["receipts"]), read_header(data["block"]).bloom
    hidden = 0
    for at, receipt in enumerate(data["receipts"]):
        if not receipt["logs"]:
            continue
        short = deepcopy(data["receipts"])
        short[at]["logs"].pop()
        assert receipts_root(short) != root
        hidden += logs_bloom([log for r in short for log in r["logs"]]) == bloom
        if hidden > 3:
            break
    assert hidden, "the bloom alone would have noticed every missing log"


def test_receipts_out_of_order_are_refused() -> None:
    receipts = load(BLOCKS[0])["receipts"]
    with pytest.raises(Malformed):
        receipts_root(receipts[::-1] if len(receipts) > 1 else [{}])


def test_receipt_without_its_fields_is_refused() -> None:
    with pytest.raises(Malformed):
        receipts_root([{"transactionIndex": "0x0"}])


def test_root_of_no_receipts_is_that_of_the_empty_trie() -> None:
    assert receipts_root([]) == "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


def test_bloom_mask_has_at_most_three_bits() -> None:
    assert 1 <= bloom_mask("0x" + "ab" * 20).bit_count() <= 3
