"""Serves the pages a browser opens: the demo, the SDK beside it, and the console's page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from parlour.adapters.http.dev_console import DevConsole
from parlour.errors import NotFound

_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def demo_pages(static: Path) -> list[web.AbstractRouteDef]:
    """List the routes of the demo at `/` and of the SDK at `/parlour/`."""
    folders = (("/demo", static / "demo"), ("/parlour", static / "client"))
    return [web.get("/", _page(static / "demo" / "index.html")), *_folders(*folders)]


def console_page(static: Path, dev: DevConsole | None = None) -> list[web.AbstractRouteDef]:
    """List the routes of the console's page at `/admin/`; its data is elsewhere, and guarded."""

    async def to_console(request: web.Request) -> web.Response:
        raise web.HTTPFound("admin/")  # relative: the server may be behind a path prefix

    page = _page(static / "admin" / "index.html", dev)
    return [web.get("/admin", to_console), web.get("/admin/", page), *_folders(("/admin", static / "admin"))]


def _page(file: Path, dev: DevConsole | None = None) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    async def show(request: web.Request) -> web.FileResponse:
        if not file.is_file():
            raise NotFound("This build ships no pages.")
        response = web.FileResponse(file, headers=_PAGE_HEADERS)
        if dev is not None:
            dev.give(request, response)
        return response

    return show


def _folders(*folders: tuple[str, Path]) -> list[web.AbstractRouteDef]:
    return [web.get(prefix + "/{path:.+}", _file_in(folder)) for prefix, folder in folders if folder.is_dir()]


def _file_in(folder: Path) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    """Serve the files of a folder, with errors as JSON (protocol §1), which aiohttp's static route has not."""

    async def show(request: web.Request) -> web.FileResponse:
        path = request.match_info["path"]
        file = None if "\x00" in path else (folder / path).resolve()
        if file is None or not file.is_relative_to(folder) or not file.is_file():
            raise NotFound("There is no such page.")
        return web.FileResponse(file)

    return show
