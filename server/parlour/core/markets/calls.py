"""Calls of pools, factories and tokens: encoded as `eth_call` takes them, and read without trusting the answer."""

from __future__ import annotations

from functools import cache
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from parlour.core.chain.abi import checksum

GAS = 500_000
"""Gas of one call: tokens and pools need a tenth; one that loops is cut off."""
MAX_ANSWER = 64 * 1024
"""Bytes of one answer; a longer one counts as none."""
MAX_SYMBOL = 32
"""Characters of a token's symbol; a longer one is not shown."""
WORD = 64
_ZERO = "0x" + "00" * 20


@cache
def _selector(signature: str) -> str:
    return keccak(text=signature)[:4].hex()


def call_of(to: str, signature: str, *args: Any) -> dict[str, str]:
    """Return the transaction object of a call such as `getPair(address,address)`."""
    kinds = signature[signature.index("(") + 1 : -1]
    data: bytes = encode(kinds.split(","), args) if kinds else b""
    return {"to": to, "data": f"0x{_selector(signature)}{data.hex()}", "gas": hex(GAS)}


def words(answer: Any) -> list[int] | None:
    """Return the 32-byte words of an answer; None where it is none, empty, or longer than it may be."""
    if not isinstance(answer, str) or not answer.startswith("0x") or len(answer) > 2 + 2 * MAX_ANSWER:
        return None
    digits = answer[2:]
    if not digits or len(digits) % WORD:
        return None
    try:
        return [int(digits[at : at + WORD], 16) for at in range(0, len(digits), WORD)]
    except ValueError:
        return None


def signed(word: int) -> int:
    """Return a word as a two's-complement number."""
    return word - (1 << 256) if word >> 255 else word


def address_in(answer: Any) -> str | None:
    """Return the address an answer holds, EIP-55; None for no address, and for the zero address."""
    read = words(answer)
    if not read or read[0] >> 160:
        return None
    address = f"0x{read[0]:040x}"
    return None if address == _ZERO else checksum(address)


def decimals_in(answer: Any) -> int | None:
    """Return a token's decimals; None where it does not say, or says more than a byte holds."""
    read = words(answer)
    return read[0] if read and read[0] <= 255 else None


def symbol_in(answer: Any) -> str | None:
    """Return a token's symbol, from a string or 32 bytes; None where it is not 1 to 32 printable characters."""
    read = words(answer)
    if not read:
        return None
    raw = bytes.fromhex(answer[2:])
    if len(read) > 1 and read[0] == 32 and read[1] <= len(raw) - 64:
        raw = raw[64 : 64 + read[1]]
    else:
        raw = raw[:32].rstrip(b"\0")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if 1 <= len(text) <= MAX_SYMBOL and text.isprintable() else None
