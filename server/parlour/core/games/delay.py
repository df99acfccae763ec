"""The option `delay` of every game room: how old everything is that whoever is not seated sees."""

from __future__ import annotations

from typing import Any

from parlour.core.authoring.rules import DELAY, Rules
from parlour.errors import Invalid

MOST_DELAY_MS = 300_000
"""Five minutes: what is younger is kept in memory for those who watch."""


def check_delay(rules: Rules, options: dict[str, Any]) -> dict[str, int]:
    """Return `{delay}` as it is stored, or nothing where nothing is delayed; raises Invalid."""
    delay = options.get(DELAY, 0)
    if DELAY in rules.options.model_fields or (delay == 0 and type(delay) is int):
        return {}
    if type(delay) is not int or not 0 < delay <= MOST_DELAY_MS:
        problem = f"a whole number of ms from 0 to {MOST_DELAY_MS:,}"
        raise Invalid(f"options.delay: {problem}.", details={"path": "options.delay", "problem": problem})
    return {DELAY: delay}


def delay_of(rules: Rules, options: dict[str, Any]) -> int:
    """Return the delay (ms) of a room with these options; a game's own option of that name is none."""
    return 0 if DELAY in rules.options.model_fields else options.get(DELAY, 0)
