"""Calls nodes by JSON-RPC: HTTP for calls, WebSocket for calls and pushed heads.

A client of its own: web3.py neither subscribes again nor reads what it missed after a lost connection, and decodes
twenty times slower. A WebSocket node keeps two connections: calls do not wait behind a burst of heads, nor heads behind
a large answer.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from parlour.adapters.chain import large_answers
from parlour.adapters.chain.batches import Batches, BatchRefused, speaks_of_batches
from parlour.adapters.chain.block_hashes import send_at_hashes
from parlour.adapters.chain.endpoint_words import http_status, no_answer, public_name
from parlour.runtime.nodes.node import (
    Call,
    Disconnected,
    Node,
    NodeError,
    RangeTooLarge,
    RateLimited,
    Refused,
    Unsupported,
    read_error,
    seconds_asked,
)

CALL_TIMEOUT = 5.0
"""Seconds an answer may take before the endpoint counts as gone (chain.md F12, a frozen node)."""
HEARTBEAT = 4.0
"""Seconds between pings on a socket; it is closed if no pong comes within half of that."""
MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of one answer that are read at all: room for the receipts of the largest blocks."""

_CLOSING = aiohttp.ClientWSTimeout(ws_close=0.2)
"""Seconds that closing a socket may take: a frozen peer never answers a close frame."""


def connect(url: str, *, timeout: float = CALL_TIMEOUT) -> Node:
    """Make the client for an endpoint's URL: `http(s)://` or `ws(s)://`; it connects at the first call.

    Raises:
        ValueError: another scheme.
    """
    scheme = urlsplit(url).scheme
    if scheme in ("http", "https"):
        return HttpNode(url, timeout)
    if scheme in ("ws", "wss"):
        return WsNode(url, timeout)
    raise ValueError(f"An endpoint's URL starts with http://, https://, ws:// or wss://, not {scheme!r}.")


def _request(number: int, call: Call) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": call[0], "params": call[1]}


def _result(answer: Any, method: str) -> Any:
    if not isinstance(answer, dict):
        return Disconnected("the answer is not a JSON-RPC object")
    if answer.get("error") is not None:
        return read_error(answer["error"], method)
    return answer.get("result")


def _id_of(answer: dict[str, Any]) -> int:
    """Return which request is answered; -1 for what is no id of ours, which may be a list or an object."""
    id_ = answer.get("id")
    return id_ if type(id_) is int else -1


class Unreadable(Disconnected):
    """An HTTP answer that is no JSON, with its status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{http_status(status)}, and no JSON")
        self.status = status


class RpcNode:
    """What nodes of both transports share: single calls are batches of one, and batches are as large as they are taken.

    Attributes:
        call_timeout: seconds an answer may take.
        batches: how many calls it takes at once.
    """

    def __init__(self, url: str, timeout: float = CALL_TIMEOUT) -> None:
        self.url = url
        self.name = public_name(url)
        self.call_timeout = timeout
        self.batches = Batches(self.name)
        self._session: aiohttp.ClientSession | None = None
        self._ids = itertools.count(1)

    async def call(self, method: str, params: list[Any]) -> Any:
        """Return the `result` of one call; raises NodeError."""
        (result,) = await self.batch([(method, params)])
        if isinstance(result, NodeError):
            raise result
        return result

    async def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Return the results in order; a failed item is a NodeError. Raises NodeError."""
        return await send_at_hashes(calls, partial(self.batches.send, batch=self._batch, single=self._single))

    def limit(self, *, max_batch: int, call_timeout: float) -> None:
        """Send at most so many calls at once, and wait so many seconds for an answer."""
        self.batches.most, self.call_timeout = max_batch, call_timeout

    async def _batch(self, calls: Sequence[Call]) -> list[Any]:
        """Send calls together; raises BatchRefused and NodeError."""
        raise NotImplementedError

    async def _single(self, call: Call) -> Any:
        """Send one call; raises NodeError."""
        return (await self._batch([call]))[0]

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None


class HttpNode(RpcNode):
    """Implements `Node` over HTTP; heads must be polled."""

    async def _single(self, call: Call) -> Any:
        return _result(await self._post(_request(next(self._ids), call), call[0]), call[0])

    async def _batch(self, calls: Sequence[Call]) -> list[Any]:
        requests = dict(zip(self._ids, calls, strict=False))
        try:
            answers = await self._post([_request(n, c) for n, c in requests.items()], calls[0][0])
        except Unreadable as error:
            raise (BatchRefused if 400 <= error.status < 500 else Disconnected)(str(error)) from error
        if not isinstance(answers, list):
            refusal = _result(answers, calls[0][0])
            raise refusal if isinstance(refusal, RateLimited) else BatchRefused
        if all(speaks_of_batches(answer) for answer in answers):
            raise BatchRefused
        by_id = {_id_of(a): a for a in answers if isinstance(a, dict)}
        return [_result(by_id.get(n), c[0]) for n, c in requests.items()]

    async def _post(self, body: Any, method: str) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(auto_decompress=True)
        headers = {"Content-Type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=self.call_timeout)
        try:
            async with self._session.post(
                self.url, data=orjson.dumps(body), headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                if 300 <= answer.status < 400:
                    raise Disconnected(f"{self.name}: {http_status(answer.status)}")
                raw = await _read_capped(answer, method)
                if answer.status == 429:
                    raise RateLimited("429 Too Many Requests", seconds_asked(answer.headers.get("Retry-After")))
                if answer.status == 413 and method == "eth_getLogs":
                    raise RangeTooLarge("413 Payload Too Large")
                return await _json(raw, answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise no_answer(self.name, error) from None

    async def follow_heads(self, on_head: Callable[[dict[str, Any]], None]) -> None:
        """Raise Unsupported: over HTTP heads are polled."""
        raise Unsupported("HTTP endpoints push nothing")

    async def follow_pending(self, on_pending: Callable[[Any], None]) -> None:
        """Raise Unsupported, as `follow_heads`."""
        raise Unsupported("HTTP endpoints push nothing")


async def _read_capped(answer: aiohttp.ClientResponse, method: str) -> bytes:
    chunks, size = [], 0
    async for chunk in answer.content.iter_chunked(1 << 18):
        size += len(chunk)
        if size > MAX_ANSWER:
            if method == "eth_getLogs":
                raise RangeTooLarge(f"the answer is over {MAX_ANSWER} bytes")
            raise Disconnected(f"the answer is over {MAX_ANSWER} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


async def _json(raw: bytes, status: int) -> Any:
    try:
        parsed = await large_answers.parse(raw)
    except orjson.JSONDecodeError:
        raise Unreadable(status) from None
    if status >= 500 and not (isinstance(parsed, dict) and "error" in parsed):
        raise Disconnected(http_status(status))
    return parsed


class WsNode(RpcNode):
    """Implements `Node` over WebSocket, pushed heads included; it reconnects at the next call."""

    def __init__(self, url: str, timeout: float = CALL_TIMEOUT) -> None:
        super().__init__(url, timeout)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._sent: dict[int, list[int]] = {}
        self._opening = asyncio.Lock()

    async def _batch(self, calls: Sequence[Call]) -> list[Any]:
        socket = await self._open()
        requests = dict(zip(self._ids, calls, strict=False))
        futures = {n: asyncio.get_running_loop().create_future() for n in requests}
        self._waiting |= futures
        self._sent[min(requests)] = list(requests)
        bodies = [_request(n, c) for n, c in requests.items()]
        try:
            async with asyncio.timeout(self.call_timeout):
                await socket.send_str(orjson.dumps(bodies[0] if len(bodies) == 1 else bodies).decode())
                answers = await asyncio.gather(*futures.values())
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            await self._drop()
            raise no_answer(self.name, error) from None
        finally:
            self._sent.pop(min(requests), None)
            for number in requests:
                self._waiting.pop(number, None)
        if len(calls) > 1 and all(speaks_of_batches(answer) for answer in answers):
            raise BatchRefused
        return [_result(a, c[0]) for a, c in zip(answers, calls, strict=True)]

    def _on_nameless(self, answer: dict[str, Any]) -> None:
        """End the oldest batch, or else the oldest call, by an error that names none: it could not be read as sent."""
        sent = next((numbers for numbers in self._sent.values() if len(numbers) > 1), None)
        sent = sent or next(iter(self._sent.values()), [])
        error = read_error(answer.get("error"))
        for number in sent:
            future = self._waiting.get(number)
            if future is not None and not future.done():
                future.set_exception(BatchRefused() if len(sent) > 1 and not isinstance(error, RateLimited) else error)

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        async with self._opening:
            if self._socket is None or self._socket.closed:
                await self._drop()
                self._socket = await self._connect()
                self._reader = asyncio.create_task(self._read(self._socket))
            return self._socket

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        if self._session is None:
            self._session = aiohttp.ClientSession(trace_configs=[_refuse_redirects()])
        try:
            async with asyncio.timeout(self.call_timeout):
                return await self._session.ws_connect(
                    self.url, heartbeat=HEARTBEAT, max_msg_size=MAX_ANSWER, timeout=_CLOSING
                )
        except aiohttp.WSServerHandshakeError as error:
            if error.status == 429:
                raise RateLimited("429 Too Many Requests") from None
            raise no_answer(self.name, error) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise no_answer(self.name, error) from None

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in socket:
                for answer in await _answers(message):
                    if answer.get("id") is None and answer.get("error") is not None:
                        self._on_nameless(answer)
                        continue
                    future = self._waiting.get(_id_of(answer))
                    if future is not None and not future.done():
                        future.set_result(answer)
        finally:
            lost = Disconnected(f"{self.name}: the connection closed")
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(lost)

    async def _drop(self) -> None:
        socket, reader = self._socket, self._reader
        self._socket = self._reader = None
        if reader is not None:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
        if socket is not None:
            await socket.close()

    async def follow_heads(self, on_head: Callable[[dict[str, Any]], None]) -> None:
        """Subscribe on a connection of its own and report each head until it ends; raises NodeError."""
        await self._follow(["newHeads"], on_head, lambda: on_head({}))

    async def follow_pending(self, on_pending: Callable[[Any], None]) -> None:
        """Subscribe to pending transactions as a whole, or by hash where that is refused; raises NodeError."""
        try:
            await self._follow(["newPendingTransactions", True], on_pending)
        except (Refused, Unsupported):
            await self._follow(["newPendingTransactions"], on_pending)

    async def _follow(
        self, wanted: list[Any], on_news: Callable[[Any], None], on_standing: Callable[[], None] = lambda: None
    ) -> None:
        """Subscribe on a connection of its own and report what is pushed; raises NodeError, at the end too."""
        socket = await self._connect()
        try:
            await socket.send_str(orjson.dumps(_request(1, ("eth_subscribe", wanted))).decode())
            async for message in socket:
                for answer in await _answers(message):
                    if answer.get("error") is not None:
                        raise read_error(answer["error"])
                    if answer.get("method") == "eth_subscription":
                        on_news(answer["params"]["result"])
                    else:
                        on_standing()
        except (aiohttp.ClientError, OSError) as error:
            raise no_answer(self.name, error) from None
        finally:
            await socket.close()
        raise Disconnected(f"{self.name}: the connection closed")

    async def close(self) -> None:
        """Close every connection."""
        await self._drop()
        await super().close()


def _refuse_redirects() -> aiohttp.TraceConfig:
    """Return the hook that ends a handshake at a redirect: `ws_connect` has no option for it."""

    async def refuse(*event: Any) -> None:
        redirect = event[2].response
        raise aiohttp.WSServerHandshakeError(redirect.request_info, (), status=redirect.status)

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace


async def _answers(message: aiohttp.WSMessage) -> list[dict[str, Any]]:
    if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
        return []
    try:
        data = message.data
        parsed = await large_answers.parse(data.encode() if isinstance(data, str) else data)
    except orjson.JSONDecodeError:
        return []
    return [a for a in (parsed if isinstance(parsed, list) else [parsed]) if isinstance(a, dict)]
