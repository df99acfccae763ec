"""Watches of factories, whose pools get markets when somebody first joins them (protocol §5)."""

from __future__ import annotations

from typing import Any

from parlour.core.markets.pools import PAIR_CREATED, POOL_CREATED
from parlour.errors import Invalid

FACTORY = "factory"
"""The word in `room:watch`, and the kind of such a watch's subscription."""
_GIVEN = ("address", "event", "topics", "where", "blocks", "balance")


def factory_watch(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the watch of events that `{chain, factory, finality?, confirm?, fromBlock?}` asks for; raises Invalid."""
    if not isinstance(asked[FACTORY], str) or any(asked.get(word) is not None for word in _GIVEN):
        message = "A watch of a factory names its address in place of address and event."
        raise Invalid(message, details={"path": f"watch.{FACTORY}"})
    rest = {key: value for key, value in asked.items() if key != FACTORY}
    return {**rest, "address": asked[FACTORY], "event": [PAIR_CREATED, POOL_CREATED]}
