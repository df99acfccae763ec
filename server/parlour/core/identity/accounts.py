"""Rewrites addresses and account ids in their one spelling (protocol §1).

An externally owned account is its EIP-55 address, the same on every EVM chain. A contract lives on one chain, so its
account is CAIP-10: `eip155:<chainId>:<address>`. A Solana account is `solana:<chain>:<base58>`.
"""

from __future__ import annotations

import re
from functools import lru_cache

import base58
from eth_hash.auto import keccak

from parlour.core.room import Account
from parlour.errors import Invalid

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_CONTRACT = re.compile(r"eip155:([1-9][0-9]{0,31}|0):(0[xX][0-9a-fA-F]{40})")
_SOLANA = re.compile(r"solana:([a-z0-9-]{1,32}):([1-9A-HJ-NP-Za-km-z]{32,44})")
SOLANA_KEY_BYTES = 32
"""An ed25519 public key."""


@lru_cache(maxsize=65536)
def checksum(address: str) -> str:
    """Return the EIP-55 spelling of `0x` and 40 hex digits of any case.

    Raises:
        Invalid: not an address.
    """
    if _ADDRESS.fullmatch(address) is None:
        raise Invalid("An address is 0x and 40 hexadecimal digits.")
    lower = address[2:].lower()
    digest = keccak(lower.encode()).hex()
    return "0x" + "".join(c.upper() if int(nibble, 16) >= 8 else c for c, nibble in zip(lower, digest, strict=False))


def is_checksummed(address: str) -> bool:
    """Return whether this is an EVM address in EIP-55 spelling."""
    return _ADDRESS.fullmatch(address) is not None and checksum(address) == address


def has_wrong_checksum(address: str) -> bool:
    """Return whether an EVM address mixes cases, as EIP-55 does, in another way than its checksum says."""
    digits = address[2:]
    return digits not in (digits.lower(), digits.upper()) and not is_checksummed(address)


def contract_account(chain: int, address: str) -> Account:
    """Return the CAIP-10 account of a contract; raises Invalid."""
    return f"eip155:{chain}:{checksum(address)}"


def solana_account(chain: str, address: str) -> Account:
    """Return the account of a Solana address on a cluster."""
    return f"solana:{chain}:{address}"


def normal_account(text: str) -> Account:
    """Return the one spelling of an account id, which a client may write in several ways.

    Raises:
        Invalid: not an account of any kind we know.
    """
    if _ADDRESS.fullmatch(text):
        return checksum(text)
    if found := _CONTRACT.fullmatch(text):
        return contract_account(int(found[1]), found[2])
    if (found := _SOLANA.fullmatch(text)) and len(base58.b58decode(found[2])) == SOLANA_KEY_BYTES:
        return text
    raise Invalid("An account is an address, eip155:<chain>:<address> or solana:<chain>:<address>.")


def account_of(text: str) -> Account:
    """Return the one spelling of an account or of an API key's name; raises Invalid."""
    return text if text.startswith("app:") else normal_account(text)


def spelled(text: str) -> Account:
    """Return the one spelling where `text` is an account, else `text` unchanged."""
    try:
        return normal_account(text)
    except Invalid:
        return text


def address_on(account: Account, chain: int) -> str | None:
    """Return the address an account has on an EVM chain, or None: a contract lives on one chain alone."""
    if _ADDRESS.fullmatch(account):
        return account
    found = _CONTRACT.fullmatch(account)
    return found[2] if found and int(found[1]) == chain else None
