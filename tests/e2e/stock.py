"""Stock clients as anybody would use them: socket.io-client in Node and python-socketio, behind one small face."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import socketio

from parlour.adapters.socket.requests import REQUESTS
from tests.missing import missing
from tests.wire_check import WireChecker

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE_MODULES = (ROOT / ".tools" / "node_modules", ROOT / "clients" / "node_modules")
FETCH = "npm i --no-save --prefix .tools socket.io-client@4.8.4"


class Stock(Protocol):
    """What the tests need of a client; `events` is everything heard, in order, as (name, data)."""

    events: list[tuple[str, Any]]

    async def connect(self, url: str, token: str | None, **options: Any) -> None: ...

    async def ask(self, event: str, data: Any) -> dict[str, Any]: ...

    async def close(self) -> None: ...


def heard(client: Stock, event: str, room: str | None = None) -> list[Any]:
    return [data for name, data in client.events if name == event and (room is None or data.get("room") == room)]


def of_type(client: Stock, room: str, *types: str) -> list[Any]:
    """Return the entries of these types that a client heard in a room."""
    return [entry for entry in heard(client, "entry", room) if entry["type"] in types]


async def until(condition: Any, seconds: float = 120) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


class StockSocket(socketio.AsyncClient):  # type: ignore[misc]  # it has no types
    """python-socketio's client, below the path of a url and in one namespace unless told otherwise.

    Attributes:
        usual: the namespace where nobody names one; the switch `--host` sets it.
    """

    usual = "/"

    def __init__(self, namespace: str | None, **options: Any) -> None:
        self._own = namespace or self.usual
        super().__init__(**options)

    def on(self, event: str, handler: Any = None, namespace: str | None = None) -> Any:
        return super().on(event, handler, namespace or self._own)

    async def emit(self, event: str, data: Any = None, namespace: str | None = None, callback: Any = None) -> None:
        await super().emit(event, data, namespace or self._own, callback)

    async def connect(self, url: str, **options: Any) -> None:
        path = "" if self._own != "/" else urlsplit(url).path.rstrip("/")  # a namespace is in the host's own socket
        await super().connect(url, **{"socketio_path": f"{path}/socket.io", "namespaces": [self._own], **options})


class PythonClient:
    """python-socketio as it comes; whatever the server says to it is checked against the declared models."""

    def __init__(self, transports: list[str] | None = None, namespace: str | None = None) -> None:
        self.events: list[tuple[str, Any]] = []
        options = {"reconnection_delay": 0.1, "reconnection_delay_max": 0.5, "handle_sigint": False}
        self.socket = StockSocket(namespace, **options)
        self._transports = transports
        self.wire = WireChecker()
        self.socket.on("*", self._heard)
        self.socket.on("connect", lambda: self.events.append(("connect", {})))
        self.socket.on("disconnect", lambda reason: self.events.append(("disconnect", {"reason": reason})))
        self.socket.on("connect_error", lambda data: self.events.append(("connect_error", data)))

    async def connect(self, url: str, token: str | None, **options: Any) -> None:
        auth = {} if token is None else {"token": token}
        await self.socket.connect(url, auth=auth, transports=self._transports, wait_timeout=60, **options)

    async def ask(self, event: str, data: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.socket.call(event, data, timeout=60)
        if event in REQUESTS:
            self.wire.check(event, answer)
        return answer

    def _heard(self, event: str, data: Any = None) -> None:
        self.events.append((event, data))
        self.wire.check(event, data)

    async def close(self) -> None:
        # python-socketio fails to stop a reconnection that was decided and has not begun.
        while self.socket._reconnect_task and self.socket._reconnect_abort is None:
            await asyncio.sleep(0)
        await self.socket.shutdown()
        if (http := self.socket.eio.http) is not None:  # left open by python-engineio where the server refused it
            await http.close()
        assert not self.wire.faults, self.wire.faults[0]

    async def __aenter__(self) -> PythonClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.close()


class NodeClient:
    """socket.io-client in a Node process of its own."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> NodeClient:
        modules = node_modules()
        self._process = await asyncio.create_subprocess_exec(
            "node", str(HERE / "stock_client.mjs"), str(modules),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**24,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        await self.close()

    async def connect(self, url: str, token: str | None, **options: Any) -> None:
        auth = {} if token is None else {"token": token}
        delays = {"reconnectionDelay": 100, "reconnectionDelayMax": 500}
        parts, namespace = urlsplit(url), StockSocket.usual
        path = f"{parts.path.rstrip('/') if namespace == '/' else ''}/socket.io"
        told = {"auth": auth, "path": path, **delays, **options}
        self._say({"do": "connect", "url": f"{parts.scheme}://{parts.netloc}{namespace}", "options": told})
        await until(lambda: any(name in ("connect", "connect_error") for name, _ in self.events))

    async def ask(self, event: str, data: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._acks[number] = asyncio.get_running_loop().create_future()
        self._say({"do": "emit", "n": number, "event": event, "data": data})
        answer: dict[str, Any] = await asyncio.wait_for(self._acks[number], 60)
        return answer

    def drop(self) -> None:
        """Lose the transport, as a train in a tunnel does."""
        self._say({"do": "drop"})

    async def close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await asyncio.wait_for(self._process.wait(), 60)
            self._process = None
        if self._reading is not None:
            await self._reading

    def _say(self, command: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "ack" in told:
                self._acks.pop(told["ack"]).set_result(told["data"])
            else:
                self.events.append((told["event"], told.get("data")))


def node_modules() -> Path:
    """The folder that holds socket.io-client; without it the test fails in CI and is skipped, loudly, elsewhere."""
    found = next((folder for folder in NODE_MODULES if (folder / "socket.io-client").exists()), None)
    if shutil.which("node") is None or found is None:
        missing(f"socket.io-client in Node is missing. To install it: {FETCH}")
    return found


async def http_json(method: str, url: str, **options: Any) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as http, http.request(method, url, **options) as answer:
        return answer.status, await answer.json(content_type=None)
