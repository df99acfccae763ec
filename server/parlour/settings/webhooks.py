"""Settings of webhooks: where entries are posted to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pydantic import field_validator
from pydantic_settings import BaseSettings

from parlour.core.webhooks.hook import EVERYTHING, Hook
from parlour.settings.fields import Listed, at_least, setting

KEYS = {"url", "secret", "rooms", "types"}


class WebhookSettings(BaseSettings):
    """The receivers of entries and news."""

    webhooks: list[dict[str, Any]] = setting(
        [], "JSON list of `{url, secret, rooms?, types?}`: who is posted each stored entry (docs/webhooks.md)."
    )

    webhooks_made: int = setting(
        50,
        "Receivers that operators make over HTTP, beside those of the settings.",
        unit="receivers",
        why="Each of them reads every room that it takes, and one process sends for it.",
        bounds=at_least(0),
    )
    webhook_private_hosts: Listed = setting(
        (),
        "Hosts of your own network where a receiver made over HTTP may be, such as `indexer.internal`.",
        why="Such an address came by a request: it reaches public addresses alone, so that it asks nothing inside.",
    )

    @field_validator("webhooks")
    @classmethod
    def _are_receivers(cls, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = [_hook(number, each).name for number, each in enumerate(given)]
        if len(set(names)) < len(names):
            raise ValueError("names one url twice; give it the types of both")
        return given

    def hooks(self) -> list[Hook]:
        """Return the receivers."""
        return [_hook(number, each) for number, each in enumerate(self.webhooks)]


def _hook(number: int, given: dict[str, Any]) -> Hook:
    """Make a receiver; raises ValueError that says what is wrong, without the address or the secret."""
    if unknown := sorted(given.keys() - KEYS):
        raise ValueError(f"[{number}] has an unknown key {unknown[0]!r}; the keys are url, secret, rooms and types")
    url, secret = given.get("url"), given.get("secret")
    rooms, types = given.get("rooms", EVERYTHING), given.get("types", [EVERYTHING])
    parts = urlsplit(url) if isinstance(url, str) else None
    if not isinstance(url, str) or parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"[{number}].url is an address such as https://example.org/parlour")
    if not isinstance(secret, str) or not secret:
        raise ValueError(f"[{number}].secret is a text that signs what is posted")
    if not isinstance(rooms, str) or not rooms:
        raise ValueError(f"[{number}].rooms is one pattern of room ids, such as sales-*")
    if not isinstance(types, list) or not types or not all(isinstance(each, str) and each for each in types):
        raise ValueError(f"[{number}].types is a list of patterns of entry types, such as chat.*")
    return Hook(url, secret, rooms, tuple(types))
