"""Parses large JSON-RPC answers in slices: a block of 20,000 logs is 12 MB, which stop the loop for 50 ms at once.

Only the shape that large answers have is cut: one `result` that is a list of objects, such as logs. The list is parsed
in portions of its objects; anything that does not come out right that way is parsed whole.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

LARGE = 512 * 1024
"""Bytes from which an answer is parsed in slices: fewer take 2 ms."""
_PORTION = 256 * 1024
"""Bytes of one slice: 1 ms."""
_OPENING = b'"result":['
_LONGEST_REST = 64 * 1024
"""Bytes an answer may have beside its list: a batch with one large answer among small ones."""


async def parse(raw: bytes) -> Any:
    """Parse JSON; raises orjson.JSONDecodeError."""
    if len(raw) >= LARGE and (cut := _cut(raw)) is not None:
        rest, holder, items = cut
        try:
            holder["result"] = await _parse_items(items)
        except orjson.JSONDecodeError:
            return orjson.loads(raw)
        return rest
    return orjson.loads(raw)


def _cut(raw: bytes) -> tuple[Any, dict[str, Any], bytes] | None:
    """Return the answer with an empty list, the object that the list belongs in, and the list's inside."""
    start = raw.find(_OPENING)
    end = len(raw)
    for _ in range(3):
        end = raw.rfind(b"}]", start, end)
        if start < 0 or end < 0:
            return None
        rest = raw[:start] + _OPENING + raw[end + 1 :]
        if len(rest) > _LONGEST_REST:
            return None
        try:
            parsed = orjson.loads(rest)
        except orjson.JSONDecodeError:
            continue
        empty = [a for a in (parsed if isinstance(parsed, list) else [parsed]) if isinstance(a, dict)]
        holders = [a for a in empty if a.get("result") == []]
        return (parsed, holders[0], raw[start + len(_OPENING) : end + 1]) if len(holders) == 1 else None
    return None


async def _parse_items(inside: bytes) -> list[Any]:
    found: list[Any] = []
    at = 0
    while at < len(inside):
        cut = inside.find(b"},{", at + _PORTION)
        end = len(inside) if cut < 0 else cut + 1
        found += orjson.loads(b"[" + inside[at:end] + b"]")
        at = end + 1
        await asyncio.sleep(0)
    return found
