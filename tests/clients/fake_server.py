"""A small server on stock python-socketio, as protocol.md describes it, with the faults a client must survive."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import socketio
from aiohttp import web
from eth_account import Account
from eth_account.messages import encode_defunct


class FakeRoom:
    def __init__(self, room: str, kind: str = "chat") -> None:
        self.id, self.kind = room, kind
        self.epoch = secrets.token_hex(8)
        self.entries: list[dict[str, Any]] = []
        self.state: Any = None
        self.append("room.created", {"kind": kind}, "", "server:1")

    @property
    def head(self) -> int:
        return len(self.entries)

    @property
    def hash(self) -> str:
        return self.entries[-1]["hash"]

    def append(self, type: str, body: Any, author: str, id: str) -> dict[str, Any]:
        seq = self.head + 1
        digest = "0x" + sha256(f"{self.epoch}{seq}{id}{body}".encode()).hexdigest()
        at = int(time.time() * 1000)
        entry = {"room": self.id, "seq": seq, "id": id, "type": type, "author": author, "at": at, "body": body}
        self.entries.append(entry | {"hash": digest})
        return self.entries[-1]


class FakeServer:
    """A server in this process.

    Attributes:
        seen: the requests so far, by event.
        swallow: how many of an event's next acks are lost after it took effect.
        refuse: the next errors of an event, before it takes effect.
        answers: the next acks of an event, whatever they are; it takes no effect.
        replay_limit: entries; a longer gap is not recovered by a join.
    """

    def __init__(self) -> None:
        self.sio = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*", async_handlers=False)
        self.rooms: dict[str, FakeRoom] = {}
        self.accounts: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.seen: Counter[str] = Counter()
        self.swallow: Counter[str] = Counter()
        self.refuse: dict[str, list[dict[str, Any]]] = {}
        self.answers: dict[str, list[Any]] = {}
        self.token_life_ms = 3_600_000
        self.replay_limit = 1000
        self.signals: list[Any] = []
        self.listed: list[dict[str, Any]] = []
        for event in ("join", "post", "history", "signal", "leave", "list", "watch", "presence", "create"):
            self.sio.on(f"room:{event}", self._bounded(f"room:{event}", getattr(self, f"_{event}")))
        self.matched: list[tuple[str, dict[str, Any]]] = []
        for event in ("match:find", "match:cancel"):
            self.sio.on(event, self._bounded(event, partial(self._match, event)))
        self.sio.on("connect", self._connect)

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_get("/auth/nonce", self._nonce)
        app.router.add_post("/auth/verify", self._verify)
        app.router.add_post("/auth/refresh", self._refresh)
        self.sio.attach(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, "127.0.0.1", port)
        await self._site.start()
        self.port = self._site._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        await self._site.stop()
        self.cut()
        await asyncio.sleep(0.05)
        await self._runner.cleanup()

    def cut(self) -> None:
        """End every transport without a goodbye, as a server that dies does."""
        for connection in list(self._runner.server.connections):
            if connection.transport:
                connection.transport.abort()

    def room(self, name: str, kind: str = "chat") -> FakeRoom:
        return self.rooms.setdefault(name, FakeRoom(name, kind))

    async def write(self, name: str, type: str, body: Any, author: str = "") -> dict[str, Any]:
        room = self.room(name)
        entry = room.append(type, body, author, f"server:{room.head + 1}")
        await self.sio.emit("entry", entry, room=name)
        return entry

    # ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _nonce(self, request: web.Request) -> web.Response:
        self.seen["nonce"] += 1
        self.nonce = secrets.token_hex(16)
        return web.json_response(
            {
                "nonce": self.nonce,
                "domain": request.host,
                "uri": f"http://{request.host}",
                "version": "1",
                "statement": "Sign in to Parlour.",
                "chainIds": [31337],
                "issuedAt": datetime.now(UTC).isoformat(),
                "expirationTime": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
            }
        )

    async def _verify(self, request: web.Request) -> web.Response:
        body = await request.json()
        address = body["message"].split("\n")[1]
        signer = Account.recover_message(encode_defunct(text=body["message"]), signature=body["signature"])
        refusals = self.refuse.get("verify", [])
        if refusals:
            return web.json_response({"error": refusals.pop(0)}, status=401)
        if signer != address or f"Nonce: {self.nonce}" not in body["message"]:
            return web.json_response({"error": {"code": "signature", "message": "No.", "retryable": False}}, status=401)
        return web.json_response(self._session(address))

    async def _refresh(self, request: web.Request) -> web.Response:
        self.seen["refresh"] += 1
        address = self.tokens[request.headers["Authorization"].removeprefix("Bearer ")]
        self.token_life_ms = 3_600_000
        return web.json_response(self._session(address))

    def _session(self, address: str) -> dict[str, Any]:
        token = secrets.token_hex(16)
        self.tokens[token] = address
        return {"token": token, "account": address, "expiresAt": int(time.time() * 1000) + self.token_life_ms}

    async def _connect(self, sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> None:
        token = (auth or {}).get("token")
        if token is not None and token not in self.tokens:
            data = {"code": "unauthorized", "message": "A bad token."}
            raise socketio.exceptions.ConnectionRefusedError("A bad token.", data)
        self.accounts[sid] = self.tokens.get(token or "", "")
        await self.sio.emit("welcome", {"protocol": 1, "account": self.accounts[sid], "limits": {}}, to=sid)

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _bounded(self, event: str, handler: Any) -> Any:
        async def handle(sid: str, data: dict[str, Any]) -> Any:
            self.seen[event] += 1
            if self.refuse.get(event):
                return {"ok": False, "error": self.refuse[event].pop(0)}
            if self.answers.get(event):
                return self.answers[event].pop(0)
            answer = await handler(sid, data)
            if self.swallow[event]:
                self.swallow[event] -= 1
                self.cut()
            return answer

        return handle

    async def _match(self, event: str, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        self.matched.append((event, data))
        return {"ok": True, "ticket": "t1", "waiting": 1}

    async def _join(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        room = self.rooms.get(data["room"])
        if room is None:
            return {"ok": False, "error": {"code": "not_found", "message": "No such room.", "retryable": False}}
        await self.sio.enter_room(sid, room.id)
        since = data.get("since")
        recovered = bool(
            since
            and since["epoch"] == room.epoch
            and since["seq"] <= room.head
            and room.head - since["seq"] <= self.replay_limit
            and (since["seq"] == 0 or since.get("hash") == room.entries[since["seq"] - 1]["hash"])
        )
        answer = {
            "ok": True,
            "room": {"id": room.id, "kind": room.kind},
            "epoch": room.epoch,
            "head": room.head,
            "hash": room.hash,
            "role": "member",
            "read": 0,
            "recovered": recovered,
            "entries": room.entries[since["seq"] :] if recovered else room.entries[-data.get("limit", 50) :],
            "presence": {"v": 1, "members": [self.accounts[sid]], "count": 1},
        }
        return answer if room.state is None else answer | {"state": room.state, "seat": 0}

    async def _post(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        room, author = self.rooms[data["room"]], self.accounts[sid]
        for known in room.entries:
            if (known["author"], known["id"]) == (author, data["id"]):
                return {"ok": True, "seq": known["seq"], "at": known["at"], "hash": known["hash"], "duplicate": True}
        for key in ("replyTo", "of"):
            named = data["body"].get(key) if isinstance(data["body"], dict) else None
            if named is not None and room.entries[named - 1]["type"] != "chat.message":
                refusal = {"code": "illegal", "reason": "not_a_message", "message": "No.", "retryable": False}
                return {"ok": False, "error": refusal}
        entry = room.append(data["type"], data["body"], author, data["id"])
        await self.sio.emit("entry", entry, room=room.id)
        return {"ok": True, "seq": entry["seq"], "at": entry["at"], "hash": entry["hash"]}

    async def _history(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        room = self.rooms[data["room"]]
        after, before = data.get("after", 0), data.get("before", room.head + 1)
        found = [entry for entry in room.entries if after < entry["seq"] < before]
        page = found[: data["limit"]] if "after" in data else found[-data["limit"] :]
        return {"ok": True, "entries": page, "more": len(page) < len(found)}

    async def _signal(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        self.signals.append(data)
        return {"ok": True}

    async def _leave(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True}

    async def _list(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        self.listed.append(data)
        first, limit = int(data.get("cursor") or 0), int(data.get("limit") or 50)
        rooms = [{"id": room.id, "kind": room.kind} for room in self.rooms.values()]
        cursor = str(first + limit) if first + limit < len(rooms) else None
        return {"ok": True, "rooms": rooms[first : first + limit], "cursor": cursor}

    async def _watch(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "watch": {"id": "w1", **data["watch"]}}

    async def _presence(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "v": 9, "members": ["all"], "count": 1}

    async def _create(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        self.room(data["id"], data["kind"])
        return {"ok": True, "room": {"id": data["id"], "kind": data["kind"]}}


@asynccontextmanager
async def fake_server() -> Any:
    server = FakeServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
