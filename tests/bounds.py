"""Limits and rules as a server without settings has them, changed where a test wants other ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from parlour.adapters.engine import EngineLimits
from parlour.core.identity.sign_in import SignInRules
from parlour.runtime.live_room.context import HostLimits
from parlour.settings import Settings, limits_of

_DEFAULTS = Settings.model_construct()
"""Reads neither the environment nor a file."""


def host_limits(**changes: Any) -> HostLimits:
    """The bounds of a live room."""
    return replace(limits_of(HostLimits, _DEFAULTS), **changes)


def engine_limits(**changes: Any) -> EngineLimits:
    """The bounds of the transport."""
    return replace(limits_of(EngineLimits, _DEFAULTS), **changes)


def sign_in_rules(origins: tuple[str, ...], **changes: Any) -> SignInRules:
    """The rules of signing in from these origins."""
    named = {name: getattr(_DEFAULTS, name) for name in ("session_hours", "session_key_hours", "statement")}
    return SignInRules(**{"origins": origins, **named, **changes})
