"""Serves plain python-socketio on aiohttp: PORT, and REDIS_URL where it is one process of several."""

from __future__ import annotations

import sys
from typing import Any

import socketio
from aiohttp import web

shared = socketio.AsyncRedisManager(sys.argv[2]) if sys.argv[2:] else None
sio = socketio.AsyncServer(async_mode="aiohttp", client_manager=shared)
DONE = {"ok": True}


@sio.on("room:create")
async def create(sid: str, body: dict[str, Any]) -> dict[str, bool]:
    """Acknowledge: rooms need no making here."""
    return DONE


@sio.on("room:join")
async def join(sid: str, body: dict[str, Any]) -> dict[str, bool]:
    """Enter a room."""
    await sio.enter_room(sid, body["room"])
    return DONE


@sio.on("room:post")
async def post(sid: str, body: dict[str, Any]) -> dict[str, bool]:
    """Send to everybody in the room; nothing is kept."""
    await sio.emit("entry", body, room=body["room"])
    return DONE


@sio.on("room:signal")
async def signal(sid: str, body: dict[str, Any]) -> dict[str, bool]:
    """Relay to everybody else in the room."""
    await sio.emit("signal", {"from": sid, **body}, room=body["room"], skip_sid=sid)
    return DONE


if __name__ == "__main__":
    app = web.Application()
    sio.attach(app)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=lambda *_: None)
