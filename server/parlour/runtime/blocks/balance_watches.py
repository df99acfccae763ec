"""Tells rooms of an account's balance when it changes: of the chain's coin, or of a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_utils.crypto import keccak

from parlour.core.chain.block_news import Listening, balance_news, rise
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import News
from parlour.core.chain.taps import Tap, Taps
from parlour.core.markets.calls import call_of, decimals_in, symbol_in
from parlour.runtime.blocks.full_blocks import FullBlocks
from parlour.runtime.blocks.listener import Listener
from parlour.runtime.chain.step_listener import PlannedStep
from parlour.runtime.chain.store import Sub
from parlour.runtime.nodes.node import Call, NodeError, Refused, Reverted

TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
_BALANCE_OF = "0x" + keccak(text="balanceOf(address)")[:4].hex()
_GAS = hex(500_000)
COIN_S = 30.0
"""Seconds between two readings of coins that no transaction of a block touched."""
TOKENS = 10_000
"""Tokens whose symbol is remembered, some 3 MB; of an older one it is asked again."""


class BalanceWatches(Listener):
    """Implements StepListener. A transfer only says when to ask; the balance is what the chain answers at that block.

    The coin's balance is asked for at each step, or, where blocks are read whole, when a transaction touched the
    account and every `COIN_S`, because contracts move coins without one. A token's is asked for when a transfer touched
    the account. All of a step are one batch.

    Args:
        full: who sent and got transactions in the step's blocks; None where blocks are not read whole.
    """

    kind, word = "balance", "balance"

    def __init__(self, taps: Taps, full: FullBlocks | None, *args: Any) -> None:
        super().__init__(*args)
        self._taps, self._full = taps, full
        self._coins_at = self._clock.monotonic()
        self._told: dict[str, str | None] = {}
        self._pending: dict[str, str | None] = {}
        self._meta: dict[str, dict[str, Any] | None] = {}
        self._doubted: set[str] = set()

    def add(self, sub: Sub) -> None:
        """Listen for this watch, and for transfers of its token."""
        super().add(sub)
        token, account = sub.record["balance"].get("token"), _topic(sub.record["balance"]["account"])
        if token is not None:
            start: int = sub.record["from"]["number"]
            self._taps.add(
                Tap(
                    f"balance:{sub.id}", frozenset({TRANSFER}), frozenset({token.lower()}), _touches(account),
                    lambda log: log.number > start,
                )
            )  # fmt: skip

    def remove(self, watch: str) -> None:
        """Listen for this watch no longer."""
        super().remove(watch)
        self._told.pop(watch, None)
        self._taps.remove(f"balance:{watch}")

    async def entries(self, step: PlannedStep, listening: Sequence[Listening]) -> list[News]:
        """Return a `chain.balance` for each watch whose balance is another one at its level's height."""
        self._pending = {}
        moved = self._coins_moved(step)
        due: list[tuple[Listening, int]] = []
        for one in listening:
            low, high = rise(one.level, step.before, step.after, step.ancestor.number)
            if (high > low or step.undone) and high > one.start and self._may_differ(step, one, moved):
                due.append((one, high))
        hashes = {number: await self.hash_at(step, number) for number in {number for _, number in due}}
        strangers = list(
            dict.fromkeys(token for one, _ in due if (token := _token_of(one)) and token not in self._meta)
        )
        calls = [_call(one, hashes[n]) for one, n in due]
        calls += [call for token in strangers for call in _meta_calls(token, hashes[due[-1][1]])]
        answers = await step.node.batch(calls) if calls else []
        self._learn(strangers, answers[len(due) :])
        news = []
        for (one, number), answer in zip(due, answers, strict=False):
            balance = _read(answer)
            if step.undone or one.id not in self._told or self._told[one.id] != balance:
                self._pending[one.id] = balance
                block = {"number": number, "hash": hashes[number]}
                told = balance_news(one, step.origin, block, balance, step.after)
                if (meta := self._meta.get(_token_of(one) or "")) is not None:
                    told.body["meta"] = meta
                news.append(told)
        return news

    def _learn(self, tokens: Sequence[str], answers: Sequence[Any]) -> None:
        """Keep what tokens say of themselves, where it may be shown; a node's failure is no answer."""
        for token, *said in zip(tokens, answers[::2], answers[1::2], strict=True):
            if all(isinstance(each, Reverted | Refused) or not isinstance(each, NodeError) for each in said):
                symbol, decimals = symbol_in(said[0]), decimals_in(said[1])
                shown = symbol is not None and decimals is not None
                self._meta[token] = {"symbol": symbol, "decimals": decimals} if shown else None
        while len(self._meta) > TOKENS:
            del self._meta[next(iter(self._meta))]

    def _coins_moved(self, step: PlannedStep) -> set[str] | None:
        """Return the accounts whose coins may have moved in this step; None for all."""
        now = self._clock.monotonic()
        touched = [] if self._full is None else [self._full.touched(header) for header in step.applied]
        if self._full is None or None in touched or now - self._coins_at >= COIN_S:
            self._coins_at = now
            return None
        return {account for each in touched for account in each or ()}

    def _may_differ(self, step: PlannedStep, one: Listening, moved: set[str] | None) -> bool:
        """Return whether the balance may have changed; of a token only transfers say so."""
        token = one.record["balance"].get("token")
        if one.id not in self._told or one.id in self._doubted or step.undone:
            return True
        if one.level != "included" or not step.whole:
            return True
        if token is None:
            return moved is None or one.record["balance"]["account"] in moved
        return _is_in(step, one)

    def committed(self, step: PlannedStep) -> None:
        """Remember what rooms were told, and whom logs found late concern: they are asked in the next step."""
        super().committed(step)
        late = set() if step.applied else {one.id for one in self.all.values() if _is_in(step, one)}
        self._doubted = set() if step.applied else self._doubted | late
        if step.undone:
            self._told = {}  # whoever was not asked in this step is asked in the next one
        self._told |= self._pending
        self._pending = {}


def _token_of(one: Listening) -> str | None:
    token: str | None = one.record["balance"].get("token")
    return token


def _is_in(step: PlannedStep, one: Listening) -> bool:
    """Return whether a transfer among the step's logs touches a watch's account and token."""
    token, touches = _token_of(one), _touches(_topic(one.record["balance"]["account"]))
    return token is not None and any(log.address == token.lower() and touches(log) for log in step.logs)


def _meta_calls(token: str, block: str) -> list[Call]:
    return [("eth_call", [call_of(token, view), {"blockHash": block}]) for view in ("symbol()", "decimals()")]


def _topic(account: str) -> str:
    return "0x" + account[2:].lower().rjust(64, "0")


def _touches(account: str) -> Any:
    def touches(log: Log) -> bool:
        return account in log.topics[1:3]

    return touches


def _call(one: Listening, block: str) -> Call:
    asked, at = one.record["balance"], {"blockHash": block}
    if (token := asked.get("token")) is None:
        return ("eth_getBalance", [asked["account"], at])
    data = _BALANCE_OF + _topic(asked["account"])[2:]
    return ("eth_call", [{"to": token, "data": data, "gas": _GAS}, at])


def _read(answer: Any) -> str | None:
    """Return a balance; None where the token reverts or answers no number. Raises NodeError where the node failed."""
    if isinstance(answer, Reverted | Refused):
        return None
    if isinstance(answer, NodeError):
        raise answer
    if not isinstance(answer, str) or not answer.startswith("0x") or len(answer) not in range(3, 67):
        return None
    return str(int(answer, 16))
