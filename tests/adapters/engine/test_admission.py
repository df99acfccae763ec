"""Host, Origin and proxies: who may connect, and from which address."""

import json
from typing import Any

import aiohttp
import pytest

from parlour.adapters.engine.admission import ORIGINS_REPORTED, AdmissionPolicy, Refused, RequestHead
from tests.adapters.engine.lab import CALM, running


@pytest.mark.parametrize(
    ("options", "headers", "status"),
    [
        ({}, "", 101),
        ({}, "Origin: http://127.0.0.1:{port}\r\n", 101),
        ({}, "Origin: http://evil.example\r\n", 403),
        ({}, "Origin: null\r\n", 403),
        ({}, "Origin: http://evil.example\r\nX-Forwarded-Host: evil.example\r\n", 403),
        ({"origins": ["https://app.example"]}, "Origin: https://app.example\r\n", 101),
        ({"origins": ["https://app.example"]}, "Origin: https://app.example.evil.example\r\n", 403),
        ({"origins": ["https://app.example"]}, "Origin: http://app.example\r\n", 403),
        ({"origins": ["*"]}, "Origin: https://anybody.example\r\n", 101),
        ({"hosts": ["parlour.example"]}, "Host: parlour.example\r\n", 101),
        ({"hosts": ["parlour.example"]}, "Host: parlour.example:8443\r\n", 101),
        ({"hosts": ["parlour.example"]}, "Host: rebound.example\r\n", 403),
        (
            {"trusted_proxies": ["127.0.0.0/8"]},
            "Origin: https://app.example\r\nX-Forwarded-Host: app.example\r\n",
            101,
        ),
    ],
)
@pytest.mark.parametrize("front", [True, False])
async def test_host_and_origin_decide_who_connects(
    options: dict[str, Any], headers: str, status: int, front: bool
) -> None:
    async with running(limits=CALM, front=front, policy=AdmissionPolicy(**options)) as lab:
        async with lab.websocket(headers=headers.format(port=lab.port)) as socket:
            assert socket.status == status
        given = dict(line.split(": ") for line in headers.format(port=lab.port).splitlines())
        url = f"{lab.url}/socket.io/?EIO=4&transport=polling"
        async with aiohttp.ClientSession() as http, http.get(url, headers=given) as response:
            assert response.status == (200 if status == 101 else status)
            allowed = response.headers.get("Access-Control-Allow-Origin")
            refused_page = "*" if "Origin" in given else None  # it may read why, and nothing else
            assert allowed == (given.get("Origin") if status == 101 else refused_page)
            if "Origin" in given and status == 403:
                assert (await response.json())["error"]["code"] == "forbidden"
            assert "Access-Control-Allow-Credentials" not in response.headers


async def test_preflight_is_answered_for_listed_origins_only() -> None:
    async with (
        running(limits=CALM, policy=AdmissionPolicy(origins=["https://app.example"])) as lab,
        aiohttp.ClientSession() as http,
    ):
        for origin, status in (("https://app.example", 204), ("https://evil.example", 403)):
            async with http.options(
                f"{lab.url}/socket.io/?EIO=4&transport=polling", headers={"Origin": origin}
            ) as response:
                assert response.status == status
                assert ("Access-Control-Allow-Methods" in response.headers) is (status == 204)
                assert ("Access-Control-Allow-Origin" in response.headers) is (status == 204)
        asked = {"Origin": "https://app.example", "Access-Control-Request-Headers": "x-mine, content-type"}
        async with http.options(f"{lab.url}/socket.io/?EIO=4&transport=polling", headers=asked) as response:
            assert response.headers["Access-Control-Allow-Headers"] == "x-mine, content-type"


def test_policy_with_every_origin_and_credentials_is_an_error() -> None:
    with pytest.raises(ValueError, match="credentials"):
        AdmissionPolicy(origins=["*"], credentials=True)


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "remote"),
    [
        ([], "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4, 10.0.0.9", "1.2.3.4"),
        (["10.0.0.0/8"], "10.0.0.1", "nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "nonsense, 10.0.0.9", "10.0.0.9"),
        (["10.0.0.0/8"], "9.9.9.9", "1.2.3.4", "9.9.9.9"),
        (["::1/128"], "::1", "2001:db8::1", "2001:db8::1"),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", "1.2.3.4, ::ffff:10.0.0.9", "1.2.3.4"),
    ],
)
def test_client_address_comes_from_trusted_proxies(proxies: list[str], peer: str, forwarded: str, remote: str) -> None:
    policy = AdmissionPolicy(origins=None, hosts=None, trusted_proxies=proxies)
    headers = {"host": "x", **({"x-forwarded-for": forwarded} if forwarded else {})}
    assert policy.remote(RequestHead("GET", "/", {}, headers, peer)) == remote


def test_refusal_has_the_shape_of_every_error() -> None:
    policy = AdmissionPolicy(origins=[], hosts=None, trusted_proxies=[])
    with pytest.raises(Refused) as caught:
        policy.check(RequestHead("GET", "/", {}, {"host": "x", "origin": "http://x"}, ""))
    assert (caught.value.status, caught.value.body()["error"]["code"]) == (403, "forbidden")
    json.dumps(caught.value.body())


def test_refused_origin_is_reported_once_and_strangers_cannot_fill_the_log() -> None:
    reported: list[str] = []
    policy = AdmissionPolicy(origins=["https://app.example"], on_refused=reported.append)
    for origin in ["http://localhost:5173", *(f"https://{number}.example" for number in range(1000))] * 2:
        with pytest.raises(Refused):
            policy.check(RequestHead("GET", "/", {}, {"origin": origin, "host": "a"}, ""))
    assert reported[0] == "http://localhost:5173"
    assert len(reported) == len(set(reported)) == ORIGINS_REPORTED


def test_origin_that_is_not_listed_is_admitted_when_another_rule_accepts_it() -> None:
    policy = AdmissionPolicy(origins=[], also_accepts=lambda origin: origin == "http://localhost:5173")
    policy.check(RequestHead("GET", "/", {}, {"origin": "http://localhost:5173", "host": "a"}, ""))
