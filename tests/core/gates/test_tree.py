"""Gates as requests say them: what is read, and what is refused with which path."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.gates.tree import DELEGATE_REGISTRY, Balance, CallLeaf, Listed, Merkle, read_gate
from parlour.errors import Invalid

TOKEN = "0x" + "11" * 20
COINS = {"chain": 1, "token": "native", "standard": "native", "min": "1000"}
ERC20 = {"chain": 1, "token": TOKEN, "standard": "erc20"}
NFT = {"chain": 1, "token": TOKEN, "standard": "erc721", "id": ["7", "8"]}
STAKED = {
    "chain": 5,
    "call": {"to": TOKEN, "function": "stakedOf(address who) view returns (uint256)", "args": ["$account"]},
}
LIST = {"accounts": ["0x" + "22" * 20]}
TREE = {"merkle": {"root": "0x" + "ab" * 32, "leaf": "openzeppelin"}}


def test_gate_of_every_leaf_is_read() -> None:
    gate = read_gate({"any": [COINS, {"all": [ERC20, NFT]}, STAKED, LIST, TREE], "delegates": True, "finality": "safe"})
    assert [type(leaf) for leaf in gate.leaves] == [Balance, Balance, Balance, CallLeaf, Listed, Merkle]
    assert gate.tree == ("any", (0, ("all", (1, 2)), 3, 4, 5))
    assert gate.chains == (1, 5)
    assert (gate.finality, gate.delegates, gate.live) == ("safe", DELEGATE_REGISTRY, True)
    assert gate.shown[2] == NFT


def test_gate_reads_what_it_wrote() -> None:
    gate = read_gate({"any": [COINS, {"all": [ERC20, NFT]}, STAKED, LIST, TREE], "grants": "member", "grace": 5})
    again = read_gate(gate.json)
    assert again == gate
    assert again.json == gate.json


def test_addresses_are_spelled_as_answers_spell_them() -> None:
    lower = "0xdac17f958d2ee523a2206206994597c13d831ec7"
    gate = read_gate({"chain": 1, "token": lower, "standard": "erc20"})
    assert gate.json["token"] == "0xdAC17F958D2ee523a2206206994597C13D831ec7"


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ([], "gate"),
        ({}, "gate"),
        ({"any": []}, "gate.any"),
        ({"any": [COINS], "all": [COINS]}, "gate.all"),
        ({"any": [{"any": [{"any": [{"any": [COINS]}]}]}]}, "gate.any.0.any.0.any.0.any.0"),
        ({"any": [COINS] * 17}, "gate.any.16"),
        ({"any": [COINS, {**ERC20, "balance": "1"}]}, "gate.any.1.balance"),
        ({**ERC20, "chain": "1"}, "gate.chain"),
        ({**ERC20, "chain": True}, "gate.chain"),
        ({**ERC20, "token": "native"}, "gate.token"),
        ({**ERC20, "token": "0x12"}, "gate.token"),
        ({**ERC20, "token": "0xDac17f958d2ee523a2206206994597c13d831ec7"}, "gate.token"),
        ({**ERC20, "standard": "erc777"}, "gate.standard"),
        ({**ERC20, "id": "1"}, "gate.id"),
        ({**ERC20, "standard": "erc1155"}, "gate.id"),
        ({**NFT, "id": [str(n) for n in range(33)]}, "gate.id"),
        ({**NFT, "id": []}, "gate.id"),
        ({**NFT, "id": "-1"}, "gate.id"),
        ({**ERC20, "min": 1}, "gate.min"),
        ({**ERC20, "min": "0"}, "gate.min"),
        ({**ERC20, "min": "1.5"}, "gate.min"),
        ({**ERC20, "min": str(2**256)}, "gate.min"),
        ({"accounts": []}, "gate.accounts"),
        ({"accounts": ["0x" + "22" * 20] * 201}, "gate.accounts"),
        ({"accounts": ["somebody"]}, "gate.accounts"),
        ({"merkle": {"root": "0x12", "leaf": "address"}}, "gate.merkle.root"),
        ({"merkle": {"root": "0x" + "ab" * 32, "leaf": "sha256"}}, "gate.merkle.leaf"),
        ({"chain": 1, "call": {"to": TOKEN, "function": "balance"}}, "gate.call.function"),
        ({"chain": 1, "call": {"to": TOKEN, "function": "f() returns (string)"}}, "gate.call.function"),
        ({"chain": 1, "call": {"to": TOKEN, "function": "f(uint8 a) view returns (bool)"}}, "gate.call.args"),
        (
            {"chain": 1, "call": {"to": TOKEN, "function": "f(uint8 a) returns (bool)", "args": ["256"]}},
            "gate.call.args",
        ),
        ({**ERC20, "finality": "latest"}, "gate.finality"),
        ({**ERC20, "finality": 0}, "gate.finality"),
        ({**ERC20, "delegates": "delegate.xyz"}, "gate.delegates"),
        ({**ERC20, "grace": -1}, "gate.grace"),
        ({**ERC20, "check": "never"}, "gate.check"),
        ({**ERC20, "grants": "owner"}, "gate.grants"),
    ],
)
def test_gate_that_cannot_be_used_is_refused_with_its_path(asked: Any, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_gate(asked)
    assert refused.value.details == {"path": path}
