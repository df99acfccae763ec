"""Serves python-socketio with AsyncRedisManager on aiohttp, one process of several: PORT REDIS_URL."""

from __future__ import annotations

import sys
from typing import Any

import socketio
from aiohttp import web

sio = socketio.AsyncServer(async_mode="aiohttp", client_manager=socketio.AsyncRedisManager(sys.argv[2]))
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


if __name__ == "__main__":
    app = web.Application()
    sio.attach(app)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=lambda *_: None)
