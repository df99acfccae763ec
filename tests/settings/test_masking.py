"""Settings as they are shown: no secret in any form, whatever setting it stands in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parlour.settings import Settings
from parlour.settings.masking import DATABASES, PUBLIC, masked

SECRET = "s3cr3t-0123456789abcdef"
URLS = [
    f"https://u:{SECRET}@host.example/",
    f"https://{SECRET}@host.example",
    f"https://host.example/v3/{SECRET}",
    f"https://host.example/?key={SECRET}",
    f"wss://{SECRET}.host.example:8546",
    f"postgres://u:{SECRET}@db/app?password={SECRET}",
    f"redis://:{SECRET}@host.example:6379/0",
    f"https://[{SECRET}/",
]
OF_DATABASES = [url for url in URLS if url.startswith(("postgres", "redis"))]
"""Their host and path are shown, and hold no secret."""
STANDS_IN: dict[str, Any] = {
    "chains": lambda url: [{"chainId": 1, "urls": [url, {"url": url}]}, {"chainId": 2, "url": url}, {"rpc": url}],
    "webhooks": lambda url: [{"url": url, "secret": SECRET}],
}
TEXTS = [name for name, field in Settings.model_fields.items() if "str" in str(field.annotation)]


@pytest.mark.parametrize("name", sorted({*TEXTS, *STANDS_IN} - PUBLIC))
def test_setting_with_a_secret_in_a_url_is_shown_without_it(name: str) -> None:
    for url in OF_DATABASES if name in DATABASES else URLS:
        assert SECRET not in json.dumps(masked(name, STANDS_IN.get(name, lambda url: url)(url))), url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("origins", ["https://app.example", "capacitor://localhost"]),
        ("statement", "Sign in to https://app.example, please."),
        ("traces", "http://127.0.0.1:4318"),
        ("files", "s3://bucket/prefix"),
        ("metrics_key", None),
        ("port", 8080),
    ],
)
def test_setting_without_a_secret_is_shown_as_it_is(name: str, value: Any) -> None:
    assert masked(name, value) == value
