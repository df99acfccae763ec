"""What an account is told: kept in its list, and as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import Any

from parlour_client.types_gen import KeptNotice


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A page of kept notices, newest first.

    Attributes:
        cursor: asks for the next page, None on the last.
        unread: how many of all are unread, up to 1,000.
    """

    items: list[KeptNotice]
    cursor: str | None
    unread: int


class Notices:
    """What `Parlour.notices` returns: await it for a page of what was kept, iterate over it for what comes.

    `page = await parlour.notices(limit=20)`, or `async for notice in parlour.notices()`.
    """

    def __init__(
        self,
        kept: Callable[[], Coroutine[Any, Any, NoticePage]],
        coming: AsyncGenerator[dict[str, Any], None],
    ) -> None:
        self._kept = kept
        self._coming = coming

    def __await__(self) -> Generator[Any, Any, NoticePage]:
        """Return a page of kept notices; raises ParlourError."""
        return self._kept().__await__()

    def __aiter__(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield every notice from now on; raises ParlourError where the connection is closed for good."""
        return self._coming

    async def __anext__(self) -> dict[str, Any]:
        """Return the next notice."""
        return await anext(self._coming)
