"""A wire between browsers and a server that can be cut, and the page with an editor that is reached through it."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from parlour.testing.server import ServerProcess

REPOSITORY = Path(__file__).parents[3]
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Editor</title></head>
<body><main><h1>Editor</h1><div id="editor"></div></main><script type="module" src="editors.js"></script>
</body></html>"""


class Wire:
    """A TCP proxy on loopback: `cut` drops every connection and refuses new ones until `mend`."""

    def __init__(self) -> None:
        self.server: ServerProcess
        self._port = 0
        self._to = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_cut = False
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def lead_to(self, port: int) -> None:
        self._to = port

    def cut(self) -> None:
        self._is_cut = True
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        self._is_cut = False

    async def close(self) -> None:
        self.cut()
        for task in self._tasks:
            task.cancel()
        assert self._server is not None
        self._server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        beyond_reader, beyond = await asyncio.open_connection("127.0.0.1", self._to)
        for source, target in ((reader, beyond), (beyond_reader, writer)):
            task = asyncio.create_task(self._pass(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._open |= {writer, beyond}

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while data := await source.read(65_536):
                target.write(data)
                await target.drain()
        target.close()
        self._open.discard(target)


async def built_editors(folder: Path) -> str:
    """Return the bundle of the page with an editor."""
    script = (
        "import { build } from 'esbuild'; import { shared } from './tools/options.mjs';"
        "await build({ ...shared, entryPoints: ['packages/client/tests/document/editors.ts'],"
        f" outfile: '{folder}/editors.js' }});"
    )
    node = await asyncio.create_subprocess_exec(
        "node", "--input-type=module", "-e", script, cwd=REPOSITORY / "clients", stderr=asyncio.subprocess.PIPE
    )
    _, said = await node.communicate()
    assert node.returncode == 0, said.decode()
    return (folder / "editors.js").read_text()
