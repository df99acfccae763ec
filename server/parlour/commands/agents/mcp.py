"""`parlour mcp`: serves a wallet's rooms to an agent, over standard input and output or over HTTP."""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable, MutableMapping
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from parlour.commands.agents.marking import INSTRUCTIONS
from parlour.commands.agents.tools import Refused, RoomTools, refusal
from parlour.commands.outcome import USAGE, fail
from parlour.commands.talk.session import LOCAL, KeyPlace, ServerUrl, talking
from parlour.version import __version__
from parlour_client import Parlour, ParlourError

if TYPE_CHECKING:
    from mcp.server import MCPServer

Scope = MutableMapping[str, Any]
Asgi = Callable[[Scope, Any, Any], Awaitable[None]]

app = typer.Typer(add_completion=False)


@app.command()
def mcp(
    url: ServerUrl = LOCAL,
    key: KeyPlace = None,
    http: Annotated[bool, typer.Option("--http", help="Serve streamable HTTP at /mcp, not standard input.")] = False,
    host: Annotated[str, typer.Option(help="With --http: the address to bind.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="With --http: the port to bind.")] = 8765,
    token: Annotated[str | None, typer.Option(help="With --http: what callers show as Bearer, as env:NAME.")] = None,
) -> None:
    """Serve a wallet's rooms to an agent as tools of the Model Context Protocol (needs parlour[mcp])."""
    if key is None:
        fail("An agent acts as a wallet: name its key by --key.", USAGE)
    secret = _secret(token) if http else ""
    try:
        import mcp.server  # noqa: F401
    except ImportError:
        fail('The Model Context Protocol is missing: pip install "parlour[mcp]".', USAGE)

    async def serve(parlour: Parlour) -> None:
        tools = RoomTools(parlour)
        await tools.begin()
        server = tool_server(tools)
        if http:
            await _serve_http(server, secret, host, port)
        else:
            await server.run_stdio_async()

    talking(url, key, serve)


def tool_server(tools: RoomTools) -> MCPServer[Any]:
    """Return a server of the protocol with the tools and resources of a wallet."""
    from mcp.server import MCPServer

    server: MCPServer[Any] = MCPServer("parlour", instructions=INSTRUCTIONS, version=__version__)
    named: dict[str, Callable[..., Awaitable[Any]]] = {
        "rooms.list": tools.list_rooms, "room.join": tools.join, "room.read": tools.read, "room.say": tools.say,
        "room.act": tools.act, "room.watch": tools.watch, "game.rules": tools.rules, "game.view": tools.view,
        "match.find": tools.find_match,
    }  # fmt: skip
    for name, tool in named.items():
        server.add_tool(_told(tool), name=name)
    entries = _told(tools.entries)
    server.resource("room://{room}/entries", name="entries", mime_type="application/json")(entries)
    return server


def _told(tool: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Return a tool whose refusals are an answer that the agent can read."""
    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    async def call(*arguments: Any, **named: Any) -> Any:
        try:
            return await tool(*arguments, **named)
        except ParlourError as error:
            raise ToolError(str(refusal(error))) from error
        except Refused as error:
            raise ToolError(str(error)) from error

    return call


def _secret(token: str | None) -> str:
    """Return what callers must show; without one any page and program here could act as the wallet."""
    if token is None or not token.startswith("env:"):
        fail("Over HTTP callers need a secret: name it by --token env:NAME.", USAGE)
    secret = os.environ.get(token.removeprefix("env:"), "")
    if len(secret) < 16:
        fail(f"The variable {token.removeprefix('env:')} needs a secret of at least 16 characters.", USAGE)
    return secret


def guarded(inner: Asgi, secret: str) -> Asgi:
    """Return an application that refuses requests without the secret as their Bearer token."""
    wanted = f"Bearer {secret}".encode()

    async def checked(scope: Scope, receive: Any, send: Any) -> None:
        shown = dict(scope.get("headers", ())).get(b"authorization", b"")
        if scope["type"] != "http" or hmac.compare_digest(shown, wanted):
            await inner(scope, receive, send)
            return
        headers = [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": b"Show the secret as a Bearer token."})

    return checked


async def _serve_http(server: MCPServer[Any], secret: str, host: str, port: int) -> None:
    import uvicorn

    application = guarded(server.streamable_http_app(host=host), secret)
    config = uvicorn.Config(application, host=host, port=port, log_level="warning")
    await uvicorn.Server(config).serve()
