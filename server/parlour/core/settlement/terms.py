"""Reads the terms on which a room's games are settled: `room:create {settle: {chain, escrow, …}}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from eth_hash.auto import keccak

from parlour.core.identity.accounts import checksum, has_wrong_checksum
from parlour.core.room import RoomId
from parlour.errors import Invalid

WINDOW_MS = 3_600_000
"""How long a claimed result may be disputed: an hour is enough for somebody who watches."""
MAX_WINDOW_MS = 7 * 86_400_000
DURATION_MS = 86_400_000
"""How long stakes wait for a result: a day is longer than any match, and nobody's money waits longer for nothing."""
MAX_DURATION_MS = 365 * 86_400_000
"""Correspondence games last months."""
MAX_ARBITERS = 16
"""Each signature that is checked costs gas."""
NOBODY = "0x" + "00" * 20
_WORDS = ("chain", "escrow", "stake", "arbiters", "quorum", "window", "duration")
_UINT256, _DIGITS = 2**256, 80


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of every game of a room, as the escrow's `Terms` (contracts/ParlourEscrow.sol).

    Attributes:
        chain: the chain's id.
        address: of the escrow, EIP-55.
        stake: what each player puts in, in wei.
        referee: whose signature counts, EIP-55; `NOBODY` where the players alone sign.
        arbiters: the second referee, EIP-55.
        quorum: how many of them correct a claimed result.
        window: how long (ms) that may be done.
        duration: how long (ms) after the opening every stake may be drawn back.
    """

    chain: int
    address: str
    stake: int
    referee: str
    arbiters: tuple[str, ...]
    quorum: int
    window: int
    duration: int

    def to_json(self) -> dict[str, Any]:
        """Return the terms as `room.created` and views hold them."""
        return {
            "chain": self.chain, "escrow": self.address, "stake": str(self.stake), "referee": self.referee,
            "arbiters": list(self.arbiters), "quorum": self.quorum, "window": self.window, "duration": self.duration,
        }  # fmt: skip

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Terms:
        """Return what `to_json` wrote."""
        return cls(
            kept["chain"], kept["escrow"], int(kept["stake"]), kept["referee"],
            tuple(kept["arbiters"]), kept["quorum"], kept["window"], kept["duration"],
        )  # fmt: skip

    def words(self, table: bytes, nonce: int) -> tuple[Any, ...]:
        """Return the contract's `Terms` of one round, in the order of its fields; times are seconds there."""
        seconds = (self.window // 1000, self.duration // 1000)
        return (table, nonce, self.stake, self.referee, list(self.arbiters), self.quorum, *seconds)

    def game_id(self, table: bytes, nonce: int) -> str:
        """Return the name of one round in the escrow: the hash of its terms, as `idOf` of the contract."""
        return _game_id(self, table, nonce)


TERMS_TYPE = "(bytes32,uint256,uint256,address,address[],uint256,uint64,uint64)"
"""The ABI type of the contract's `Terms`."""


@lru_cache(maxsize=4096)
def _game_id(terms: Terms, table: bytes, nonce: int) -> str:
    from eth_abi.abi import encode  # only here: rooms without a settlement import this module too

    return "0x" + keccak(encode([TERMS_TYPE], [terms.words(table, nonce)])).hex()


def table_of(room: RoomId, epoch: str) -> bytes:
    """Return the table of a room: SHA-256 of its id and of the epoch in which it was created, 32 bytes.

    A restored room keeps its table, so what was put in before still finds its result.
    """
    return sha256(room.encode() + epoch.encode()).digest()


def read_terms(asked: Any, referee: str | None) -> Terms:
    """Check `settle` of a `room:create`.

    Args:
        referee: the address of the server's referee key; None where it has none.

    Raises:
        Invalid: names the key in `details.path`.
    """
    if not isinstance(asked, dict):
        raise _bad("it is an object {chain, escrow, …}", "settle")
    for key in asked:
        if key not in _WORDS:
            raise _bad(f"there is no {str(key)[:40]!r} in it", f"settle.{str(key)[:40]}")
    arbiters = _arbiters(asked.get("arbiters", []))
    return Terms(
        chain=_number(asked, "chain", None, 1, 2**53 - 1),
        address=_address(asked.get("escrow"), "settle.escrow"),
        stake=_stake(asked.get("stake", "1")),
        referee=referee or NOBODY,
        arbiters=arbiters,
        quorum=_number(asked, "quorum", len(arbiters), min(1, len(arbiters)), len(arbiters)),
        window=_number(asked, "window", WINDOW_MS, 0, MAX_WINDOW_MS),
        duration=_number(asked, "duration", DURATION_MS, 60_000, MAX_DURATION_MS),
    )


def _number(asked: dict[str, Any], key: str, default: int | None, least: int, most: int) -> int:
    value = asked.get(key, default)
    if type(value) is not int or not least <= value <= most:
        raise _bad(f"{key} is a number from {least} to {most}", f"settle.{key}")
    return value


def _stake(given: Any) -> int:
    digits = given if isinstance(given, str) and len(given) <= _DIGITS else ""
    if not digits.isascii() or not digits.isdigit() or not 0 < int(digits) < _UINT256:
        raise _bad("stake is wei as decimal digits, 1 at least", "settle.stake")
    return int(digits)


def _arbiters(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or len(given) > MAX_ARBITERS:
        raise _bad(f"arbiters is a list of at most {MAX_ARBITERS} addresses", "settle.arbiters")
    found = tuple(_address(each, f"settle.arbiters[{at}]") for at, each in enumerate(given))
    if len(set(found)) < len(found):
        raise _bad("an arbiter is named once", "settle.arbiters")
    return found


def _address(given: Any, path: str) -> str:
    try:
        address = checksum(given if isinstance(given, str) else "")
    except Invalid:
        raise _bad(f"{str(given)[:60]!r} is not an address", path) from None
    if has_wrong_checksum(given):
        raise _bad(f"{given} has a wrong EIP-55 checksum", path)
    return address


def _bad(why: str, path: str) -> Invalid:
    return Invalid(f"The room cannot be settled like that: {why}.", details={"path": path})
