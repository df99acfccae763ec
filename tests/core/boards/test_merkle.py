"""The tree of a season's rows is OpenZeppelin's."""

from __future__ import annotations

from typing import Any

import pytest
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.boards.merkle import EMPTY, _tree, leaf_of, proof_of, root_of, verified


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"account": f"0x{number:040x}", "rank": number, "score": 10 - number, "games": 1, **more}


def test_tree_is_the_published_one_of_openzeppelin() -> None:
    """The example of the README of @openzeppelin/merkle-tree: two leaves (address, uint256)."""
    values = [("11" * 20, 5_000_000_000_000_000_000), ("22" * 20, 2_500_000_000_000_000_000)]
    leaves = [keccak(keccak(bytes(12) + bytes.fromhex(who) + amount.to_bytes(32, "big"))) for who, amount in values]
    assert _tree(leaves)[0].hex() == "d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77"


@given(st.integers(1, 40), st.data())
def test_every_row_is_proved_and_no_changed_one(players: int, data: st.DataObject) -> None:
    rows = [row(number) for number in range(1, players + 1)]
    one = rows[data.draw(st.integers(0, players - 1))]
    root, proof = root_of(rows), proof_of(rows, one["account"])
    leaf, forged = leaf_of(one), leaf_of({**one, "score": 99})
    assert leaf is not None
    assert forged is not None
    assert verified(leaf, proof, root)
    assert not verified(forged, proof, root)
    assert root_of(rows[::-1]) == root


def test_accounts_of_other_chains_have_no_leaf() -> None:
    other = row(1, account="solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:7S3P4HxJpyyigGzodYwHtCxZyUQe9JiBMHyRWXArAaKv")
    assert leaf_of(other) is None
    assert root_of([other]) == EMPTY
    assert leaf_of(row(7)) == leaf_of(row(7, account=f"eip155:1:0x{7:040x}"))
    with pytest.raises(KeyError):
        proof_of([other], other["account"])
