"""Makes the transactions that bring results to an escrow: call data, and signed legacy transactions (EIP-155)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_hash.auto import keccak

from parlour.core.chain.rlp import rlp_list, rlp_string
from parlour.core.settlement.result import RESULT_TYPE, words
from parlour.core.settlement.terms import TERMS_TYPE, Terms
from parlour.runtime.settlement.keys import SettlementKey

_CLAIM = keccak(f"claim({TERMS_TYPE},{RESULT_TYPE},bytes[])".encode())[:4]
_SETTLE = keccak(f"settle({TERMS_TYPE},{RESULT_TYPE})".encode())[:4]


@dataclass(frozen=True, slots=True)
class Transaction:
    """A call of a contract, not signed yet.

    Attributes:
        nonce: of the sending account.
        price: wei per gas.
    """

    chain: int
    nonce: int
    price: int
    gas: int
    to: str
    data: bytes

    def signed(self, key: SettlementKey) -> tuple[bytes, str]:
        """Return the raw bytes and the hash, `0x` hex."""
        about = [*map(_number, (self.nonce, self.price, self.gas)), bytes.fromhex(self.to[2:]), b"", self.data]
        signature = key.sign(keccak(_listed([*about, _number(self.chain), b"", b""])))
        r, s, parity = signature[:32].lstrip(b"\0"), signature[32:64].lstrip(b"\0"), signature[64] - 27
        raw = _listed([*about, _number(self.chain * 2 + 35 + parity), r, s])
        return raw, "0x" + keccak(raw).hex()


def claim_data(terms: Terms, settlement: Mapping[str, Any]) -> bytes:
    """Return the call data of `claim`.

    Args:
        settlement: of a `game.ended`, with its signature.
    """
    return _CLAIM + encode(
        [TERMS_TYPE, RESULT_TYPE, "bytes[]"],
        [*_of(terms, settlement), [bytes.fromhex(settlement["sig"][2:])]],
    )


def settle_data(terms: Terms, settlement: Mapping[str, Any]) -> bytes:
    """Return the call data of `settle`."""
    return _SETTLE + encode([TERMS_TYPE, RESULT_TYPE], _of(terms, settlement))


def _of(terms: Terms, settlement: Mapping[str, Any]) -> list[Any]:
    message = settlement["typedData"]["message"]
    result = words(message)
    return [terms.words(result[0], result[4]), result]


def _listed(items: Sequence[bytes]) -> bytes:
    return rlp_list(b"".join(map(rlp_string, items)))


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
