"""A page on one port and the server on another (issue 2, "Shown by" 3)."""

from __future__ import annotations

import aiohttp
import pytest

from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import SignInFailed, ask_nonce, sign, sign_in, siwe_text, verify, wallet
from tests.e2e.stock import PythonClient, heard, until


async def test_page_signs_in_from_another_port_only_when_its_origin_is_listed() -> None:
    page = f"http://127.0.0.1:{free_port()}"
    shell = "capacitor://localhost"
    env = {"PARLOUR_ORIGINS": f"{page},https://app.example,{shell}"}
    async with ServerProcess(env=env) as server, aiohttp.ClientSession() as http:
        for origin in (page, shell):
            await _served(http, server.url, origin)
        await _refused(http, server.url, page)


async def _served(http: aiohttp.ClientSession, url: str, origin: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    async with http.options(f"{url}/auth/verify", headers=headers) as preflight:
        assert preflight.status in (200, 204)
        assert preflight.headers["Access-Control-Allow-Origin"] == origin
        assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    challenge = await ask_nonce(http, url, origin=origin)
    assert (challenge["domain"], challenge["uri"]) == (origin.partition("://")[2], origin)
    session = await sign_in(http, url, wallet("ann"), origin=origin)
    client = PythonClient(["websocket"])
    await client.connect(url, session["token"], headers={"Origin": origin})
    await until(lambda: heard(client, "welcome"))
    await client.close()


async def _refused(http: aiohttp.ClientSession, url: str, page: str) -> None:
    stranger = "https://stranger.example"
    async with http.get(f"{url}/auth/nonce", headers={"Origin": stranger}) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
    client = PythonClient(["websocket"])
    with pytest.raises(Exception, match="onnect"):
        await client.connect(url, None, headers={"Origin": stranger})

    challenge = await ask_nonce(http, url, origin=page)
    text = siwe_text(challenge, wallet("ann").address, domain="stranger.example", uri=stranger)
    with pytest.raises(SignInFailed) as foreign:
        await verify(http, url, text, sign(wallet("ann"), text), origin=stranger)
    assert foreign.value.error["code"] == "domain"

    text = siwe_text(challenge, wallet("ann").address)
    with pytest.raises(SignInFailed) as borrowed:
        await verify(http, url, text, sign(wallet("ann"), text), origin="https://app.example")
    assert borrowed.value.error["code"] == "nonce", "a nonce is bound to the Origin it was issued for"
