"""Asks the moderation service: one POST for each text, signed as webhooks are (protocol §7 "Moderation service").

An answer has 64 kB at most.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from parlour.adapters.outbound.signed_posts import NotAnswered, SignedPosts
from parlour.runtime.moderation.judging import MOST_REASON, NoVerdict, Verdict

ANSWER_BYTES = 65_536
VERDICTS = ("allow", "refuse", "hold")


class ModerationService:
    """Implements `runtime.moderation.judging.Judge`.

    Args:
        secret: signs each question; None sends no signature.
        timeout_ms: for the whole answer.
        now: the time in ms.
    """

    def __init__(self, url: str, secret: str | None, timeout_ms: int, now: Callable[[], int]) -> None:
        self._url = url
        self._secret = secret
        self._seconds = timeout_ms / 1000
        self._posts = SignedPosts(now)

    async def ask(self, question: dict[str, Any]) -> Verdict:
        """Return the verdict; raises NoVerdict, whose text names no word of the question."""
        body = orjson.dumps(question)
        try:
            async with self._posts.post(self._url, self._secret, body, self._seconds) as answer:
                raw = await answer.content.read(ANSWER_BYTES + 1)
                return _verdict(answer.status, raw)
        except NotAnswered as error:
            raise NoVerdict(str(error)) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._posts.close()


def _verdict(status: int, raw: bytes) -> Verdict:
    if status != 200:
        raise NoVerdict(f"status {status}")
    try:
        answer = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NoVerdict("no JSON") from None
    verdict = answer.get("verdict") if isinstance(answer, dict) and len(raw) <= ANSWER_BYTES else None
    if verdict not in VERDICTS:
        raise NoVerdict("no verdict")
    reason = answer.get("reason")
    return Verdict(verdict, reason[:MOST_REASON] if isinstance(reason, str) and reason else None)
