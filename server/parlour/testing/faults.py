"""Faults of RPC nodes, each switched on by name; `FakeNode` and `FaultProxy` answer through them.

    faults = Faults()
    faults.empty_logs(times=1)       # one eth_getLogs by hash answers [] although there are logs
    faults.lag_to(120)               # the node claims that block 120 is the newest

The numbers F1 … F30 are those of the table of failures in docs/chain.md.
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
    """Changes answers to `method` (empty: any), `times` times; counts its uses."""

    method: str
    times: float
    act: Callable[[Ask, str, list[Any]], Awaitable[Any]]
    used: int = 0


class Faults:
    """A set of faults, each for a number of `times` (default: until `clear`).

    Attributes:
        calls: every call that came, with its parameters.
        heads_dropped, heads_doubled, heads_swapped: what happens to pushed heads.
        close_after: pushed heads after which the connection closes, once; None never.
        pushed: heads pushed since the last close.
    """

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
        """End every fault."""
        self._rules.clear()
        self.heads_dropped = self.heads_doubled = self.heads_swapped = False
        self.close_after = None

    def used(self) -> int:
        """Return how often any of the current faults was used."""
        return sum(rule.used for rule in self._rules)

    def rule(self, method: str, act: Callable[[Ask, str, list[Any]], Awaitable[Any]], times: float) -> None:
        """Add a fault: `act(ask, method, params)` answers instead of the node, which it may ask."""
        self._rules.append(_Rule(method, times, act))

    async def answer(self, ask: Ask, method: str, params: list[Any]) -> Any:
        """Return the answer to one call, through every fault that applies; raises Fault."""
        self.calls.append((method, params))
        return await self._through(list(self._rules), ask, method, params)

    async def _through(self, rules: list[_Rule], ask: Ask, method: str, params: list[Any]) -> Any:
        """Ask through the first rule, which asks through the next, and the last asks the node."""
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
        except _NotApplicable:
            rule.used -= 1
            return await further(method, params)

    def change_logs(self, change: Callable[[list[Any]], Any], times: float, *, by_hash: bool | None = True) -> None:
        """Change answers of `eth_getLogs` that hold logs; `by_hash` None: ranges too, False: ranges only."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            if by_hash is not None and ("blockHash" in params[0]) != by_hash:
                raise _NotApplicable
            logs = await ask(method, params)
            if not logs:
                raise _NotApplicable
            return change(logs)

        self.rule("eth_getLogs", act, times)

    def change_blocks(self, change: Callable[[dict[str, Any]], Any], times: float = float("inf")) -> None:
        """Change every block in answers."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            block = await ask(method, params)
            return block if block is None else change(dict(block))

        self.rule("eth_getBlockByHash", act, times)
        self.rule("eth_getBlockByNumber", act, times)

    # ── logs ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def empty_logs(self, times: float = float("inf")) -> None:
        """Answer `[]` for a block that has logs (chain.md F5)."""
        self.change_logs(lambda logs: [], times)

    def partial_logs(self, times: float = float("inf"), *, by_hash: bool | None = True) -> None:
        """Leave out the last log of a block (chain.md F6)."""
        self.change_logs(lambda logs: logs[:-1], times, by_hash=by_hash)

    def foreign_logs(self, times: float = 1) -> None:
        """Answer with logs of another block (chain.md F7)."""
        self.change_logs(lambda logs: [{**log, "blockHash": "0x" + "ee" * 32} for log in logs], times)

    def removed_logs(self, times: float = 1) -> None:
        """Put a log marked as removed among canonical ones (chain.md F7)."""
        self.change_logs(lambda logs: [{**logs[0], "removed": True}, *logs[1:]], times)

    def doubled_logs(self, times: float = 1) -> None:
        """Answer with one log twice (chain.md F7)."""
        self.change_logs(lambda logs: [*logs, logs[-1]], times)

    def null_logs(self, times: float = 1) -> None:
        """Answer `null` instead of a list of logs (chain.md F7)."""
        self.change_logs(lambda logs: None, times)

    def short_ranges(self, upto: int) -> None:
        """End ranges silently at the node's own head, `upto` (chain.md F4)."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            if "blockHash" in params[0]:
                raise _NotApplicable
            return [log for log in await ask(method, params) if int(log["blockNumber"], 16) <= upto]

        self.rule("eth_getLogs", act, float("inf"))

    def range_limit(self, blocks: int, message: str, times: float = float("inf")) -> None:
        """Refuse ranges over `blocks` in a provider's words, with `{size}` filled in (chain.md F18)."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            query = params[0]
            if "blockHash" in query or int(query["toBlock"], 16) - int(query["fromBlock"], 16) < blocks:
                raise _NotApplicable
            raise Fault(-32005, message.replace("{size}", str(blocks)))

        self.rule("eth_getLogs", act, times)

    # ── blocks ───────────────────────────────────────────────────────────────────────────────────────────────────

    def zero_bloom(self) -> None:
        """Let every header claim an empty bloom (chain.md F8)."""
        self.change_blocks(lambda block: {**block, "logsBloom": "0x" + "00" * 256})

    def null_block(self, times: float = 1) -> None:
        """Answer `null` for a block that was announced (chain.md F9)."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            return None

        self.rule("eth_getBlockByHash", act, times)

    def null_receipts(self, times: float = 1) -> None:
        """Answer `null` for the receipts of a block (chain.md F9)."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            return None

        self.rule("eth_getBlockReceipts", act, times)

    def lag_to(self, number: int) -> None:
        """Let the node claim that `number` is its newest block (chain.md F3, lag)."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            newest = int((await ask("eth_blockNumber", [])), 16)
            return await ask(method, [hex(min(newest, number)) if params[0] == "latest" else params[0], params[1]])

        self.rule("eth_getBlockByNumber", act, float("inf"))

    def other_chain(self, chain: int) -> None:
        """Answer with another chain id (chain.md F15)."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            return hex(chain)

        self.rule("eth_chainId", act, float("inf"))

    # ── transport ────────────────────────────────────────────────────────────────────────────────────────────────

    def rate_limit(self, times: float = 3, retry_after: float | None = None) -> None:
        """Answer 429 Too Many Requests (chain.md F17)."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            raise Fault(-32005, "rate limited", status=429, retry_after=retry_after)

        self.rule("", act, times)

    def error(self, code: int, message: str, *, method: str = "", times: float = 1) -> None:
        """Answer with a JSON-RPC error."""

        async def act(ask: Ask, _method: str, params: list[Any]) -> Any:
            raise Fault(code, message)

        self.rule(method, act, times)

    def blackhole(self, times: float = float("inf")) -> None:
        """Accept calls and never answer (chain.md F12)."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            await asyncio.Event().wait()

        self.rule("", act, times)

    def slow(self, seconds: float, method: str = "", times: float = float("inf")) -> None:
        """Answer after so many seconds."""

        async def act(ask: Ask, method: str, params: list[Any]) -> Any:
            await asyncio.sleep(seconds)
            return await ask(method, params)

        self.rule(method, act, times)

    # ── pushed heads ─────────────────────────────────────────────────────────────────────────────────────────────

    def heads(self, head: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what a subscriber gets for one new head (chain.md F10, F13)."""
        if self.heads_dropped:
            return []
        if self.heads_swapped:
            kept, self._kept = self._kept, head
            return [] if kept is None else [head, kept]
        return [head, head] if self.heads_doubled else [head]

    def closes(self) -> bool:
        """Return whether the connection closes now, after `close_after` heads (chain.md F11)."""
        self.pushed += 1
        if self.close_after is not None and self.pushed >= self.close_after:
            self.pushed, self.close_after = 0, None
            return True
        return False


class _NotApplicable(Exception):
    """The rule does not apply to this call."""
