"""Filters: conditions on what happened, joined by `&`, `|` and `~`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any

from parlour_client.bot.commands import RANKS, RoleName
from parlour_client.bot.context import Context

Check = Callable[[Context], bool | Awaitable[bool]]
_FINALITY = {"included": 0, "safe": 1, "finalized": 2}


class Filter:
    """A condition: `Filter.startswith("gm") & ~Filter.from_bot()`.

    Args:
        check: a function or an `async def` that says whether what happened passes.
    """

    def __init__(self, check: Check) -> None:
        self._check = check

    async def passes(self, ctx: Context) -> bool:
        """Return whether what happened passes."""
        answer = self._check(ctx)
        return bool(await answer) if inspect.isawaitable(answer) else bool(answer)

    def __and__(self, other: Filter) -> Filter:
        async def both(ctx: Context) -> bool:
            return await self.passes(ctx) and await other.passes(ctx)

        return Filter(both)

    def __or__(self, other: Filter) -> Filter:
        async def either(ctx: Context) -> bool:
            return await self.passes(ctx) or await other.passes(ctx)

        return Filter(either)

    def __invert__(self) -> Filter:
        async def neither(ctx: Context) -> bool:
            return not await self.passes(ctx)

        return Filter(neither)

    @staticmethod
    def text(pattern: str) -> Filter:
        """Pass texts in which a regular expression finds something, in any case."""
        expression = re.compile(pattern, re.IGNORECASE)
        return Filter(lambda ctx: expression.search(ctx.text) is not None)

    @staticmethod
    def startswith(word: str) -> Filter:
        """Pass texts that begin like this, in any case."""
        return Filter(lambda ctx: ctx.text.lower().startswith(word.lower()))

    @staticmethod
    def author(account: str) -> Filter:
        """Pass what this account did."""
        return Filter(lambda ctx: ctx.author.lower() == account.lower())

    @staticmethod
    def mentions_me() -> Filter:
        """Pass messages that mention the bot."""
        return Filter(lambda ctx: ctx.parlour.account in _list(_body(ctx).get("mentions")))

    @staticmethod
    def from_bot() -> Filter:
        """Pass what accounts did whose profile says that they are bots."""
        return Filter(lambda ctx: ctx.people.is_bot(ctx.author))

    @staticmethod
    def body(**equals: Any) -> Filter:
        """Pass entries whose body has these values."""
        return Filter(lambda ctx: all(_body(ctx).get(key) == value for key, value in equals.items()))

    @staticmethod
    def finality(least: str) -> Filter:
        """Pass events of a chain that are at least `included`, `safe` or `finalized`; raises KeyError for another."""
        rank = _FINALITY[least]
        return Filter(lambda ctx: _FINALITY.get(str(_body(ctx).get("status")), -1) >= rank)

    @staticmethod
    def role(least: RoleName) -> Filter:
        """Pass what accounts did that have at least this role in the room."""
        rank = RANKS[least]

        async def has(ctx: Context) -> bool:
            return RANKS[await ctx.people.role(ctx.room, ctx.author)] >= rank

        return Filter(has)


def _body(ctx: Context) -> dict[str, Any]:
    return ctx.entry.body if ctx.entry is not None and isinstance(ctx.entry.body, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
