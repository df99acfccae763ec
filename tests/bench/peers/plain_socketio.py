"""Serves a plain python-socketio server on aiohttp: joins, and signals that are relayed and acknowledged."""

from __future__ import annotations

import os
from typing import Any

import socketio
from aiohttp import web

sio = socketio.AsyncServer(async_mode="aiohttp")
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


@sio.on("room:signal")
async def signal(sid: str, body: dict[str, Any]) -> dict[str, bool]:
    """Relay to everybody else in the room."""
    await sio.emit("signal", {"from": sid, **body}, room=body["room"], skip_sid=sid)
    return DONE


if __name__ == "__main__":
    app = web.Application()
    sio.attach(app)
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PARLOUR_PORT"]), print=lambda *_: None)
