"""Signs for the server: heads of logs, finished games and codes that nobody else can make (protocol §6)."""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64encode
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from parlour.core.identity.secp256k1 import address_of, signer
from parlour.core.log.signed_posts import head_digest

NONCE_BYTES = 12
"""As AES-GCM takes it (RFC 5116)."""
CODE_BYTES = 16
"""128 bits: nobody guesses a code."""


class ServerKey:
    """The server's own secp256k1 key; `adapters/accounts/sessions.py` makes and stores it.

    Attributes:
        address: EIP-55; what verifiers compare with.
    """

    def __init__(self, secret: bytes) -> None:
        self._sign = signer(secret)
        self._codes = hmac.digest(secret, b"codes", "sha256")
        self._cipher = AESGCM(hmac.digest(secret, b"sealing", "sha256"))
        self.address = address_of(secret)

    def code(self, *words: str) -> str:
        """Make a code from some words: always the same for the same words, and unpredictable without the key."""
        digest = hmac.digest(self._codes, orjson.dumps(words), "sha256")
        return urlsafe_b64encode(digest[:CODE_BYTES]).rstrip(b"=").decode()

    def seal(self, purpose: str, data: bytes) -> bytes:
        """Encrypt a secret that is stored, so that it is only read with this key and for the same purpose."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, purpose.encode())

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt what `seal` made; raises cryptography's InvalidTag for anything else."""
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())

    def sign(self, room: str, epoch: str, seq: int, hash_: bytes) -> dict[str, Any]:
        """Sign a log's position: `{room, epoch, seq, hash, by, sig}`, EIP-191 over the JCS of the first four keys."""
        claim = {"epoch": epoch, "hash": "0x" + hash_.hex(), "room": room, "seq": seq}
        return {**claim, "by": self.address, "sig": "0x" + self._sign(head_digest(claim)).hex()}
