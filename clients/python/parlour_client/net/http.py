"""Calls to a server's HTTP API, with its refusals as typed errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp

from parlour_client.errors import SignInRefused, error_from
from parlour_client.net.reasons import from_answer, from_exception, parsed_json


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
            Unavailable: the server cannot answer now; ConnectionLost where it did not answer at all, Unreachable where
                what answered is no Parlour server.
            ParlourError: refused otherwise.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = self._http.request(  # a redirected POST would come as a GET, and a token go to another server
            method, self._url + path, json=body, headers=headers, params=query, allow_redirects=False
        )
        try:
            async with request as answer:
                raw = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise from_exception(self._url, error) from error
        parsed = parsed_json(raw) if raw else {}
        if answer.status < 300 and isinstance(parsed, dict):
            return parsed
        cause = aiohttp.ClientResponseError(answer.request_info, (), status=answer.status, message=answer.reason or "")
        if answer.status == 401 and isinstance(parsed, dict) and isinstance(parsed.get("error"), dict):
            raise error_from(parsed["error"], SignInRefused) from cause
        raise from_answer(self._url, answer.status, answer.headers, raw) from cause
