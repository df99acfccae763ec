"""ASGI 3 (asgi.readthedocs.io): what a host such as uvicorn asks of one Parlour, answered by its engine and its routes.

It owns the translation of ASGI's messages: of HTTP into aiohttp's requests, of WebSockets into the engine's transports.
It never knows rooms or accounts, and decides nothing that the server at its root would not.

Walk of a WebSocket: `AsgiApplication` → `serve_websocket` → `Endpoint.accept_websocket` → `AsgiTransport.run`. Shown by
tests/embedding/test_mounted.py and tests/adapters/asgi/test_websocket.py.
"""

from parlour.adapters.asgi.application import AsgiApplication, Serving

__all__ = ["AsgiApplication", "Serving"]
