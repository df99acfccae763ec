"""Serves the pages a browser opens, the SDK and its npm package beside them, and the console's page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from parlour.adapters.http.dev_console import DevConsole
from parlour.adapters.http.files import BuiltFile, BuiltFiles
from parlour.adapters.http.packages import pack
from parlour.errors import NotFound

_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; object-src 'none'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


Show = Callable[[web.Request], Awaitable[web.Response]]


def demo_pages(static: Path, asked_for: Callable[[web.Request], str]) -> list[web.AbstractRouteDef]:
    """List the routes of the demo at `/`, of replays at `/replay/<room>` and of the SDK at `/parlour/`.

    Args:
        asked_for: the address by which a request found this server.
    """
    package, react = static / "package", static / "react"
    sdk = [web.get("/parlour/client.tgz", _packed(package))] if package.is_dir() else []
    if react.is_dir():
        sdk.append(web.get("/parlour/react.tgz", _packed_with_client(react, asked_for)))
    folders = (("/demo", static / "demo"), ("/parlour/package", package), ("/parlour", static / "client"))
    pages = [
        web.get("/", _page(static / "demo")),
        web.get("/replay/{room}", _page(static / "demo", file="replay.html")),
    ]
    return [*pages, *sdk, *_folders(*folders)]


def console_page(static: Path, dev: DevConsole | None = None) -> list[web.AbstractRouteDef]:
    """List the routes of the console's page at `/admin/`; its data is elsewhere, and guarded."""

    async def to_console(request: web.Request) -> web.Response:
        raise web.HTTPFound("admin/")  # relative: the server may be behind a path prefix

    page = _page(static / "admin", dev)
    return [web.get("/admin", to_console), web.get("/admin/", page), *_folders(("/admin", static / "admin"))]


def _page(folder: Path, dev: DevConsole | None = None, file: str = "index.html") -> Show:
    files = BuiltFiles(folder)

    async def show(request: web.Request) -> web.Response:
        try:
            page = await files.find(file)
        except NotFound:
            raise NotFound("This build has no pages.") from None
        response = page.answer(request, _PAGE_HEADERS)
        if dev is not None:
            dev.give(request, response)
        return response

    return show


def _folders(*folders: tuple[str, Path]) -> list[web.AbstractRouteDef]:
    return [web.get(prefix + "/{path:.+}", _file_in(folder)) for prefix, folder in folders if folder.is_dir()]


def _file_in(folder: Path) -> Show:
    """Serve the files of a folder, with errors as JSON (protocol §1), which aiohttp's static route lacks."""
    files = BuiltFiles(folder)

    async def show(request: web.Request) -> web.Response:
        return (await files.find(request.match_info["path"])).answer(request)

    return show


def _packed(folder: Path) -> Show:
    """Serve a folder as an npm package, packed at the first request."""
    packed: BuiltFile | None = None

    async def show(request: web.Request) -> web.Response:
        nonlocal packed
        if packed is None:
            packed = BuiltFile.of("client.tgz", await asyncio.to_thread(pack, folder))
        return packed.answer(request)

    return show


def _packed_with_client(folder: Path, asked_for: Callable[[web.Request], str]) -> Show:
    """Serve a folder as an npm package that takes `@parlour/client` from this server, by the address asked for."""

    async def show(request: web.Request) -> web.Response:
        client = {"@parlour/client": f"{asked_for(request)}/parlour/client.tgz"}
        body = await asyncio.to_thread(pack, folder, client)
        return BuiltFile.of("react.tgz", body).answer(request)

    return show
