"""A Socket.IO v5 server on Engine.IO v4: it limits each client's cost and encodes a broadcast once.

It owns packets, frames, transports, sessions, heartbeats, back-pressure and admission by Host and Origin. It never
knows rooms, accounts or Parlour's events: `Handlers`, given to `Engine`, decide what an event means.

Walk of one event and its answer: `WebSocket.data_received` → `EngineSession.received` → `EngineConnection.deliver` →
`Handlers.event` → `SendQueue.send` → `TurnFlush`. Shown by tests/adapters/engine/test_engine_connection.py.

Modules in the order of imports; each imports only from those before it:
    limits, stats, timeouts, admission, rfc6455     numbers, timers and rules
    peers                                           other processes, which have sessions of their own
    packets, frames                                 what clients say and what they are sent, without I/O
    websocket, read_gate, native, send_queue        one transport, when it is read, what it is sent
    engine_connection, session_host, engine_session, session_table      one client, and all of them
    upgrade, endpoint                               from a request to a session
    polling, front                                  requests through aiohttp, and without it
    loop, engine                                    the process, and everything put together
"""

from parlour.adapters.engine.admission import AdmissionPolicy
from parlour.adapters.engine.engine import Engine
from parlour.adapters.engine.engine_connection import Ack, ConnectLater, ConnectRefused, EngineConnection, Handlers
from parlour.adapters.engine.frames import Frame, encode, pack, unpack
from parlour.adapters.engine.limits import EngineLimits
from parlour.adapters.engine.loop import exempt_imports, loop_factory, quiet_http_log, share_interpreter, tune_gc
from parlour.adapters.engine.send_queue import congested, write_to_all
from parlour.adapters.engine.stats import EngineStats

__all__ = [
    "Ack",
    "AdmissionPolicy",
    "ConnectLater",
    "ConnectRefused",
    "Engine",
    "EngineConnection",
    "EngineLimits",
    "EngineStats",
    "Frame",
    "Handlers",
    "congested",
    "encode",
    "exempt_imports",
    "loop_factory",
    "pack",
    "quiet_http_log",
    "share_interpreter",
    "tune_gc",
    "unpack",
    "write_to_all",
]
