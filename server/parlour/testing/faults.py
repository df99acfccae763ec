"""Everything an RPC node is known to do wrong, to switch on by name; `FakeNode` and `FaultProxy` share it.

    faults = Faults()
    faults.empty_logs(times=1)       # one eth_getLogs by hash answers [] although there are logs
    faults.lag_to(120)               # the node claims that block 120 is the newest

The numbers F1 … F30 are those of the failure checklist in docs/chain.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Ask = Callable[[str, list[Any]], Awaitable[Any]]
"""Asks the real node; raises Fault where it answers with an error."""


class Fault(Exception):
    """A JSON-RPC error, or a bare HTTP status where `status` is given."""

    def __init__(
        self, code: int = -32000, message: str = "", *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.retry_after = code, message, status, retry_after


@dataclass
class _Rule:
    """Changes answers of `method` (any where empty) as often as `times` says; counts its uses."""

    method: str
    times: float
    act: Callable[[Ask, str, list[Any]], Awaitable[Any]]
    used: int = 0


class Faults:
    """A set of faults, each for a number of `times` (default: until `clear`)."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self.calls: list[tuple[str, list[Any]]] = []
        self.heads_dropped = False
        self.heads_doubled = False
        self.heads_swapped = False
        self.close_after: int | None = None
        self.pushed = 0
        self._kept: dict[str, Any] | None = None

    def clear(self) -> None:
        self._rules.clear()
        self.heads_dropped = self.heads_doubled = self.heads_swapped = False
        self.close_after = None

    def used(self) -> int:
        """How often any of the current faults struck."""
        return sum(rule.used for rule in self._rules)

    def rule(self, method: str, act: Callable[[Ask, str, list[Any]], Awaitable[Any]], times: float) -> None:
        self._rules.append(_Rule(method, times, act))

    async def answer(self, ask: Ask, method: str, params: list[Any]) -> Any:
        """The answer to one call, through every fault that applies."""
        self.calls.append((method, params))
        return await self._through(list(self._rules), ask, method, params)

    async def _through(self, rules: list[_Rule], ask: Ask, method: str, params: list[Any]) -> Any:
        """Ask through the first rule, which asks through the others, which ask the node."""
        if not rules:
            return await ask(method, params)
        rule, *others = rules

        async def further(method: str, params: list[Any]) -> Any:
            return await self._through(others, ask, method, params)

        if rule.method not in ("", method) or rule.used >= rule.times:
            return await further(method, params)
        rule.used += 1
        try:
            return await rule.act(further, method, params)
        except _NotHere:
            rule.used -= 1
            return await further(method, params)

    def _logs(self, times: float, change: Callable[[list[Any]], Any], *, by_hash: bool | None = True) -> None:
        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            if by_hash is not None and ("blockHash" in params[0]) != by_hash:
                raise _NotHere
            logs = await ask(method, params)
            if not logs:
                raise _NotHere
            return change(logs)

        self.rule("eth_getLogs", act, times)

    def _blocks(self, times: float, change: Callable[[dict[str, Any]], Any]) -> None:
        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            block = await ask(method, params)
            return block if block is None else change(dict(block))

        self.rule("eth_getBlockByHash", act, times)
        self.rule("eth_getBlockByNumber", act, times)

    # ── logs ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def empty_logs(self, times: float = float("inf")) -> None:
        """F5: `[]` for a block that has logs."""
        self._logs(times, lambda logs: [])

    def partial_logs(self, times: float = float("inf"), *, by_hash: bool | None = True) -> None:
        """F6: all logs of a block but the last."""
        self._logs(times, lambda logs: logs[:-1], by_hash=by_hash)

    def foreign_logs(self, times: float = 1) -> None:
        """F7: logs of another block."""
        self._logs(times, lambda logs: [{**log, "blockHash": "0x" + "ee" * 32} for log in logs])

    def removed_logs(self, times: float = 1) -> None:
        """F7: a log marked as removed among canonical ones."""
        self._logs(times, lambda logs: [{**logs[0], "removed": True}, *logs[1:]])

    def doubled_logs(self, times: float = 1) -> None:
        """F7: one log twice."""
        self._logs(times, lambda logs: [*logs, logs[-1]])

    def null_logs(self, times: float = 1) -> None:
        """F7: `null` instead of a list."""
        self._logs(times, lambda logs: None)

    def short_ranges(self, upto: int) -> None:
        """F4: ranges end silently at the answering node's own head."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            if "blockHash" in params[0]:
                raise _NotHere
            return [log for log in await ask(method, params) if int(log["blockNumber"], 16) <= upto]

        self.rule("eth_getLogs", act, float("inf"))

    def range_limit(self, blocks: int, message: str, times: float = float("inf")) -> None:
        """F18: ranges over `blocks` are refused with a provider's words (`{size}` is filled in)."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            query = params[0]
            if "blockHash" in query or int(query["toBlock"], 16) - int(query["fromBlock"], 16) < blocks:
                raise _NotHere
            raise Fault(-32005, message.replace("{size}", str(blocks)))

        self.rule("eth_getLogs", act, times)

    # ── blocks ───────────────────────────────────────────────────────────────────────────────────────────────────

    def zero_bloom(self) -> None:
        """F8: every header claims an empty bloom."""
        self._blocks(float("inf"), lambda block: {**block, "logsBloom": "0x" + "00" * 256})

    def null_block(self, times: float = 1) -> None:
        """F9: `null` for a block that was just announced."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            return None

        self.rule("eth_getBlockByHash", act, times)

    def null_receipts(self, times: float = 1) -> None:
        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            return None

        self.rule("eth_getBlockReceipts", act, times)

    def lag_to(self, number: int) -> None:
        """F3: the node claims that `number` is its newest block."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            newest = int((await ask("eth_blockNumber", [])), 16)
            return await ask(method, [hex(min(newest, number)) if params[0] == "latest" else params[0], params[1]])

        self.rule("eth_getBlockByNumber", act, float("inf"))

    def other_chain(self, chain: int) -> None:
        """F15: another chain id behind the same URL."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            return hex(chain)

        self.rule("eth_chainId", act, float("inf"))

    # ── transport ────────────────────────────────────────────────────────────────────────────────────────────────

    def rate_limit(self, times: float = 3, retry_after: float | None = None) -> None:
        """F17: 429 Too Many Requests."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            raise Fault(-32005, "rate limited", status=429, retry_after=retry_after)

        self.rule("", act, times)

    def error(self, code: int, message: str, *, method: str = "", times: float = 1) -> None:
        """Any JSON-RPC error."""

        async def act(ask: Ask, _method: str, params: list[Any]) -> Any:
            raise Fault(code, message)

        self.rule(method, act, times)

    def blackhole(self, times: float = float("inf")) -> None:
        """F12: connected, and never an answer."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            await asyncio.Event().wait()

        self.rule("", act, times)

    def slow(self, seconds: float, method: str = "", times: float = float("inf")) -> None:
        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            await asyncio.sleep(seconds)
            return await ask(method, params)

        self.rule(method, act, times)

    # ── pushed heads ─────────────────────────────────────────────────────────────────────────────────────────────

    def heads(self, head: dict[str, Any]) -> list[dict[str, Any]]:
        """What a subscriber gets for one new head (F10, F13)."""
        if self.heads_dropped:
            return []
        if self.heads_swapped:
            kept, self._kept = self._kept, head
            return [] if kept is None else [head, kept]
        return [head, head] if self.heads_doubled else [head]

    def closes(self) -> bool:
        """F11: whether the connection closes now, after `close_after` heads."""
        self.pushed += 1
        if self.close_after is not None and self.pushed >= self.close_after:
            self.pushed, self.close_after = 0, None
            return True
        return False


class _NotHere(Exception):
    """The rule does not apply to this very call."""
