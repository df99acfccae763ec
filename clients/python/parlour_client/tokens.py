"""Tokens that the program has from elsewhere: a fixed one, or a function that is asked before every socket."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Awaitable, Callable

from parlour_client.errors import ParlourError, Unauthorized, Unavailable

TokenOption = str | Callable[[], str | Awaitable[str]]
"""A session's token, or a function or `async def` that returns one."""
ASK_TIMEOUT_S = 10.0
"""For the function's answer; it may ask another server, and is asked again after a pause."""


class AskedTokens:
    """Asks the author's function for each socket; implements `parlour_client.ports.Tokens`.

    Args:
        source: the token, or what returns it.
    """

    def __init__(self, source: TokenOption) -> None:
        self._source = source

    async def token(self) -> str:
        """Return the token as of now.

        Raises:
            Unavailable: the function raised, or did not answer in time; it is asked again.
            Unauthorized: it gave no token.
        """
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                answer = self._source() if callable(self._source) else self._source
                token = await answer if inspect.isawaitable(answer) else answer
        except ParlourError:
            raise
        except TimeoutError as error:
            raise Unavailable(f"The token function did not answer in {ASK_TIMEOUT_S:g} s.") from error
        except Exception as error:
            raise Unavailable(f"The token function failed: {error!r}.") from error
        if not isinstance(token, str) or not token:
            raise Unauthorized(f"The token function gave no token, but {token!r}.")
        return token

    def renew_in(self) -> float:
        """Never: whoever made the session renews it, and the next socket asks for the token of then."""
        return math.inf

    def forget(self, token: str) -> None:
        """Do nothing: the next socket asks anyway."""
