"""What a look-up on a chain answers: a transaction, a block or an account, in the words that entries use (protocol §3).

Raw answers of a node are read without trust; whole numbers that may be large are decimal strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parlour.core.chain.abi import checksum, parse_event
from parlour.core.chain.blocks import Malformed, what_is_odd
from parlour.core.chain.decoding import Undecodable, make_decoder
from parlour.core.chain.quantities import LATEST, WORD, hex_bytes, quantity

_KNOWN = (
    "Transfer(address indexed from, address indexed to, uint256 value)",
    "Transfer(address indexed from, address indexed to, uint256 indexed tokenId)",
    "Approval(address indexed owner, address indexed spender, uint256 value)",
    "Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)",
    "ApprovalForAll(address indexed owner, address indexed operator, bool approved)",
    "TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)",
    "TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, "
    "uint256[] values)",
    "Deposit(address indexed dst, uint256 wad)",
    "Withdrawal(address indexed src, uint256 wad)",
    "Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, "
    "address indexed to)",
    "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, "
    "uint128 liquidity, int24 tick)",
    "Sync(uint112 reserve0, uint112 reserve1)",
)
"""Events of ERC-20, ERC-721, ERC-1155, WETH and Uniswap, told apart by signature and number of topics."""
_DECODERS = {(e.topic0, e.topics): (e.name, make_decoder(e)) for e in map(parse_event, _KNOWN)}
MAX_LOGS = 200
"""Logs of one transaction that an answer shows; `logCount` says how many there are."""
MAX_DATA = 2048
"""Bytes of a log's or a transaction's data that an answer shows."""
_SHOWN_TRANSACTIONS = 1000
"""Transaction hashes of one block that an answer shows."""


def block_answer(raw: Any, status: str) -> dict[str, Any]:
    """Return a block as `chain.block` says it, with its transactions' hashes; raises Malformed."""
    body = block_body(raw)
    hashes = [tx if isinstance(tx, str) else tx["hash"] for tx in raw["transactions"][:_SHOWN_TRANSACTIONS]]
    return {**body, "status": status, "hashes": hashes}


def block_body(raw: Any) -> dict[str, Any]:
    """Return a raw block as entries say it; raises Malformed."""
    try:
        body = {
            "number": quantity(raw["number"]),
            "hash": hex_bytes(raw["hash"], 32),
            "parent": hex_bytes(raw["parentHash"], 32),
            "time": quantity(raw["timestamp"], LATEST),
            "transactions": len(raw["transactions"] or ()),
            "gasUsed": _int(raw, "gasUsed"),
            "gasLimit": _int(raw, "gasLimit"),
            "miner": checksum(raw["miner"]) if raw.get("miner") else None,
            "size": _int(raw, "size"),
        }
        if raw.get("baseFeePerGas") is not None:
            body["baseFee"] = str(quantity(raw["baseFeePerGas"], WORD))
        if raw.get("blobGasUsed") is not None:
            body["blobGasUsed"] = _int(raw, "blobGasUsed")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"not a block: {what_is_odd(error)}") from None
    return body


def _int(raw: Any, key: str) -> int | None:
    """Return a number that some nodes leave out."""
    value = raw.get(key)
    return None if value is None else quantity(value)


def transaction_answer(tx: Any, receipt: Any, status: str | None) -> dict[str, Any]:
    """Return a transaction with its receipt; raises Malformed.

    Args:
        receipt: None while it is pending.
        status: of its block, such as `safe`; None while it is pending.
    """
    try:
        answer: dict[str, Any] = {
            "hash": hex_bytes(tx["hash"], 32),
            "from": checksum(tx["from"]),
            "to": checksum(tx["to"]) if tx.get("to") else None,
            "value": str(quantity(tx["value"], WORD)),
            "nonce": quantity(tx["nonce"]),
            "input": _cut(tx["input"]),
            "status": "pending" if receipt is None else status,
        }
        if receipt is None:
            return answer
        logs = receipt["logs"]
        if receipt.get("status") is not None:
            answer["success"] = quantity(receipt["status"]) == 1
        if receipt.get("contractAddress"):
            answer["contract"] = checksum(receipt["contractAddress"])
        return {
            **answer,
            "block": {"number": quantity(receipt["blockNumber"]), "hash": hex_bytes(receipt["blockHash"], 32)},
            "index": quantity(receipt["transactionIndex"]),
            "gasUsed": quantity(receipt["gasUsed"]),
            "logs": [log_answer(log) for log in logs[:MAX_LOGS]],
            "logCount": len(logs),
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(f"not a transaction: {what_is_odd(error)}") from None


def log_answer(raw: Any) -> dict[str, Any]:
    """Return a log: with `event` and `args` where it is a known one, else with `topics` and `data`."""
    topics: Sequence[str] = [topic.lower() for topic in raw["topics"]]
    place = {"address": checksum(raw["address"]), "logIndex": quantity(raw["logIndex"])}
    known = _DECODERS.get((topics[0], len(topics))) if topics else None
    if known is not None:
        try:
            return {**place, "event": known[0], "args": known[1](topics, raw["data"])}
        except Undecodable:
            pass
    return {**place, "topics": topics, "data": _cut(raw["data"])}


def _cut(data: str) -> str:
    return data if len(data) <= 2 + 2 * MAX_DATA else data[: 2 + 2 * MAX_DATA]


def address_answer(address: str, answers: Sequence[Any], block: dict[str, Any]) -> dict[str, Any]:
    """Return an account's balance, nonce and how many bytes of code it has; raises Malformed.

    Args:
        answers: of `eth_getBalance`, `eth_getTransactionCount` and `eth_getCode`.
    """
    try:
        balance, nonce, code = answers
        return {
            "address": address,
            "balance": str(quantity(balance, WORD)),
            "nonce": quantity(nonce),
            "codeBytes": (len(code) - 2) // 2,
            "block": block,
        }
    except (TypeError, ValueError) as error:
        raise Malformed(f"not an account: {what_is_odd(error)}") from None
