"""What a follower asks of an RPC endpoint, and the ways an endpoint can fail.

    NodeError
    ├── Disconnected    no answer: refused, closed, timed out, not JSON
    ├── RateLimited     too many requests; `retry_after` seconds where the node says so
    ├── RangeTooLarge   an `eth_getLogs` range the provider will not serve; it may suggest another
    ├── Absent          the block or receipt is not there (yet, or any more)
    ├── Reverted        `eth_call` reverted; `data` is what it gave back
    ├── Unsupported     no such method or tag
    └── Refused         any other error object

Transports implement it: `adapters/chain/node_rpc.py` speaks HTTP and WebSocket, `testing/fake_node.py` is a fake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, Protocol

Call = tuple[str, list[Any]]
"""A JSON-RPC method and its parameters."""


class NodeError(Exception):
    """An endpoint did not answer what it was asked.

    Its text is our own words only: it reaches answers and logs, and a provider's text may hold the key of its URL.
    """


class Disconnected(NodeError):
    """No answer at all."""


class RateLimited(NodeError):
    """Too many requests; `retry_after` is the pause in seconds that the node asks for, if it does."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RangeTooLarge(NodeError):
    """The range is too large: `size` blocks are allowed, or the range `suggested` works; both may be unknown."""

    def __init__(self, message: str, size: int | None = None, suggested: tuple[int, int] | None = None) -> None:
        super().__init__(message)
        self.size = size
        self.suggested = suggested


class Absent(NodeError):
    """The node does not know the block, transaction or receipt."""


class Reverted(NodeError):
    """An `eth_call` reverted; `data` (0x hex) is the contract's answer."""

    def __init__(self, message: str, data: str = "0x") -> None:
        super().__init__(message)
        self.data = data


class Unsupported(NodeError):
    """The node has no such method, tag or subscription."""


class Refused(NodeError):
    """Any other error object, with its JSON-RPC code; `said` is the provider's text and is shown to nobody."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(f"the endpoint answered with error {code}")
        self.code = code
        self.said = said


class Node(Protocol):
    """One endpoint. Every method may raise NodeError."""

    name: str
    """For operators and for acks: a configured name, or the host, never a path or a key."""

    def limit(self, *, max_batch: int, call_timeout: float) -> None:
        """Send at most so many calls at once, and wait so many seconds for an answer."""

    async def call(self, method: str, params: list[Any]) -> Any:
        """Return the `result` of one JSON-RPC call, `None` included."""

    async def batch(self, calls: Sequence[Call]) -> list[Any]:
        """Return the results in order, all from this endpoint; a failed item is a NodeError."""

    async def follow_heads(self, on_head: Callable[[dict[str, Any]], None]) -> None:
        """Subscribe to new heads and report each until the connection ends.

        Args:
            on_head: gets the raw header; `{}` says that the subscription stands.

        Raises:
            Unsupported: this endpoint cannot push; ask it instead.
            Disconnected: the subscription is gone.
        """

    async def follow_pending(self, on_pending: Callable[[Any], None]) -> None:
        """Subscribe to transactions that wait for a block, and report each until the connection ends.

        Args:
            on_pending: gets the raw transaction, or its hash where the endpoint gives no more.

        Raises: as `follow_heads`.
        """

    async def close(self) -> None:
        """Close every connection."""


_TOO_LARGE = "the endpoint does not serve so large a range"
_NUMBER = r"(?P<size>\d[\d,._]*)\s*(?P<kilo>k\b)?"
_RANGE_ERRORS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(try with this block range|this block range should work):?\s*\[0x(?P<a>[0-9a-f]+),\s*0x(?P<b>[0-9a-f]+)\]",
        rf"requested too many blocks from \d+ to \d+, maximum is set to {_NUMBER}",
        rf"exceeds the range allowed for your plan \(\d+ > {_NUMBER}\)",
        rf"max(imum block)? range: {_NUMBER}",
        rf"maximum allowed number of requested blocks is {_NUMBER}",
        rf"maximum \[from, to\] blocks distance: {_NUMBER}",
        rf"limit(ed)? (to|the query to)( at most)?( a)? {_NUMBER}",
        rf"block range (is )?(greater than|exceeds|too wide|is too wide|too large)( \(maximum)? {_NUMBER}",
        rf"query exceeds max block range {_NUMBER}",
        rf"range is too large, max is {_NUMBER}",
        rf"must be smaller than size {_NUMBER}",
        rf"up to a {_NUMBER} block range",
        rf"max block range:? {_NUMBER}",
        r"block range (is )?too (wide|large)",
        r"block range limit exceeded",
        r"(allowed block )?range threshold exceeded",
        r"exceeded max allowed",
        r"no backend is currently healthy to serve traffic",
        r"(backend )?response (is )?too (large|big)|response size (exceeded|is larger)",
        r"query exceeds max results|query returned more than [\d,]+ results|more than [\d,]+ results",
        r"query timeout exceeded|log response size exceeded",
    )
]
"""Messages of providers, most of them collected by Ponder's getLogsRetryHelper (MIT); each is a test vector."""


def range_error(message: str) -> RangeTooLarge | None:
    """Read a provider's message about a log range, and the range it suggests.

    Returns:
        None where the message is about something else.
    """
    for pattern in _RANGE_ERRORS:
        match = pattern.search(message)
        if match is None:
            continue
        groups = match.groupdict()
        if groups.get("a"):
            return RangeTooLarge(_TOO_LARGE, suggested=(int(groups["a"], 16), int(groups["b"], 16)))
        if groups.get("size"):
            size = int(re.sub(r"[,._]", "", groups["size"]) or 0) * (1000 if groups.get("kilo") else 1)
            return RangeTooLarge(_TOO_LARGE, size=size or None)
        return RangeTooLarge(_TOO_LARGE)
    return None


def read_error(error: Any, method: str = "") -> NodeError:
    """Return the NodeError for a JSON-RPC `error` object; the provider's text does not become its message."""
    if not isinstance(error, dict):
        return Refused(0, str(error)[:200])
    code, message = error.get("code", 0), str(error.get("message", ""))[:500]
    text = message.lower()
    if method == "eth_getLogs" and (found := range_error(message)):
        return found
    if code == 429 or code == -32029 or "rate limit" in text or "too many requests" in text or "request limit" in text:
        return RateLimited("too many requests", _retry_after(error.get("data")))
    if code == -32005:
        return RateLimited("too many requests", _retry_after(error.get("data")))
    if code == 3 or "revert" in text:
        data = error.get("data")
        return Reverted("the call reverted", data if isinstance(data, str) else "0x")
    if code == -32001 or "unknown block" in text or "header not found" in text or "block not found" in text:
        return Absent("the endpoint does not know that block")
    if code in (-32601, -32004) or "not implemented" in text or "not supported" in text or "not available" in text:
        return Unsupported("the endpoint does not serve that method")
    return Refused(code if isinstance(code, int) else 0, message)


def _retry_after(data: Any) -> float | None:
    try:
        return seconds_asked(data["rate"]["backoff_seconds"])
    except (KeyError, TypeError):
        return None


def seconds_asked(value: Any) -> float | None:
    """Return the pause that an endpoint asks for; None where that is no finite number: `nan` would never be over."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if isfinite(seconds) else None
