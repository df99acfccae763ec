"""Hides what may be a secret when a setting is shown."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HIDDEN = "***"
PUBLIC_PARAMETERS = {"ssl", "sslmode", "host", "port"}
"""Query parameters of a database URL that are shown; any other may be a password."""


def masked(name: str, value: Any) -> Any:
    """Return a setting's value for showing: URLs without users, passwords, and providers' paths and keys."""
    if name == "chains":
        return [_chain(chain) for chain in value]
    if name == "webhooks":
        return [{**hook, "url": _endpoint(str(hook.get("url"))), "secret": HIDDEN} for hook in value]
    if name in ("database_url", "redis_url") and value:
        return _url(str(value))
    if name == "moderation_url" and value:
        return _endpoint(str(value))
    if name in ("metrics_key", "moderation_secret", "referee_key", "settle_key") and value:
        return HIDDEN
    return json.loads(json.dumps(value, default=str))


def _url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    address, _, query = rest.partition("?")
    user, at, place = address.rpartition("@")
    shown = (HIDDEN + at if user else "") + place
    pairs = [f"{key}={value if key in PUBLIC_PARAMETERS else HIDDEN}" for key, value in parse_qsl(query)]
    return f"{scheme}{separator}{shown}" + ("?" + "&".join(pairs) if pairs else "")


def _chain(chain: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in chain.items() if key not in ("urls", "url")}
    given = chain.get("urls", chain.get("url", []))
    return {**shown, "urls": [_shown_endpoint(each) for each in (given if isinstance(given, list) else [given])]}


def _shown_endpoint(endpoint: Any) -> Any:
    if isinstance(endpoint, dict):
        return {**endpoint, "url": _endpoint(str(endpoint.get("url")))}
    return _endpoint(str(endpoint))


def _endpoint(url: str) -> str:
    """Return scheme and host only, because providers put keys into the path, the query or the user."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{host}/{HIDDEN if parts.path.strip('/') or parts.query else ''}"
