"""A standard Socket.IO server (Socket.IO v5 on Engine.IO v4), hardened, and built for fan-out.

front.py      the direct handshake            polling.py    HTTP long polling, through aiohttp
upgrade.py    from either to a WebSocket      websocket.py  a WebSocket on a transport
session.py    one client, one write per tick  connection.py one client in one namespace: what handlers see
engine.py     all of them                     wheel.py      all their timeouts
packets.py, frames.py, rfc6455.py, admission.py, limits.py  what is said, without I/O
"""

from parlour.adapters.engine.connection import Ack, ConnectLater, ConnectRefused, EngineConnection, Handlers
from parlour.adapters.engine.engine import Engine, EngineStats
from parlour.adapters.engine.frames import Frame, encode
from parlour.adapters.engine.limits import EngineLimits
from parlour.adapters.engine.loop import loop_factory, share_interpreter, tune_gc

__all__ = [
    "Ack",
    "ConnectLater",
    "ConnectRefused",
    "Engine",
    "EngineConnection",
    "EngineLimits",
    "EngineStats",
    "Frame",
    "Handlers",
    "encode",
    "loop_factory",
    "share_interpreter",
    "tune_gc",
]
