"""Judges many holders at once: everything that is to be asked of a chain at a block goes in one call."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from parlour.core.gates.judge import Verdict, judge
from parlour.core.gates.questions import Answers, Holder, Question, Reverted, least_of, questions_of, values_of
from parlour.core.gates.tree import Gate
from parlour.runtime.clock import Clock
from parlour.runtime.gates.contract_reads import ContractReads
from parlour.runtime.gates.standing import Block, Standing
from parlour.runtime.nodes.node import Node, NodeError
from parlour.runtime.slices import in_slices

log = structlog.get_logger()

ANSWER_S = 5.0
"""Seconds that all chains together have to answer."""
REMEMBERED = 10_000
"""Verdicts kept: who is refused asks again, and the answer at a block does not change."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A gate and who is to be judged by it."""

    gate: Gate
    holder: Holder


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict, and the newest block of each chain that it rests on; `silent` are chains that did not answer."""

    verdict: Verdict
    blocks: Mapping[int, Block]
    silent: tuple[int, ...] = ()


class GateCounts:
    """What gates did since the start, for `/metrics`.

    Attributes:
        checks: holders judged, by what came of it.
        on_revoked: called with the seconds from a block seen until the removal was told.
    """

    def __init__(self) -> None:
        self.checks = {"passed": 0, "failed": 0, "unknown": 0}
        self.on_revoked: Callable[[float], None] = lambda seconds: None

    def told(self, seconds: float) -> None:
        """Count a removal that was told so many seconds after its block was seen."""
        self.on_revoked(seconds)


class GateChecks:
    """Asks chains about holders.

    Args:
        reads: of each followed chain.
        grace_ms: how long a chain may lag where the gate says nothing.
    """

    def __init__(self, standing: Standing, reads: Mapping[int, ContractReads], clock: Clock, grace_ms: int) -> None:
        self._standing, self._reads, self._clock, self._grace = standing, reads, clock, grace_ms
        self._known: OrderedDict[tuple[object, ...], Checked] = OrderedDict()
        self.counts = GateCounts()

    def grace(self, gate: Gate) -> int:
        """Return how long (ms) a chain may lag for this gate."""
        return self._grace if gate.grace is None else gate.grace

    async def check(
        self, subjects: Sequence[Subject], *, granting: bool, node: tuple[int, Node, Block] | None = None
    ) -> list[Checked]:
        """Judge each subject; those of chains that do not answer are not known.

        Args:
            granting: the right must hold at the gate's `finality` and at the head; a chain that is silent says nothing.
            node: `(chain, node, block)`: ask that chain there.
        """
        wanted = await self._places(subjects, granting, node)
        keys = [self._key(subject, wanted, granting) async for some in in_slices(subjects) for subject in some]
        known = [None if key is None else self._known.get(key) for key in keys]  # kept: others may be put out meanwhile
        missing = [subject for subject, checked in zip(subjects, known, strict=True) if checked is None]
        answers = await self._ask_all([(subject, wanted) for subject in missing], granting, node)
        found: list[Checked] = []
        async for some in in_slices(list(zip(subjects, keys, known, strict=True))):
            for subject, key, before in some:
                checked = before or self._judge(subject, wanted, answers, granting)
                found.append(checked)
                if before is None and key is not None and checked.verdict.passed is not None:
                    self._remember(key, checked)
        return found

    # ── where to ask ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _places(
        self, subjects: Sequence[Subject], granting: bool, node: tuple[int, Node, Block] | None
    ) -> dict[tuple[int, str | int], Block]:
        """Return the block of each chain and finality that is asked; a silent chain has none when granting."""
        wanted: dict[tuple[int, str | int], Block] = {}
        for gate in {id(subject.gate): subject.gate for subject in subjects}.values():
            for chain in gate.chains:
                if granting and self._standing.is_silent(chain, self.grace(gate)):
                    continue
                levels = {"included", gate.finality} if granting else {"included"}
                for level in levels:
                    if (chain, level) in wanted:
                        continue
                    if node is not None and chain == node[0] and level == "included":
                        wanted[chain, level] = node[2]
                    elif (block := await self._standing.block(chain, level)) is not None:
                        wanted[chain, level] = block
        return wanted

    def _key(
        self, subject: Subject, wanted: Mapping[tuple[int, str | int], Block], granting: bool
    ) -> tuple[object, ...] | None:
        gate = subject.gate
        blocks = tuple(wanted.get((chain, level)) for chain in gate.chains for level in _levels(gate, granting))
        return None if None in blocks else (gate.key, subject.holder, blocks)

    def _remember(self, key: tuple[object, ...], checked: Checked) -> None:
        self._known[key] = checked
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _ask_all(
        self,
        subjects: Sequence[tuple[Subject, Mapping[tuple[int, str | int], Block]]],
        granting: bool,
        node: tuple[int, Node, Block] | None,
    ) -> dict[tuple[int, Block], tuple[Block, Answers]]:
        """Return the answers of each chain at each block, with the block they are of; who does not answer has none."""
        asked: dict[tuple[int, Block], set[Question]] = {}
        async for some in in_slices(subjects):
            for subject, wanted in some:
                questions = questions_of(subject.gate, subject.holder)
                for level in _levels(subject.gate, granting):
                    for question in questions:
                        if (block := wanted.get((question.chain, level))) is not None:
                            asked.setdefault((question.chain, block), set()).add(question)
        places = list(asked)
        ask = partial(self._ask, granting=granting)
        results = await asyncio.gather(*(ask(*place, list(asked[place]), node) for place in places))
        return {place: answers for place, answers in zip(places, results, strict=True) if answers is not None}

    async def _ask(
        self, chain: int, block: Block, questions: list[Question], node: tuple[int, Node, Block] | None,
        *, granting: bool,
    ) -> tuple[Block, Answers] | None:  # fmt: skip
        """Ask the endpoints in turn; where the block was orphaned meanwhile, ask once more at the new head."""
        nodes = list(self._standing.nodes(chain))
        if node is not None and node[0] == chain:
            nodes.insert(0, node[1])
        try:
            async with asyncio.timeout(ANSWER_S):
                answers = await self._opinion(chain, nodes, block, questions, second=granting)
                orphaned = answers is None and self._standing.holds(chain, block.to_json()) is False
                if orphaned and (newer := await self._standing.block(chain, "included")) is not None:
                    block = newer
                    answers = await self._opinion(chain, nodes, block, questions, second=granting)
                return None if answers is None else (block, answers)
        except TimeoutError:
            log.warning("gate.no_answer", chain=chain, asked=len(questions))
            return None

    async def _opinion(
        self, chain: int, nodes: Sequence[Node], block: Block, questions: Sequence[Question], *, second: bool
    ) -> dict[Question, bytes | Reverted] | None:
        """Return what an endpoint answers; with `second` only what another one, where there is one, says as well.

        An endpoint that lies about a balance lets nobody in so; one that does not answer is no second opinion.
        """
        if not second or len(nodes) < 2:
            return await self._first_answer(chain, nodes, block, questions)
        ask = partial(self._first_answer, chain, block=block, questions=questions)
        first, other = await asyncio.gather(ask(nodes), ask(nodes[1:]))
        if first is None or other is None:
            return first
        return {question: answer for question, answer in first.items() if other.get(question) == answer}

    async def _first_answer(
        self, chain: int, nodes: Sequence[Node], block: Block, questions: Sequence[Question]
    ) -> dict[Question, bytes | Reverted] | None:
        for node in nodes:
            try:
                return await self._reads[chain].ask(node, block.param(), questions)
            except NodeError as error:
                log.info("gate.asked_in_vain", chain=chain, reason=str(error))
        return None

    # ── judging ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _judge(
        self,
        subject: Subject,
        wanted: Mapping[tuple[int, str | int], Block],
        answers: Mapping[tuple[int, Block], tuple[Block, Answers]],
        granting: bool,
    ) -> Checked:
        """Judge by the lowest number of all blocks that were asked."""
        gate, heads = subject.gate, dict[int, Block]()
        lowest: list[int | None] = []
        for level in _levels(gate, granting):
            said: dict[Question, bytes | Reverted] = {}
            for chain in gate.chains:
                block = wanted.get((chain, level))
                found = None if block is None else answers.get((chain, block))
                if found is not None:
                    said |= found[1]
                    heads |= {chain: found[0]} if level == "included" else {}
            values = values_of(gate, subject.holder, said)
            lowest = [_lower(*pair) for pair in zip(gate.leaves, lowest, values, strict=True)] if lowest else values
        verdict = judge(gate, lowest)
        self.counts.checks["unknown" if verdict.passed is None else "passed" if verdict.passed else "failed"] += 1
        return Checked(verdict, heads, tuple(chain for chain in gate.chains if chain not in heads))


def _levels(gate: Gate, granting: bool) -> tuple[str | int, ...]:
    return ("included",) if not granting or gate.finality == "included" else ("included", gate.finality)


def _lower(leaf: object, one: int | None, other: int | None) -> int | None:
    """Return the lower number; one that is not known matters unless the other fails the leaf already."""
    known = [each for each in (one, other) if each is not None]
    if len(known) == 2 or (known and known[0] < least_of(leaf)):
        return min(known)
    return None
