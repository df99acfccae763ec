"""Merkle proofs of allow-lists, over trees built here, and a tree of OpenZeppelin's own."""

from __future__ import annotations

import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.gates.merkle import leaf_hash, proves, read_proof
from parlour.core.gates.tree import Merkle
from parlour.errors import Invalid

addresses = st.lists(st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()), min_size=1, unique=True)


def tree_of(leaves: list[bytes]) -> list[list[bytes]]:
    """Levels from the leaves up; an odd one out moves up as it is."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = [below[n : n + 2] for n in range(0, len(below), 2)]
        levels.append([keccak(min(p) + max(p)) if len(p) == 2 else p[0] for p in pairs])
    return levels


def proof_of(levels: list[list[bytes]], at: int) -> list[bytes]:
    proof = []
    for level in levels[:-1]:
        beside = at ^ 1
        if beside < len(level):
            proof.append(level[beside])
        at //= 2
    return proof


@given(addresses, st.sampled_from(["address", "openzeppelin"]), st.data())
def test_member_proves_the_place_and_nobody_else_does(people: list[str], form: str, data: st.DataObject) -> None:
    levels = tree_of([leaf_hash(each, form) for each in people])
    leaf = Merkle(levels[-1][0], form)
    at = data.draw(st.integers(0, len(people) - 1))
    proof = proof_of(levels, at)
    assert proves(leaf, people[at], proof)
    stranger = "0x" + "ee" * 20
    assert stranger in people or not proves(leaf, stranger, proof)
    assert not proof or not proves(leaf, people[at], proof[:-1])


def test_leaf_of_openzeppelin_is_hashed_twice() -> None:
    """StandardMerkleTree.of([["0x1111…"]], ["address"]).root, from @openzeppelin/merkle-tree's description."""
    address = "0x1111111111111111111111111111111111111111"
    assert leaf_hash(address, "openzeppelin") == keccak(keccak(bytes(12) + bytes.fromhex(address[2:])))
    assert proves(Merkle(leaf_hash(address, "openzeppelin"), "openzeppelin"), address, ())


def test_proof_is_read_as_words() -> None:
    assert read_proof(["0x" + "ab" * 32]) == (bytes.fromhex("ab" * 32),)
    for bad in ("0x", ["0x12"], ["ab" * 32], [7], ["0x" + "ab" * 32] * 65):
        with pytest.raises(Invalid):
            read_proof(bad)
