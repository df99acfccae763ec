"""Look-ups: real mainnet blocks and transactions as entries say them, and answers that make no sense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parlour.core.chain.blocks import Malformed
from parlour.core.chain.lookups import (
    MAX_DATA,
    MAX_LOGS,
    address_answer,
    block_answer,
    block_body,
    log_answer,
    transaction_answer,
)
from tests.core.chain.test_logs import DATA

ADDRESS = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"


def mainnet(number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "blocks" / f"mainnet_{number}.json").read_text())
    return found


def sent(tx_hash: str) -> dict[str, Any]:
    return {"hash": tx_hash, "from": ADDRESS.lower(), "to": None, "value": "0x5", "nonce": "0x1", "input": "0x"}


def test_dencun_block_has_its_fees_and_blobs() -> None:
    raw = mainnet(19426587)["block"]
    body = block_body(raw)
    assert (body["number"], body["hash"], body["parent"]) == (19426587, raw["hash"], raw["parentHash"])
    assert body["baseFee"] == str(int(raw["baseFeePerGas"], 16))
    assert body["blobGasUsed"] == int(raw["blobGasUsed"], 16)
    assert body["transactions"] == len(raw["transactions"])


def test_block_before_london_has_no_base_fee() -> None:
    answer = block_answer(mainnet(7000000)["block"], "finalized")
    assert "baseFee" not in answer
    assert answer["status"] == "finalized"
    assert all(len(tx) == 66 for tx in answer["hashes"])


@pytest.mark.parametrize("number", [17034869, 17173049])
def test_receipts_of_a_mainnet_block_are_answered(number: int) -> None:
    events = set()
    for receipt in mainnet(number)["receipts"]:
        known = {"blockNumber": hex(number), "blockHash": "0x" + "ab" * 32, "gasUsed": "0x5208", **receipt}
        answer = transaction_answer(sent("0x" + "cd" * 32), known, "safe")
        assert answer["logCount"] == len(receipt["logs"])
        assert len(answer["logs"]) == min(MAX_LOGS, len(receipt["logs"]))
        events |= {log.get("event") for log in answer["logs"]}
    assert {"Transfer", "Swap", "Approval", None} <= events


def test_pending_transaction_has_no_block() -> None:
    answer = transaction_answer(sent("0x" + "cd" * 32), None, None)
    assert answer["status"] == "pending"
    assert "block" not in answer
    assert (answer["value"], answer["to"]) == ("5", None)


def test_long_data_is_cut_and_odd_logs_stay_raw() -> None:
    topics = ["0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", "0x" + "ff" * 32, "0x" + "ff" * 32]
    log = log_answer({"address": ADDRESS.lower(), "logIndex": "0x1", "topics": topics, "data": "0x" + "00" * 5000})
    assert "event" not in log
    assert len(log["data"]) == 2 + 2 * MAX_DATA


@pytest.mark.parametrize("raw", [None, {}, [], "0x", {"number": "0x1"}, {"number": 1}])
def test_what_is_no_block_is_malformed(raw: Any) -> None:
    with pytest.raises(Malformed):
        block_body(raw)
    with pytest.raises(Malformed):
        transaction_answer(raw, None, None)


@pytest.mark.parametrize("change", [{"gasUsed": hex(2**60)}, {"timestamp": hex(2**50)}, {"baseFeePerGas": hex(2**256)}])
def test_block_that_no_entry_can_hold_is_malformed(change: dict[str, Any]) -> None:
    block = mainnet(17173049)["block"]
    assert block_body(block)["number"] == 17173049
    with pytest.raises(Malformed):
        block_body({**block, **change})


@pytest.mark.parametrize("answers", [[None, None, None], ["0x1"], ["0x", "0x", 5]])
def test_what_is_no_account_is_malformed(answers: list[Any]) -> None:
    with pytest.raises(Malformed):
        address_answer(ADDRESS, answers, {})
