"""The routes of /auth/*, spoken to over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from parlour.adapters.auth_http import cors, json_errors, routes
from parlour.adapters.client_address import ClientAddress
from parlour.core import siwe
from parlour.core.sign_in import SignInRules
from parlour.runtime.clock import SystemClock
from parlour.runtime.sessions import SignIn
from parlour.runtime.sessions_memory import MemorySessionStore
from tests.wallets import SolanaWallet, Wallet, message_for, solana_text

APP = "https://app.example"
OTHER = "https://other.example:8443"

Browser = TestClient[web.Request, web.Application]


@pytest.fixture
def sign_in() -> SignIn:
    return SignIn(MemorySessionStore(), SystemClock(), SignInRules(origins=(APP, OTHER), chains=(1, 31337)))


@pytest.fixture
async def client(sign_in: SignIn) -> AsyncIterator[Browser]:
    async def broken(request: web.Request) -> web.Response:
        raise RuntimeError("a bug")

    app = web.Application(middlewares=[cors((APP, OTHER)), json_errors])
    app.add_routes([*routes(sign_in, ClientAddress()), web.get("/api/broken", broken)])
    async with TestClient(TestServer(app)) as client:
        yield client


async def signed_in(client: Browser, wallet: Wallet | None = None) -> dict[str, Any]:
    wallet = wallet or Wallet()
    answer = await (await client.get("/auth/nonce")).json()
    text = siwe.build(message_for(answer, wallet.address))
    response = await client.post("/auth/verify", json={"message": text, "signature": wallet.sign(text)})
    assert response.status == 200
    return dict(await response.json())


def bearer(session: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['token']}"}


async def test_a_wallet_signs_in_and_is_known_by_its_token(client: Browser) -> None:
    wallet = Wallet()
    session = await signed_in(client, wallet)
    assert session["account"] == session["address"] == wallet.address
    assert (session["chainId"], session["method"], session["sessionKey"]) == (1, "eip191", None)
    response = await client.get("/auth/session", headers=bearer(session))
    assert response.headers["Cache-Control"] == "no-store"
    assert await response.json() == {key: value for key, value in session.items() if key != "token"}


async def test_a_solana_wallet_signs_in_behind_the_same_verbs(client: Browser) -> None:
    wallet = SolanaWallet()
    text = solana_text(await (await client.get("/auth/nonce")).json(), wallet.address)
    response = await client.post("/auth/verify", json={"message": text, "signature": wallet.sign(text)})
    session = await response.json()
    assert session["account"] == f"solana:mainnet:{wallet.address}"
    assert (session["address"], session["chainId"], session["method"]) == (wallet.address, "mainnet", "solana")
