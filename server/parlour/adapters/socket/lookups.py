"""Requests about a chain itself: look-ups."""

from __future__ import annotations

from typing import Annotated, Any

from eth_utils.address import is_address
from pydantic import Field

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.chain.abi import checksum
from parlour.errors import Invalid
from parlour.protocol.chain_entries import BlockFacts
from parlour.protocol.replies import Reply
from parlour.protocol.values import BlockRef, Finality, Hash, Hex, JsonObject, Maybe, Request, Shape, Short

TAGS = ("latest", "safe", "finalized")


class ChainLookup(Request):
    """Look up one transaction, block or account on a chain that the server follows; name exactly one of them."""

    chain: Annotated[int, Field(ge=1)]
    tx: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")] | None = None
    block: int | Short | None = None
    """A number, a hash, or one of latest, safe, finalized."""
    address: Short | None = None


class FoundLog(Shape):
    """A log; a known event has `event` and `args`, any other `topics` and `data`."""

    address: str
    log_index: int
    event: Maybe[str] = None
    args: Maybe[JsonObject] = None
    topics: Maybe[list[Hash]] = None
    data: Maybe[Hex] = None


class FoundTransaction(Shape):
    """A transaction; what its receipt says is missing while it is pending."""

    hash: Hash
    from_: str
    to: str | None
    value: str
    nonce: int
    input: Hex
    status: str
    """`pending`, or the status of its block."""
    block: Maybe[BlockRef] = None
    index: Maybe[int] = None
    success: Maybe[bool] = None
    """Missing for transactions from before Byzantium too."""
    gas_used: Maybe[int] = None
    contract: Maybe[str] = None
    """The contract it made."""
    logs: Maybe[list[FoundLog]] = None
    """The first 200."""
    log_count: Maybe[int] = None


class FoundBlock(BlockFacts):
    """A block; `hashes` of its first 1,000 transactions."""

    status: Finality
    hashes: list[Hash]


class FoundAccount(Shape):
    """An account at a block; `codeBytes` above 0 is a contract."""

    address: str
    balance: str
    nonce: int
    code_bytes: int
    block: BlockRef


class LookupReply(Reply):
    """What was asked for, under the same word."""

    tx: Maybe[FoundTransaction] = None
    block: Maybe[FoundBlock] = None
    address: Maybe[FoundAccount] = None


async def lookup(call: Call[ChainLookup]) -> dict[str, Any]:
    """Answer a transaction, a block or an account."""
    asked, lookups = call.parsed(), call.backing.lookups
    if sum(word is not None for word in (asked.tx, asked.block, asked.address)) != 1:
        raise Invalid("Name one of tx, block and address.", details={"path": "tx"})
    if asked.tx is not None:
        return {"tx": await lookups.transaction(asked.chain, asked.tx.lower())}
    if asked.address is not None:
        return {"address": await lookups.address(asked.chain, address(asked.address))}
    return {"block": await lookups.block(asked.chain, _block(asked.block))}


def address(given: str, path: str = "address") -> str:
    """Return an address, EIP-55; raises Invalid, naming the `path` it was given at."""
    if not given.startswith("0x") or not is_address(given):
        raise Invalid(f"{path} is 0x and 40 hex digits.", details={"path": path})
    return checksum(given)


def _block(given: int | str | None) -> int | str:
    if isinstance(given, int):
        if not 0 <= given < 1 << 63:
            raise Invalid("block is a number from 0 on.", details={"path": "block"})
        return given
    if given in TAGS:
        return str(given)
    digits = str(given)
    if len(digits) == 66 and digits.startswith("0x") and all(c in "0123456789abcdefABCDEF" for c in digits[2:]):
        return digits.lower()
    raise Invalid("block is a number, a 32-byte hash, latest, safe or finalized.", details={"path": "block"})


SPECS = (RequestSpec("chain:lookup", ChainLookup, LookupReply, lookup, cost="lookup"),)
