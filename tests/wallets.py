"""Wallets for tests: what signs a sign-in text, without eth-account's weight."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import base58
from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eth_hash.auto import keccak

from parlour.core.identity import siwe, solana
from parlour.core.identity.accounts import checksum
from parlour.core.identity.secp256k1 import personal_digest

ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


@dataclass
class Wallet:
    """An externally owned account."""

    key: PrivateKey = field(default_factory=PrivateKey)

    @property
    def address(self) -> str:
        return checksum("0x" + keccak(self.key.public_key.format(compressed=False)[1:])[-20:].hex())

    def sign_digest(self, digest: bytes) -> bytes:
        plain: bytes = self.key.sign_recoverable(digest, hasher=None)
        return plain[:64] + bytes([plain[64] + 27])

    def sign(self, text: str) -> str:
        """personal_sign."""
        return "0x" + self.sign_digest(personal_digest(text.encode())).hex()


@dataclass
class SolanaWallet:
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def address(self) -> str:
        return str(base58.b58encode(self.key.public_key().public_bytes_raw()).decode())

    def sign(self, text: str) -> str:
        return str(base58.b58encode(self.key.sign(text.encode())).decode())


def message_for(answer: dict[str, Any], address: str, **changes: Any) -> siwe.Message:
    """The message an honest client makes of the answer of `GET /auth/nonce`."""
    message = siwe.Message(
        domain=answer["domain"],
        address=address,
        uri=answer["uri"],
        chain_id=str(answer["chainIds"][0]),
        nonce=answer["nonce"],
        issued_at=answer["issuedAt"],
        expiration_time=answer["expirationTime"],
        statement=answer["statement"],
    )
    return replace(message, **changes)


def solana_text(answer: dict[str, Any], address: str, **changes: Any) -> str:
    changes = {"chain_id": answer["solanaChains"][0], **changes}
    return solana.build(message_for(answer, address, namespace="solana", **changes))
