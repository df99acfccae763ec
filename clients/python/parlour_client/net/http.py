"""Calls to a server's HTTP API, with its refusals as typed errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp

from parlour_client.errors import ParlourError, SignInRefused, error_from
from parlour_client.net.reasons import from_answer, from_exception, parsed_json
from parlour_client.ports import Content


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
        content: Content | None = None,
    ) -> dict[str, Any]:
        """Return the JSON of the answer, `{}` where it has none.

        Args:
            content: a body of bytes, in place of `body`.

        Raises:
            SignInRefused: 401; its code names the rule that failed.
            Unavailable: the server cannot answer now; ConnectionLost where it did not answer at all, Unreachable where
                what answered is no Parlour server.
            ParlourError: refused otherwise.
        """
        answer, raw = await self._answer(method, path, token, json=body, data=content, params=query)
        parsed = parsed_json(raw) if raw else {}
        if not isinstance(parsed, dict):
            raise self._refusal(answer, raw) from _response_error(answer)
        return parsed

    async def read(self, path: str, *, token: str | None = None) -> bytes:
        """Return the bytes of the answer to a GET; raises as `call`."""
        return (await self._answer("GET", path, token))[1]

    async def _answer(
        self, method: str, path: str, token: str | None, **request: Any
    ) -> tuple[aiohttp.ClientResponse, bytes]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        sent = self._http.request(  # a redirected POST would come as a GET, and a token go to another server
            method, self._url + path, headers=headers, allow_redirects=False, **request
        )
        try:
            async with sent as answer:
                raw = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise from_exception(self._url, error) from error
        if answer.status >= 300:
            raise self._refusal(answer, raw) from _response_error(answer)
        return answer, raw

    def _refusal(self, answer: aiohttp.ClientResponse, raw: bytes) -> ParlourError:
        parsed = parsed_json(raw)
        if answer.status == 401 and isinstance(parsed, dict) and isinstance(parsed.get("error"), dict):
            return error_from(parsed["error"], SignInRefused)
        return from_answer(self._url, answer.status, answer.headers, raw)


def _response_error(answer: aiohttp.ClientResponse) -> aiohttp.ClientResponseError:
    return aiohttp.ClientResponseError(answer.request_info, (), status=answer.status, message=answer.reason or "")
