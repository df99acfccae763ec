"""Judgement in three values: no answer of a leaf that is not known may change a verdict that was given."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parlour.core.gates.judge import judge
from parlour.core.gates.tree import Node, read_gate

TOKEN = "0x" + "11" * 20


def leaf(least: int = 1) -> dict[str, Any]:
    return {"chain": 1, "token": TOKEN, "standard": "erc20", "min": str(least)}


trees = st.recursive(
    st.integers(1, 3).map(leaf),
    lambda parts: st.builds(
        lambda word, kids: {word: kids}, st.sampled_from(["any", "all"]), st.lists(parts, min_size=1, max_size=3)
    ),
    max_leaves=9,
)


def depth(tree: dict[str, Any]) -> int:
    kids = tree.get("any") or tree.get("all")
    return 1 + max(map(depth, kids)) if kids else 1


def plain(node: Node, passed: list[bool]) -> bool:
    if isinstance(node, int):
        return passed[node]
    return (any if node[0] == "any" else all)(plain(part, passed) for part in node[1])


@given(trees.filter(lambda tree: depth(tree) <= 4), st.data())
def test_verdict_is_what_every_completion_of_the_unknown_agrees_on(tree: dict[str, Any], data: st.DataObject) -> None:
    gate = read_gate(tree)
    count = len(gate.leaves)
    values = data.draw(st.lists(st.none() | st.integers(0, 3), min_size=count, max_size=count))
    verdict = judge(gate, values)
    least = [each.least for each in gate.leaves]  # type: ignore[union-attr]
    low = plain(gate.tree, [v is not None and v >= n for v, n in zip(values, least, strict=True)])
    high = plain(gate.tree, [v is None or v >= n for v, n in zip(values, least, strict=True)])
    assert verdict.passed is (low if low == high else None)
    if verdict.passed is not None:
        assert verdict.leaf is not None
        value = values[verdict.leaf]
        assert value is not None
        assert (value >= least[verdict.leaf]) is verdict.passed


def test_refusal_names_what_is_missing_and_what_there_is() -> None:
    gate = read_gate({"all": [leaf(2), leaf(3), {"accounts": ["0x" + "22" * 20]}]})
    verdict = judge(gate, [2, 1, 0])
    assert verdict.refusal(gate) == {"need": [gate.shown[1], gate.shown[2]], "have": ["1", "0"]}


def test_leaf_on_a_chain_is_named_before_a_list() -> None:
    gate = read_gate({"any": [{"accounts": ["0x" + "22" * 20]}, leaf()]})
    assert judge(gate, [1, 1]).leaf == 1
    assert judge(gate, [1, 0]).leaf == 0
