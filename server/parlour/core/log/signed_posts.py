"""Signed posts (protocol §6): EIP-712, by the author's own key or one they delegated to.

    Post(string room,string id,string type,bytes32 body,uint64 seenSeq,bytes32 seenHash)

`body` is the body hash of the log, so a signature verifies long after the body was erased. The domain's salt is the
SHA-256 of the room's epoch: what was signed for a log is worth nothing in a restored one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson
from eth_hash.auto import keccak

from parlour.core.canonical_json import canonical
from parlour.core.identity.secp256k1 import HALF_ORDER, personal_digest
from parlour.core.log.hash_chain import ZERO_HASH, hash_body
from parlour.core.room import DelegatedKey, Post, RoomId, Seen
from parlour.errors import Conflict, Forbidden, Invalid

NOTHING_SEEN = Seen(0, ZERO_HASH)
_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{128}(?:00|01|1[bB]|1[cC])")
_POST = keccak(b"Post(string room,string id,string type,bytes32 body,uint64 seenSeq,bytes32 seenHash)")
_DOMAIN = keccak(b"EIP712Domain(string name,string version,bytes32 salt)")
_PARLOUR, _VERSION = keccak(b"Parlour"), keccak(b"1")


@lru_cache(maxsize=1024)
def domain_separator(epoch: str) -> bytes:
    """Return the EIP-712 domain separator of `{name: "Parlour", version: "1", salt: SHA-256(epoch)}`."""
    return keccak(_DOMAIN + _PARLOUR + _VERSION + sha256(epoch.encode()).digest())


def post_digest(post: Post, body_hash: bytes, room: RoomId, epoch: str) -> bytes:
    """Return the 32 bytes that the author of a post signs.

    Args:
        room: the id as the room was created with.
    """
    seen = post.seen or NOTHING_SEEN
    message = keccak(
        _POST
        + keccak(room.encode())
        + keccak(post.id.encode())
        + keccak(post.type.encode())
        + body_hash
        + seen.seq.to_bytes(32, "big")
        + seen.hash
    )
    return keccak(b"\x19\x01" + domain_separator(epoch) + message)


def head_digest(claim: Mapping[str, Any]) -> bytes:
    """Return the 32 bytes the server's key signs: EIP-191 over the JCS of `{room, epoch, seq, hash}`."""
    named = {name: claim.get(name) for name in ("epoch", "hash", "room", "seq")}
    return personal_digest(orjson.dumps(named, option=orjson.OPT_SORT_KEYS))


def digest_of(post: Post, room: RoomId, epoch: str) -> bytes:
    """Return the 32 bytes that a post's signature must sign; raises as `canonical`."""
    assert post.salt is not None, "a signed post brings its salt"
    return post_digest(post, hash_body(post.salt, post.raw or canonical(post.body)), room, epoch)


def signed_input(post: Post) -> dict[str, Any]:
    """Return what a `game.tick` keeps of the signature of one of its inputs."""
    if post.sig is None or post.salt is None:
        return {}
    seen = {} if post.seen is None else {"seen": post.seen.to_json()}
    return {"signed": {"sig": post.sig, "salt": "0x" + post.salt.hex(), "body": post.body, **seen}}


def check_signature(text: str) -> str:
    """Return a signature in its one spelling: r‖s‖v as lower-case `0x` hex.

    Raises:
        Invalid: not 65 bytes, or a high s (EIP-2).
    """
    if _SIGNATURE.fullmatch(text) is None:
        raise Invalid("sig is r, s and v: 0x and 130 hexadecimal digits.", details={"path": "sig"})
    if int(text[66:130], 16) > HALF_ORDER:
        raise Invalid("The signature has a high s, which EIP-2 forbids.", details={"path": "sig"})
    return text.lower()


def check_signed(post: Post, room: RoomId, *, required: bool, staked: bool) -> None:
    """Check that the author, or a key of theirs, signed the post.

    Args:
        required: the room takes signed posts only.
        staked: the room holds a stake, so a session key must have been delegated to for this very room.

    Raises:
        Invalid: `unsigned`, or an action without the head its author had seen (`unseen`).
        Forbidden: `signature`, neither the account nor a live session key of it signed this; `scope`, the session
            key may not sign here.
        Conflict: `seen`, the log is not the one the author saw.
    """
    if post.sig is None:
        if required:
            raise Invalid("This room takes signed posts only.", reason="unsigned", details={"path": "sig"})
        return
    if required and post.type == "game.action" and (post.seen is None or post.seen.seq == 0):
        raise Invalid(
            "A signed action needs `seen`: the newest entry that its author had seen.",
            reason="unseen",
            details={"path": "seen"},
        )
    proof = post.proof
    if proof is None or proof.signer is None:
        raise _not_theirs()
    if proof.signer != post.author:
        _check_keys([key for key in proof.keys if _signs(key, proof.signer, post.at)], room, staked)
    if not proof.seen_holds:
        raise Conflict("The log does not have that hash at that seq; join again.", reason="seen")


def _check_keys(keys: list[DelegatedKey], room: RoomId, staked: bool) -> None:
    if not keys:
        raise _not_theirs()
    if not any(reaches(key, room, staked=staked) for key in keys):
        raise Forbidden("That session key was not delegated to for this room.", reason="scope")


def _signs(key: DelegatedKey, signer: str, at: int) -> bool:
    return key.address == signer and key.since <= at < key.until


def reaches(key: DelegatedKey, room: RoomId, *, staked: bool) -> bool:
    """Return whether a session key may sign in this room; at a stake it must be for this room alone."""
    return not staked if key.room is None else key.room.lower() == room.lower()


def _not_theirs() -> Forbidden:
    return Forbidden("Neither this account nor a live session key of it signed that.", reason="signature")
