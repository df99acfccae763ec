"""The Merkle tree of a season's rows, as OpenZeppelin's `StandardMerkleTree` and `MerkleProof` have it.

A leaf is `keccak256(keccak256(abi.encode(address, uint256 rank, int256 score, uint256 games)))`; leaves are sorted, and
so is each pair that is hashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eth_hash.auto import keccak

LEAF = ("address", "uint256", "int256", "uint256")
"""The types of a leaf: account, rank, score, games."""
EMPTY = bytes(32)
"""The root where nobody has a row."""


def leaf_of(row: Mapping[str, Any]) -> bytes | None:
    """Return the leaf of a row `{account, rank, score, games}`; None for an account that is no address of Ethereum."""
    address = str(row["account"]).rpartition(":")[2]
    if len(address) != 42 or not address.startswith("0x"):
        return None
    score = int(row["score"]).to_bytes(32, "big", signed=True)
    words = (int(address, 16).to_bytes(32, "big"), _word(row["rank"]), score, _word(row["games"]))
    return keccak(keccak(b"".join(words)))


def root_of(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the root of rows."""
    tree = _tree([leaf for row in rows if (leaf := leaf_of(row)) is not None])
    return tree[0] if tree else EMPTY


def proof_of(rows: Sequence[Mapping[str, Any]], account: str) -> list[bytes]:
    """Return the siblings from an account's leaf up to the root; raises KeyError where it has none."""
    leaves = {str(row["account"]): leaf for row in rows if (leaf := leaf_of(row)) is not None}
    tree = _tree(list(leaves.values()))
    at, proof = tree.index(leaves[account]), list[bytes]()
    while at > 0:
        proof.append(tree[at + 1 if at % 2 else at - 1])
        at = (at - 1) // 2
    return proof


def verified(leaf: bytes, proof: Iterable[bytes], root: bytes) -> bool:
    """Return whether a proof leads from a leaf to the root, as `MerkleProof.verify` does."""
    for sibling in proof:
        leaf = _pair(leaf, sibling)
    return leaf == root


def _tree(leaves: list[bytes]) -> list[bytes]:
    """Return a complete binary tree, the root first; its leaves stand at the end, the smallest last."""
    if not leaves:
        return []
    tree = [EMPTY] * (len(leaves) - 1) + sorted(leaves, reverse=True)
    for at in range(len(leaves) - 2, -1, -1):
        tree[at] = _pair(tree[2 * at + 1], tree[2 * at + 2])
    return tree


def _pair(one: bytes, other: bytes) -> bytes:
    return keccak(min(one, other) + max(one, other))


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
