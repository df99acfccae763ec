"""Sends calls in batches that an endpoint accepts: halved whenever one is refused, down to single calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from parlour.runtime.nodes.node import Call

log = structlog.get_logger()

MAX_BATCH = 20
"""Calls of one batch unless a chain's `maxBatch` says otherwise: Alchemy's limit over WebSocket, and Moralis'."""
_SINGLES_AT_ONCE = 8
"""Single calls under way where an endpoint takes no batches: hides round trips, and stays below rate limits."""


class BatchRefused(Exception):
    """The endpoint takes no batch of this size, or none at all."""


class Batches:
    """The batches of one endpoint.

    Args:
        name: the endpoint's, for the log.
        most: calls of one batch; 1 sends every call alone.
    """

    def __init__(self, name: str, most: int = MAX_BATCH) -> None:
        self._name = name
        self.most = most

    async def send(
        self,
        calls: Sequence[Call],
        batch: Callable[[Sequence[Call]], Awaitable[list[Any]]],
        single: Callable[[Call], Awaitable[Any]],
    ) -> list[Any]:
        """Return the results of all calls in order; raises what `batch` and `single` raise.

        Args:
            batch: sends two or more calls together; raises BatchRefused.
            single: sends one call.
        """
        results: list[Any] = []
        while len(results) < len(calls):
            rest = calls[len(results) :]
            if self.most == 1 or len(rest) == 1:
                results += await asyncio.gather(*(single(call) for call in rest[:_SINGLES_AT_ONCE]))
                continue
            try:
                results += await batch(rest[: self.most])
            except BatchRefused:
                self._halve(min(len(rest), self.most))
        return results

    def _halve(self, refused: int) -> None:
        self.most = max(1, refused // 2)
        log.warning("chain.batch_halved", endpoint=self._name, refused=refused, now=self.most)


def speaks_of_batches(answer: Any) -> bool:
    """Return whether an answer is an error about batches, as some providers give for each call of one."""
    error = answer.get("error") if isinstance(answer, dict) else None
    return isinstance(error, dict) and "batch" in str(error.get("message", "")).lower()
