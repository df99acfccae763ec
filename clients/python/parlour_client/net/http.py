"""Calls to a server's HTTP API, with its refusals as typed errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp

from parlour_client.errors import ConnectionLost, SignInRefused, Unavailable, error_from


class AioHttp:
    """One server's HTTP API by aiohttp; implements `parlour_client.ports.Http`.

    Args:
        http: carries every call; not closed here.
        url: the server's address.
    """

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url.rstrip("/")

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return the JSON of the answer, `{}` where it has none.

        Raises:
            SignInRefused: 401; its code names the rule that failed.
            Unavailable: the server cannot answer now; ConnectionLost where it did not answer at all.
            ParlourError: refused otherwise.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = self._http.request(method, self._url + path, json=body, headers=headers, params=query)
        try:
            async with request as answer:
                parsed = await answer.json(content_type=None) if answer.status != 204 else {}
                if answer.status < 400:
                    return dict(parsed)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ConnectionLost(f"{self._url} does not answer: {error or type(error).__name__}.") from error
        fallback = SignInRefused if answer.status == 401 else Unavailable
        raise error_from(parsed.get("error") if isinstance(parsed, dict) else None, fallback)
