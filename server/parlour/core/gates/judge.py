"""Judges a gate by what its leaves came to: it passes, it fails, or it cannot be known now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parlour.core.gates.questions import least_of
from parlour.core.gates.tree import Balance, CallLeaf, Gate, Node


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a gate for one holder.

    Attributes:
        passed: None where it cannot be known now.
        values: what each leaf came to; None where that is not known.
        leaf: the number of the leaf that decided; None where nothing did.
    """

    passed: bool | None
    values: tuple[int | None, ...]
    leaf: int | None

    def refusal(self, gate: Gate) -> dict[str, Any]:
        """Return `{need, have}`: the leaves that were not passed, and the holder's own numbers beside them."""
        missing = [
            number
            for number, (leaf, value) in enumerate(zip(gate.leaves, self.values, strict=True))
            if value is None or value < least_of(leaf)
        ]
        have = [self.values[number] for number in missing]
        return {
            "need": [gate.shown[number] for number in missing],
            "have": [None if value is None else str(value) for value in have],
        }


def judge(gate: Gate, values: Sequence[int | None]) -> Verdict:
    """Judge a gate by its leaves' numbers (three-valued logic of Kleene).

    `any` passes with one part, though others are not known; `all` fails with one part, though others are not known.
    """
    passed = [None if v is None else v >= least_of(leaf) for leaf, v in zip(gate.leaves, values, strict=True)]
    outcome = _judge(gate.tree, passed)
    decisive = [number for number in _leaves(gate.tree) if passed[number] is outcome]
    on_chain = [number for number in decisive if isinstance(gate.leaves[number], Balance | CallLeaf)]
    leaf = next(iter(on_chain or decisive), None) if outcome is not None else None
    return Verdict(outcome, tuple(values), leaf)


def _judge(node: Node, passed: Sequence[bool | None]) -> bool | None:
    if isinstance(node, int):
        return passed[node]
    word, parts = node
    found = [_judge(part, passed) for part in parts]
    decides = word == "any"
    if decides in found:
        return decides
    return None if None in found else not decides


def _leaves(node: Node) -> list[int]:
    if isinstance(node, int):
        return [node]
    return [number for part in node[1] for number in _leaves(part)]
