"""Merkle proofs of allow-lists, as OpenZeppelin's `MerkleProof` checks them: pairs are hashed in sorted order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_hash.auto import keccak

from parlour.core.gates.tree import Merkle, word_of
from parlour.errors import Invalid

MAX_PROOF = 64
"""Hashes of a proof: a tree of 2^64 leaves has no deeper one."""


def read_proof(given: Any) -> tuple[bytes, ...]:
    """Read `room:join {proof}`; raises Invalid."""
    words = [word_of(each) for each in given] if isinstance(given, list) and len(given) <= MAX_PROOF else [None]
    if any(word is None for word in words):
        raise Invalid(
            f"proof is a list of at most {MAX_PROOF} hashes, 0x and 64 digits each.", details={"path": "proof"}
        )
    return tuple(word for word in words if word is not None)


def leaf_hash(address: str, form: str) -> bytes:
    """Return the leaf of an address.

    Args:
        form: `address`: keccak256 of its 20 bytes. `openzeppelin`: keccak256(keccak256(abi.encode(address))), as
            StandardMerkleTree makes it of `["address"]`.
    """
    raw = bytes.fromhex(address[2:])
    found: bytes = keccak(raw) if form == "address" else keccak(keccak(raw.rjust(32, b"\0")))
    return found


def proves(leaf: Merkle, address: str, proof: Sequence[bytes]) -> bool:
    """Return whether the proof leads from the address to the root."""
    found = leaf_hash(address, leaf.form)
    for other in proof:
        found = keccak(min(found, other) + max(found, other))
    return found == leaf.root
