"""Signing posts in `signed` rooms: EIP-712 over the post and the head its author had seen (protocol section 6)."""

from __future__ import annotations

from hashlib import sha256
from secrets import token_bytes
from typing import Any

import rfc8785
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from parlour_client.entries import Position

SALT_BYTES = 16
_TYPES = {
    "Post": [
        {"name": "room", "type": "string"},
        {"name": "id", "type": "string"},
        {"name": "type", "type": "string"},
        {"name": "body", "type": "bytes32"},
        {"name": "seenSeq", "type": "uint64"},
        {"name": "seenHash", "type": "bytes32"},
    ]
}


def signed(post: dict[str, Any], seen: Position, signer: LocalAccount) -> dict[str, Any]:
    """Return the object of `room:post` with `sig`, `salt` and `seen`.

    Args:
        post: names the room as the server spells it.
        seen: the newest entry its author knows.
    """
    body, salt = post["body"], token_bytes(SALT_BYTES)
    raw = body if isinstance(body, bytes) else rfc8785.dumps(body)
    message = {
        "room": post["room"],
        "id": post["id"],
        "type": post["type"],
        "body": sha256(salt + raw).digest(),
        "seenSeq": seen.seq if seen.hash else 0,
        "seenHash": bytes.fromhex(seen.hash[2:]) if seen.hash else bytes(32),
    }
    domain = {"name": "Parlour", "version": "1", "salt": sha256(seen.epoch.encode()).digest()}
    signature = bytes(signer.sign_message(encode_typed_data(domain, _TYPES, message)).signature)
    proof: dict[str, Any] = {"sig": "0x" + signature.hex(), "salt": "0x" + salt.hex()}
    return {**post, **proof, **({"seen": {"seq": seen.seq, "hash": seen.hash}} if seen.hash else {})}
