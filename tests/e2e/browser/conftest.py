"""A real Chromium and real servers: `parlour dev` with its chain for the demo, `parlour serve` for what lasts."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from parlour.testing.anvil import find_anvil
from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from tests.e2e.browser.wallet import InjectedWallet
from tests.missing import missing

REPOSITORY = Path(__file__).parents[3]
AXE = REPOSITORY / "clients" / "node_modules" / "axe-core" / "axe.min.js"
HANG_MS = 120_000
"""What a page has not shown after this it never will: a busy machine is slow, and no fault."""
expect.set_options(timeout=HANG_MS)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium: `PARLOUR_CHROMIUM`, or the one on the PATH."""
    found = os.environ.get("PARLOUR_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing("there is no chromium on this machine (apt-get install chromium, or set PARLOUR_CHROMIUM)")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def dev(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    """`parlour dev`, with its chain where anvil is."""
    async with dev_server(tmp_path_factory.mktemp("dev")) as server:
        yield server


def dev_server(data: Path, env: Mapping[str, str] | None = None) -> ServerProcess:
    """`parlour dev` on a port of its own; who changes people for good has one of these."""
    port = free_port()
    command = [sys.executable, "-m", "parlour", "dev", "--port", str(port), "--data", str(data)]
    return ServerProcess(port=port, command=[*command, *([] if find_anvil() else ["--no-chain"])], env=env)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def served() -> AsyncIterator[ServerProcess]:
    """`parlour serve` on an empty database."""
    async with ServerProcess() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """`await open_page(url, wallet=…, theme=…, width=…)`: a page of a person's own, in a context of its own.

    What a page logs as an error or throws fails the test that opened it.
    """
    faults: list[str] = []
    async with AsyncExitStack() as stack:

        async def one(
            url: str, *, wallet: InjectedWallet | None = None, theme: str = "light", width: int = 1280
        ) -> Page:
            context: BrowserContext = await browser.new_context(
                viewport={"width": width, "height": 800 if width > 500 else 844},
                color_scheme="dark" if theme == "dark" else "light",
                ignore_https_errors=url.startswith("https://localhost"),  # a test's own certificate
            )
            stack.push_async_callback(context.close)
            context.set_default_timeout(HANG_MS)
            if wallet is not None:
                await wallet.install(context)
            page = await context.new_page()
            page.on("pageerror", lambda error: faults.append(f"thrown: {error}"))
            page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
            await page.goto(url)
            return page

        yield one
    # A refused request and a server away for a moment are logged by the browser itself; CSP and scripts are ours.
    away = ("Failed to load resource", "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_INTERNET_DISCONNECTED")
    ours = [fault for fault in faults if not any(words in fault for words in away)]
    assert ours == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, an accessibility checker."""
    if not AXE.is_file():
        missing("axe-core is not installed (npm ci in clients/)")
    return AXE.read_text()
