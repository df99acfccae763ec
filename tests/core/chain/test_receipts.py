"""Blooms and receipts roots against real blocks (tests/data/SOURCES.md)."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import rlp  # type: ignore[import-untyped]
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize("path", BLOCKS, ids=lambda p: p.stem)
def test_root_with_the_blooms_of_the_node_is_the_same_where_those_are_right(path: Path) -> None:
    data = load(path)
    root = read_header(data["block"]).receipts_root
    assert receipts_root(data["receipts"], trust_blooms=True) == root
    without = [{name: value for name, value in each.items() if name != "logsBloom"} for each in data["receipts"]]
    assert receipts_root(without, trust_blooms=True) == root
    data["receipts"][0]["logsBloom"] = "0x" + "11" * 256
    assert receipts_root(data["receipts"], trust_blooms=True) != root


HEX = st.binary(max_size=70).map(lambda value: "0x" + value.hex())
LOG = st.fixed_dictionaries(
    {
        "address": st.binary(min_size=20, max_size=20).map(lambda value: "0x" + value.hex()),
        "topics": st.lists(st.binary(min_size=32, max_size=32).map(lambda value: "0x" + value.hex()), max_size=4),
        "data": HEX,
    }
)
RECEIPT = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["0x0", "0x1"]),
        "cumulativeGasUsed": st.integers(0, 2**40).map(hex),
        "type": st.sampled_from(["0x0", "0x2", "0x7e"]),
        "depositNonce": st.none() | st.integers(0, 300).map(hex),
        "logs": st.lists(LOG, max_size=3),
    }
)


@settings(max_examples=50)
@given(st.lists(RECEIPT, max_size=5), st.sampled_from([1, 40, 60]))
def test_root_is_that_of_a_trie_encoded_by_the_rlp_library(drawn: list[Any], times: int) -> None:
    receipts = [{**receipt, "transactionIndex": hex(at)} for at, receipt in enumerate(drawn * times)]
    assert receipts_root(receipts) == reference_root(receipts)


def reference_root(receipts: list[Any]) -> str:
    """The root as the Yellow Paper has it, by the `rlp` library and a map of whole tries."""

    def raw(value: str) -> bytes:
        return bytes.fromhex(value[2:])

    def number(value: str) -> bytes:
        return rlp.sedes.big_endian_int.serialize(int(value, 16))

    def encoded(receipt: Any) -> bytes:
        logs = [[raw(log["address"]), [raw(t) for t in log["topics"]], raw(log["data"])] for log in receipt["logs"]]
        bloom = logs_bloom(receipt["logs"]).to_bytes(256, "big")
        items = [number(receipt["status"]), number(receipt["cumulativeGasUsed"]), bloom, logs]
        kind = int(receipt["type"], 16)
        if kind == 0x7E and receipt["depositNonce"] is not None:
            items.append(number(receipt["depositNonce"]))
        return bytes([kind] if kind else []) + rlp.encode(items)

    def path(nibbles: str, leaf: bool) -> bytes:
        flag = "23"[len(nibbles) % 2] if leaf else "01"[len(nibbles) % 2]
        return bytes.fromhex(flag + ("0" if len(nibbles) % 2 == 0 else "") + nibbles)

    def reference(node: Any) -> Any:
        return node if len(rlp.encode(node)) < 32 else keccak(rlp.encode(node))

    def trie(leaves: dict[str, bytes]) -> Any:
        if len(leaves) == 1:
            [(key, value)] = leaves.items()
            return [path(key, True), value]
        first, last = min(leaves), max(leaves)
        shared = first[: next((n for n, digit in enumerate(first) if digit != last[n]), len(first))]
        if shared:
            return [path(shared, False), reference(trie({key[len(shared) :]: v for key, v in leaves.items()}))]
        below = [{key[1:]: v for key, v in leaves.items() if key.startswith(digit)} for digit in "0123456789abcdef"]
        return [*(reference(trie(each)) if each else b"" for each in below), leaves.get("", b"")]

    leaves = {rlp.encode(at).hex(): encoded(receipt) for at, receipt in enumerate(receipts)}
    return "0x" + keccak(rlp.encode(trie(leaves) if leaves else b"")).hex()


def test_bloom_mask_has_at_most_three_bits() -> None:
    assert 1 <= bloom_mask("0x" + "ab" * 20).bit_count() <= 3
