"""What is asked of contracts, and what their answers amount to."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core.gates.questions import MOST, REVERTED, Answers, Holder, Question, Reverted, questions_of, values_of
from parlour.core.gates.tree import read_gate

ME, VAULT, TOKEN = "0x" + "11" * 20, "0x" + "22" * 20, "0x" + "33" * 20


def word(number: int) -> bytes:
    return number.to_bytes(32)


def value(leaf: dict[str, Any], answers: Answers, holder: Holder | None = None, **options: Any) -> int | None:
    gate = read_gate({**leaf, **options})
    return values_of(gate, holder or Holder(ME), answers)[0]


def asked(leaf: dict[str, Any], holder: Holder | None = None, **options: Any) -> list[Question]:
    return sorted(questions_of(read_gate({**leaf, **options}), holder or Holder(ME)), key=lambda q: q.data or b"")


ERC20 = {"chain": 1, "token": TOKEN, "standard": "erc20"}
NFTS = {"chain": 1, "token": TOKEN, "standard": "erc721", "id": ["1", "2"]}
ITEMS = {"chain": 1, "token": TOKEN, "standard": "erc1155", "id": ["1", "2"]}
CALLED = {"chain": 1, "call": {"to": TOKEN, "function": "ok(address) returns (bool)"}}
SMALL = {"chain": 1, "call": {"to": TOKEN, "function": "level(address) returns (uint8)"}}


@pytest.mark.parametrize(
    ("leaf", "answer", "expected"),
    [
        (ERC20, word(7), 7),
        (ERC20, word(7) + word(9), 7),
        (ERC20, word(MOST), None),
        (ERC20, b"", None),
        (ERC20, b"\x01", None),
        (ERC20, b"\x00" * 70_000, None),
        (ERC20, REVERTED, None),
        (CALLED, word(1), 1),
        (CALLED, word(0), 0),
        (CALLED, word(2), None),
        (SMALL, word(255), 255),
        (SMALL, word(256), None),
    ],
)
def test_answer_of_one_call(leaf: dict[str, Any], answer: bytes | Reverted, expected: int | None) -> None:
    (question,) = asked(leaf)
    assert value(leaf, {question: answer}) == expected


def test_question_without_an_answer_is_not_known() -> None:
    assert value(ERC20, {}) is None


def test_owner_of_each_id_counts_and_a_burnt_one_belongs_to_nobody() -> None:
    first, second = asked(NFTS)
    assert value(NFTS, {first: word(int(ME, 16)), second: REVERTED}) == 1
    assert value(NFTS, {first: word(int(ME, 16)), second: word(int(ME, 16))}) == 2
    assert value(NFTS, {first: word(int(VAULT, 16))}) is None


def test_ids_of_an_erc1155_count_together() -> None:
    first, second = asked(ITEMS)
    assert value(ITEMS, {first: word(2), second: word(3)}) == 5


def test_coins_are_a_question_without_data() -> None:
    assert asked({"chain": 1, "token": "native", "standard": "native"}) == [Question(1, ME)]


def test_contract_account_passes_leaves_of_its_own_chain_only() -> None:
    there, elsewhere = Holder(f"eip155:1:{ME}"), Holder(f"eip155:2:{ME}")
    assert asked(ERC20, there) == asked(ERC20)
    assert asked(ERC20, elsewhere) == []
    assert value(ERC20, {}, elsewhere) == 0
    assert value({"accounts": [ME]}, {}, there) == 0


def test_vault_counts_as_far_as_it_delegated() -> None:
    holder = Holder(ME, VAULT)
    own, vault, lent = (
        next(q for q in asked(ERC20, holder, delegates=True) if mark(q) == m) for m in ("own", "vault", "lent")
    )
    held = {own: word(0), vault: word(10)}
    assert value(ERC20, {**held, lent: word(4)}, holder, delegates=True) == 4
    assert value(ERC20, {**held, lent: word(MOST)}, holder, delegates=True) == 10
    assert value(ERC20, {**held, lent: word(0)}, holder, delegates=True) == 0
    assert value(ERC20, {**held, lent: b""}, holder, delegates=True) is None
    assert value(ERC20, {own: word(1)}, holder, delegates=True) == 1
    assert value(ERC20, {own: word(0), vault: word(10), lent: word(4)}, holder) == 0


def mark(question: Question) -> str:
    assert question.data is not None
    if len(question.data) > 36:
        return "lent"
    return "own" if question.data.endswith(bytes.fromhex(ME[2:])) else "vault"


def test_root_that_was_proved_before_needs_no_proof() -> None:
    root = "0x" + "ab" * 32
    leaf = {"merkle": {"root": root, "leaf": "address"}}
    assert value(leaf, {}) == 0
    assert value(leaf, {}, Holder(ME, proved=(root,))) == 1
