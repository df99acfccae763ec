"""Parses and builds the text of Sign-In With Solana (CAIP-122), and verifies its ed25519 signature (RFC 8032).

It has the fields of EIP-4361 under another first line, and everything after the address may be missing. The server
issues URI, Version, Nonce and Issued At, so the text must hold them. Without a Chain ID the cluster is mainnet, as
Solana's wallet standard says. A statement of several lines, which some wallets sign, is refused: CAIP-122 forbids it.
"""

from __future__ import annotations

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from parlour.core.identity.accounts import SOLANA_KEY_BYTES
from parlour.core.identity.siwe import (
    Fields,
    Message,
    check_nonce,
    check_request_id,
    check_statement,
    check_time,
    check_uri,
    check_version,
    field_lines,
    malformed,
    read_header,
    split_lines,
)

HEADER = " wants you to sign in with your Solana account:"
SIGNATURE_BYTES = 64
"""An ed25519 signature."""
CLUSTERS = {
    "mainnet": "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
    "devnet": "EtWTRABZaYq6iMfeYKouRu166VU2xqa1",
    "testnet": "4uhcVJyU9pJkvQyS88uRDiswHXSGkY3z",
}
"""Cluster names and their CAIP-2 references (the first 32 characters of the genesis hash)."""
_BY_NAME = {spelling: name for name, genesis in CLUSTERS.items() for spelling in (name, genesis)} | {
    "localnet": "localnet",
    "mainnet-beta": "mainnet",
}
CLUSTER_NAMES = frozenset(_BY_NAME.values())
_SMALL_ORDER = frozenset(
    bytes.fromhex(y)
    for y in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)
"""Points of small order, sign bit cleared: anybody can sign for such a "key". The System Program's address is one."""


def parse(text: str) -> Message:
    """Parse a Solana sign-in text; the chain is its cluster's name.

    Raises:
        SignInRefused: `malformed`, with a sentence that names the line.
    """
    lines = list(split_lines(text))
    scheme, domain = read_header(lines[0], HEADER)
    address = lines[1] if len(lines) > 1 else ""
    if public_key(address) is None:
        raise malformed("the address is not an ed25519 public key in base58")
    statement, start = _statement(lines)
    fields = Fields(lines[start] if start < len(lines) else "", iter(lines[start + 1 :]))
    uri = check_uri(fields.required("URI: "))
    version = check_version(fields.required("Version: "))
    chain_id = fields.optional("Chain ID: ", check_cluster)
    nonce = check_nonce(fields.required("Nonce: "))
    issued_at = check_time(fields.required("Issued At: "))
    expiration_time = fields.optional("Expiration Time: ", check_time)
    not_before = fields.optional("Not Before: ", check_time)
    request_id = fields.optional("Request ID: ", check_request_id)
    if chain_id is None:  # CAIP-122 puts it here, the wallet standard above
        chain_id = fields.optional("Chain ID: ", check_cluster)
    resources = fields.resources()
    fields.end()
    return Message(
        domain=domain,
        address=address,
        uri=uri,
        chain_id=chain_id or "mainnet",
        nonce=nonce,
        issued_at=issued_at,
        statement=statement,
        expiration_time=expiration_time,
        not_before=not_before,
        request_id=request_id,
        resources=resources,
        scheme=scheme,
        version=version,
        namespace="solana",
    )


def build(message: Message) -> str:
    """Build the text that a wallet of Solana's wallet standard makes from these fields."""
    scheme = f"{message.scheme}://" if message.scheme else ""
    statement = "" if message.statement is None else f"\n{message.statement}\n"
    lines = [
        f"{scheme}{message.domain}{HEADER}",
        f"{message.address}\n{statement}",
        *field_lines(message),
    ]
    return "\n".join(lines)


def check_cluster(text: str) -> str:
    """Return a cluster's name for each of its spellings: `mainnet`, `solana:mainnet`, the CAIP-2 reference."""
    return _BY_NAME.get(text.removeprefix("solana:"), text)


def public_key(address: str) -> bytes | None:
    """Return the 32 bytes of an address; None if it is no address, or a key that anybody can sign for."""
    if not 32 <= len(address) <= 44:
        return None
    try:
        key: bytes = base58.b58decode(address)
    except ValueError:
        return None
    if len(key) != SOLANA_KEY_BYTES or key[:31] + bytes([key[31] & 0x7F]) in _SMALL_ORDER:
        return None
    return key


def verifies(address: str, message: bytes, signature: bytes) -> bool:
    """Return whether this is the address's signature over exactly these bytes (RFC 8032)."""
    key = public_key(address)
    if key is None or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _statement(lines: list[str]) -> tuple[str | None, int]:
    """Return the statement and the index of the first field; a blank line stands before each that is there.

    CAIP-122, as EIP-4361, keeps the blank line of a statement that is not there; Solana's wallets do not.
    """
    if len(lines) < 4 or lines[2] != "":
        raise malformed("a blank line is missing")
    if len(lines) > 4 and lines[4] == "":
        return check_statement(lines[3]), 5
    return None, 4 if lines[3] == "" else 3
