"""What the tests of embedding share: databases, and applications that serve a Parlour below a path."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import socketio
import uvicorn
from aiohttp import web
from fastapi import FastAPI

from parlour import Parlour
from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess


def database(folder: Path, name: str = "parlour") -> str:
    return f"sqlite+aiosqlite:///{folder / name}.db"


@asynccontextmanager
async def served(app: web.Application, port: int) -> AsyncIterator[None]:
    """An aiohttp application on this port."""
    runner = web.AppRunner(app, shutdown_timeout=3)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def uvicorn_serving(app: Any, port: int) -> AsyncIterator[None]:
    """An ASGI application by uvicorn on this port."""
    config = uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server.serve())
    while not server.started:
        assert not task.done(), "uvicorn ended at once"
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def in_aiohttp(parlour: Parlour, port: int) -> AsyncIterator[None]:
    """An aiohttp application with a route of its own and a Parlour below its path."""

    async def own(request: web.Request) -> web.Response:
        return web.Response(text="the host's")

    app = web.Application()
    app.router.add_get("/hello", own)
    parlour.mount(app, parlour.address.path)
    async with served(app, port):
        yield


@asynccontextmanager
async def in_fastapi(parlour: Parlour, port: int) -> AsyncIterator[None]:
    """A FastAPI application with a route of its own and a Parlour below its path, on uvicorn."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with parlour:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/hello")
    async def own() -> str:
        return "the host's"

    app.mount(parlour.address.path.rstrip("/"), parlour.asgi())
    async with uvicorn_serving(app, port):
        yield


@asynccontextmanager
async def in_uvicorn(parlour: Parlour, port: int) -> AsyncIterator[None]:
    """A Parlour alone on uvicorn, which starts and stops it."""
    async with uvicorn_serving(parlour.asgi(), port):
        yield


NAMESPACE = "/parlour"
HOST_PROCESS = Path(__file__).parents[1] / "e2e" / "host_process.py"


@asynccontextmanager
async def in_socketio(parlour: Parlour, port: int) -> AsyncIterator[None]:
    """A python-socketio server on aiohttp with an event of its own, a Parlour in a namespace, HTTP below a path."""
    app, sio = web.Application(), socketio_server("aiohttp", parlour)
    sio.attach(app)
    parlour.mount(app, parlour.address.path)
    async with served(app, port):
        yield


@asynccontextmanager
async def in_socketio_asgi(parlour: Parlour, port: int) -> AsyncIterator[None]:
    """The same on ASGI, by uvicorn."""
    async with uvicorn_serving(socketio.ASGIApp(socketio_server("asgi", parlour), parlour.asgi()), port):
        yield


def socketio_server(mode: str, parlour: Parlour) -> socketio.AsyncServer:
    sio = socketio.AsyncServer(async_mode=mode)

    @sio.event
    async def echo(sid: str, data: Any) -> Any:
        return data

    parlour.namespace(sio, NAMESPACE)
    return sio


Host = Callable[[Parlour, int], AbstractAsyncContextManager[None]]
HOSTS: dict[str, Host] = {
    "aiohttp": in_aiohttp,
    "fastapi": in_fastapi,
    "uvicorn": in_uvicorn,
    "socketio": in_socketio,
    "socketio-asgi": in_socketio_asgi,
}


@asynccontextmanager
async def hosted(host: str, folder: Path, path: str = "/rooms/", **settings: Any) -> AsyncIterator[str]:
    """A Parlour in one of the hosts; its host's address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    parlour = Parlour(url=url + path, database_url=database(folder), **settings)
    async with HOSTS[host](parlour, port):
        yield url


def host_process(host: str, **env: str) -> ServerProcess:
    """One of the hosts in a process of its own, with a Parlour below `/rooms` that has these settings."""

    class HostProcess(ServerProcess):
        runs = (sys.executable, str(HOST_PROCESS), host)
        serves_below = "/rooms"

    return HostProcess(env=env)
