"""Names and failures of endpoints, without what may be a key."""

from __future__ import annotations

import aiohttp
import pytest

from parlour.adapters.chain.endpoint_words import http_status, no_answer, public_name

KEY = "s3cr3tk3y0123456789abcdef"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"https://u{KEY}:{KEY}@rpc.example.org/v3/{KEY}?key={KEY}#{KEY}", "https://rpc.example.org"),
        (f"https://{KEY}.rpc.example.org/", "https://***.rpc.example.org"),
        ("ws://[::1]:8546/", "ws://[::1]:8546"),
        (f"https://[{KEY}/", "an endpoint whose URL cannot be read"),
        (f"https://rpc.example.org:{KEY}/", "an endpoint whose URL cannot be read"),
    ],
)
def test_name_of_an_endpoint_holds_no_key(url: str, name: str) -> None:
    assert public_name(url) == name


@pytest.mark.parametrize("error", [aiohttp.InvalidURL(KEY), OSError(KEY), TimeoutError(KEY)])
def test_failure_of_an_endpoint_quotes_nothing(error: Exception) -> None:
    assert KEY not in str(no_answer("main", error))


def test_odd_status_is_worded_without_a_phrase() -> None:
    assert http_status(599) == "HTTP 599"
    assert "redirects are not followed" in http_status(307)
