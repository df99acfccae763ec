"""Why a page cannot reach its server, as the page's own code reads it: in Chromium, from an origin of another port."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser

from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.e2e.browser.test_readme import INJECT
from tests.e2e.browser.wallet import InjectedWallet

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRY = """
async ([module, url, how]) => {
  const sdk = await import(module);
  const outcome = how === "signIn"
    ? sdk.signIn({ url, provider: window.ethereum })
    : new Promise((resolve, reject) => {
        const client = sdk.connect({ url });
        client.onStatus(({ error }) => error && (reject(error), client.close()));
      });
  const keep = ({ code, reason, message, retryable, retryAfter }) => ({ code, reason, message, retryable, retryAfter });
  return outcome.catch(keep);
}
"""
FULL = {"code": "unavailable", "message": "Full; come back.", "retryable": True, "retryAfter": 30_000}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def elsewhere() -> AsyncIterator[str]:
    """A server of another origin: an empty page at `/`, HTML and a full server below it."""

    async def answer(request: web.Request) -> web.Response:
        headers = {"Access-Control-Allow-Origin": "*"}
        if request.path.startswith("/full"):
            return web.json_response({"code": 4, "message": "x", "error": FULL}, status=503, headers=headers)
        status = 404 if request.path.startswith("/missing") else 200
        return web.Response(
            text="<!doctype html><html></html>", content_type="text/html", status=status, headers=headers
        )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def tried(browser: Browser, elsewhere: str, served: ServerProcess, url: str, how: str) -> dict[str, Any]:
    """In a page whose console may complain: the browser itself logs each of these failures."""
    context = await browser.new_context()
    try:
        await InjectedWallet(wallet("ada")).install(context)
        page = await context.new_page()
        await page.goto(elsewhere)
        await page.evaluate(INJECT)
        found: dict[str, Any] = await page.evaluate(TRY, [f"{served.url}/parlour/client.js", url, how])
        return found
    finally:
        await context.close()


@pytest.mark.parametrize("how", ["connect", "signIn"])
async def test_refused_origin_is_told_with_the_setting(
    browser: Browser, elsewhere: str, served: ServerProcess, how: str
) -> None:
    found = await tried(browser, elsewhere, served, served.url, how)
    assert (found["code"], found["reason"], found["retryable"]) == ("forbidden", "origin", False)
    assert "PARLOUR_ORIGINS" in found["message"]


@pytest.mark.parametrize("how", ["connect", "signIn"])
@pytest.mark.parametrize("path", ["", "/missing"])
async def test_other_program_is_told(
    browser: Browser, elsewhere: str, served: ServerProcess, path: str, how: str
) -> None:
    found = await tried(browser, elsewhere, served, elsewhere + path, how)
    assert (found["code"], found["reason"], found["retryable"]) == ("unavailable", "unreachable", False), json.dumps(
        found
    )
    assert f"no Parlour server at {elsewhere}{path}" in found["message"]


@pytest.mark.parametrize("how", ["connect", "signIn"])
async def test_full_server_is_told_with_its_pause(
    browser: Browser, elsewhere: str, served: ServerProcess, how: str
) -> None:
    found = await tried(browser, elsewhere, served, elsewhere + "/full", how)
    assert found == {"reason": None, **FULL}


@pytest.mark.parametrize("how", ["connect", "signIn"])
async def test_wrong_port_is_told(browser: Browser, elsewhere: str, served: ServerProcess, how: str) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    found = await tried(browser, elsewhere, served, nowhere, how)
    assert (found["code"], found["reason"], found["retryable"]) == ("unavailable", "network", True)
    assert f"{nowhere} cannot be reached" in found["message"]
