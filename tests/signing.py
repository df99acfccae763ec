"""What a wallet or a session key signs under a post, made without the server's code: EIP-712 by eth-account."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import rfc8785
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

ZERO = "0x" + "00" * 32
TYPES = {
    "Post": [
        {"name": "room", "type": "string"},
        {"name": "id", "type": "string"},
        {"name": "type", "type": "string"},
        {"name": "body", "type": "bytes32"},
        {"name": "seenSeq", "type": "uint64"},
        {"name": "seenHash", "type": "bytes32"},
    ]
}


def key(name: str) -> LocalAccount:
    """The same key for the same name, always; never money's."""
    account: LocalAccount = Account.from_key(sha256(b"parlour test key " + name.encode()).digest())
    return account


@dataclass(frozen=True)
class Signable:
    """A post before it is signed; `seen` is `(seq, 0x hash)`, None for nobody saw anything."""

    room: str
    epoch: str
    id: str
    type: str
    body: Any
    seen: tuple[int, str] | None = None
    salt: bytes = field(default=b"\x07" * 16)

    @property
    def body_hash(self) -> bytes:
        raw = self.body if isinstance(self.body, bytes) else rfc8785.dumps(self.body)
        return sha256(self.salt + raw).digest()

    def typed(self) -> Any:
        seq, hash_ = self.seen or (0, ZERO)
        message = {
            "room": self.room,
            "id": self.id,
            "type": self.type,
            "body": self.body_hash,
            "seenSeq": seq,
            "seenHash": bytes.fromhex(hash_[2:]),
        }
        domain = {"name": "Parlour", "version": "1", "salt": sha256(self.epoch.encode()).digest()}
        return encode_typed_data(domain, TYPES, message)

    def sign(self, signer: LocalAccount) -> str:
        return "0x" + bytes(signer.sign_message(self.typed()).signature).hex()

    def request(self, signer: LocalAccount, **changed: Any) -> dict[str, Any]:
        """The object of `room:post`, signed; `changed` is changed after signing, None takes a key out."""
        whole = {
            "room": self.room,
            "id": self.id,
            "type": self.type,
            "body": self.body,
            "salt": "0x" + self.salt.hex(),
            "sig": self.sign(signer),
        }
        if self.seen is not None:
            whole["seen"] = {"seq": self.seen[0], "hash": self.seen[1]}
        return {name: value for name, value in {**whole, **changed}.items() if value is not None}

    def but(self, **changed: Any) -> Signable:
        return replace(self, **changed)


ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


def high_s(sig: str) -> str:
    """The other signature of the same key over the same bytes, which EIP-2 forbids."""
    raw = bytes.fromhex(sig[2:])
    s = ORDER - int.from_bytes(raw[32:64], "big")
    return "0x" + (raw[:32] + s.to_bytes(32, "big") + bytes([55 - raw[64]])).hex()
