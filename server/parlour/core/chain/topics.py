"""Topics made from values: a watch's `where` filter compares them with the indexed parameters of a log."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from eth_abi.abi import encode
from eth_utils.address import is_address
from eth_utils.crypto import keccak

from parlour.core.chain.abi import Event, Param
from parlour.errors import Invalid

_MAX_VALUES = 64
"""Values of one parameter that a filter accepts."""


def where_topics(events: Sequence[Event], where: Mapping[str, Any]) -> list[frozenset[str] | None]:
    """Return the topics that a filter accepts at positions 1, 2, 3; None accepts all.

    Args:
        where: `{parameter: value | [values]}`.

    Raises:
        Invalid: a name that is not an indexed parameter, or a value that does not fit.
    """
    if not where:
        return []
    if len(events) != 1:
        raise Invalid("where needs a watch on exactly one event.", details={"path": "watch.where"})
    accepted: list[frozenset[str] | None] = [None] * (events[0].topics - 1)
    positions = {name: (i, param) for i, (name, param) in enumerate(events[0].indexed)}
    for name, value in where.items():
        if name not in positions:
            known = ", ".join(positions) or "none"
            raise Invalid(
                f"where.{str(name)[:40]}: not an indexed parameter of {events[0].name} (indexed: {known}).",
                details={"path": "watch.where"},
            )
        at, param = positions[name]
        values = value if isinstance(value, list) else [value]
        if not 1 <= len(values) <= _MAX_VALUES:
            raise Invalid(f"where.{name} takes 1 to {_MAX_VALUES} values.", details={"path": f"watch.where.{name}"})
        accepted[at] = frozenset(topic_of(param, v) for v in values)
    return accepted


def topic_of(param: Param, value: Any) -> str:
    """Return the 32-byte topic (0x hex) of an indexed parameter with this value.

    Raises:
        Invalid: the value does not fit the type.
    """
    try:
        if param.dynamic:
            return _hash_topic(param, value)
        word: bytes = encode([param.kind], [_to_abi(param.kind, value)])
        return "0x" + word.hex()
    except Invalid:
        raise
    except Exception as error:  # eth_abi raises its own tree, TypeErrors and OverflowErrors alike
        raise _misfit(param, value) from error


def _misfit(param: Param, value: Any) -> Invalid:
    return Invalid(
        f"where.{param.name}: {str(value)[:60]!r} is not a value of type {param.kind}.",
        details={"path": f"watch.where.{param.name}"},
    )


def _hash_topic(param: Param, value: Any) -> str:
    """Return the topic of a string or bytes from its content, of any other dynamic type from its hash."""
    if not isinstance(value, str):
        raise _misfit(param, value)
    if param.kind == "string":
        return "0x" + keccak(text=value).hex()
    if param.kind == "bytes":
        return "0x" + keccak(bytes.fromhex(value.removeprefix("0x"))).hex()
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", value):
        raise Invalid(f"where.{param.name}: give the 32-byte hash of a {param.kind}.", details={"path": "watch.where"})
    return value.lower()


def _to_abi(kind: str, value: Any) -> Any:
    """Return a JSON value as eth_abi encodes it; raises ValueError or TypeError where it does not fit."""
    if kind == "address":
        if not is_address(value):
            raise ValueError("not an address")
        return value
    if kind == "bool":
        if not isinstance(value, bool):
            raise ValueError("not a boolean")
        return value
    if kind.startswith("bytes") or kind == "function":
        raw = bytes.fromhex(value.removeprefix("0x"))
        if len(raw) != (24 if kind == "function" else int(kind[5:])):
            raise ValueError("wrong length")
        return raw
    if isinstance(value, bool):
        raise ValueError("not a number")
    return int(value, 0) if isinstance(value, str) else int(value)
