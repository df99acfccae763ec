"""Hides what may be a secret when a setting is shown."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HIDDEN = "***"
PUBLIC_PARAMETERS = {"ssl", "sslmode", "host", "port"}
"""Query parameters of a database URL that are shown; any other may be a password."""
SECRETS = {"metrics_key", "moderation_secret", "referee_key", "settle_key"}
DATABASES = {"database_url", "redis_url"}
PUBLIC = {"files", "push_contact"}
"""What holds nothing secret: a bucket, whose keys are the machine's, and an address that push services are told."""
_WHOLE_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_KEY_LABEL = re.compile(r"(?=[a-z-]*\d)[a-z0-9_-]{16,}")
"""A label of a host name that may be a key: 16 characters or more, a digit among them (such providers exist)."""


def masked(name: str, value: Any) -> Any:
    """Return a setting's value for showing: URLs without users, passwords, and providers' paths and keys."""
    if name == "chains":
        return [_chain(chain) for chain in value]
    if name == "webhooks":
        return [{**hook, "url": _endpoint(str(hook.get("url"))), "secret": HIDDEN} for hook in value]
    if name in SECRETS and value:
        return HIDDEN
    if name in DATABASES and value:
        return _url(str(value))
    shown = json.loads(json.dumps(value, default=str))
    return shown if name in PUBLIC else _without_secrets(shown)


def _without_secrets(value: Any) -> Any:
    """Return JSON whose URLs are scheme and host."""
    match value:
        case str() if _WHOLE_URL.fullmatch(value):
            return value if value == _endpoint(value).rstrip("/") else _endpoint(value)
        case list():
            return [_without_secrets(each) for each in value]
        case dict():
            return {key: _without_secrets(each) for key, each in value.items()}
    return value


def _url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    address, _, query = rest.partition("#")[0].partition("?")
    user, at, place = address.rpartition("@")
    shown = (HIDDEN + at if user else "") + place
    pairs = [f"{key}={value if key in PUBLIC_PARAMETERS else HIDDEN}" for key, value in parse_qsl(query)]
    return f"{scheme}{separator}{shown}" + ("?" + "&".join(pairs) if pairs else "")


def _chain(chain: dict[str, Any]) -> dict[str, Any]:
    shown = {key: _without_secrets(value) for key, value in chain.items() if key not in ("urls", "url")}
    given = chain.get("urls", chain.get("url", []))
    return {**shown, "urls": [_shown_endpoint(each) for each in (given if isinstance(given, list) else [given])]}


def _shown_endpoint(endpoint: Any) -> Any:
    if isinstance(endpoint, dict):
        return {**endpoint, "url": _endpoint(str(endpoint.get("url")))}
    return _endpoint(str(endpoint))


def _endpoint(url: str) -> str:
    """Return scheme and host only, because providers put keys into the path, the query, the user or the host."""
    try:
        return f"{public_host(url)}/{HIDDEN if _has_more(url) else ''}"
    except ValueError:
        return HIDDEN


def _has_more(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or parts.query)


def public_host(url: str) -> str:
    """Return scheme, host and port of a URL, with labels of the host that look like a key hidden; raises ValueError."""
    parts = urlsplit(url)
    host, port = parts.hostname or "?", parts.port
    if ":" in host:
        host = f"[{host}]"
    shown = ".".join(HIDDEN if _KEY_LABEL.fullmatch(label) else label for label in host.split("."))
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
