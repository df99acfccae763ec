"""A server in memory: what of the protocol a bot needs, for one client, without a socket."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, ClassVar

from parlour_client.bot.clock import Clock
from parlour_client.ports import Receive, Socket

RETRYABLE = frozenset({"rate_limited", "unavailable"})
"""Codes of refusals that pass: the client tries again by itself."""
MEMBER = "member"


class RoomInMemory:
    """A room: its log, who is in it, and the view of its game."""

    def __init__(self, id: str, kind: str, state: Any) -> None:
        self.id, self.kind, self.state = id, kind, state
        self.entries: list[dict[str, Any]] = []
        self.here: list[str] = []
        self.roles: dict[str, str] = {}
        self.presence_version = 1

    def append(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        """Append an entry and return it."""
        seq = len(self.entries) + 1
        digest = "0x" + sha256(f"{self.id}{seq}{draft['id']}".encode()).hexdigest()
        self.entries.append({"room": self.id, "seq": seq, **draft, "hash": digest})
        return self.entries[-1]


class ServerInMemory:
    """Implements `parlour_client.ports.Dial` for a bot's client; a test writes into its rooms.

    Attributes:
        rooms: by id.
        activity: counts what went over the wire; a test waits until it stands still.
        refusals: the codes of the next refusals, by request.
        answers: what requests are answered that are not known here.
        asked: what requests carried so far, by their name.
        bots: accounts whose profile says that they are bots.
    """

    def __init__(self, account: str, clock: Clock) -> None:
        self.account = account
        self.rooms: dict[str, RoomInMemory] = {}
        self.activity = 0
        self.refusals: dict[str, deque[str]] = defaultdict(deque)
        self.answers: dict[str, Mapping[str, Any]] = {}
        self.bots: set[str] = set()
        self.asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._clock = clock
        self._socket: _SocketInMemory | None = None

    async def __call__(self, auth: Mapping[str, Any], receive: Receive) -> Socket:
        """Open a socket."""
        self._socket = _SocketInMemory(self, receive)
        receive("welcome", {"protocol": 1, "account": self.account, "limits": {}})
        return self._socket

    def cut(self) -> None:
        """End the socket, as a lost connection does."""
        if self._socket is not None:
            self._socket.over.set()

    def tell(self, event: str, data: Any) -> None:
        """Send an event to the client."""
        self.activity += 1
        if self._socket is not None and self._socket.connected:
            self._socket.receive(event, data)

    def write(self, room: RoomInMemory, type: str, body: Any, author: str, id: str | None = None) -> dict[str, Any]:
        """Append an entry to a room and tell the client."""
        draft = {"id": id or f"server:{len(room.entries) + 1}", "type": type, "author": author, "body": body}
        entry = room.append({**draft, "at": int(self._clock.now() * 1000)})
        self.tell("entry", entry)
        return entry

    def answer(self, event: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the ack of a request, and do what it asks."""
        self.activity += 1
        self.asked[event].append(dict(data))
        if self.refusals[event]:
            code = self.refusals[event].popleft()
            return _refusal(code, "The test refuses this.")
        handler = self._HANDLERS.get(event)
        if handler is not None:
            named = data.get("room")
            if event != "room:create" and named is not None and named not in self.rooms:
                return _refusal("not_found", f"There is no room {named}.")
            return {"ok": True, **handler(self, data)}
        if event in self.answers:
            return {"ok": True, **self.answers[event]}
        return _refusal("invalid", f"The server in memory knows no {event}: give its answer by harness.answers.")

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _join(self, data: Mapping[str, Any]) -> dict[str, Any]:
        room = self.rooms[data["room"]]
        since = data.get("since")
        if self.account not in room.here:
            room.here.append(self.account)
        last = room.entries[-1]
        answer = {
            "room": {"id": room.id, "kind": room.kind}, "epoch": "memory", "head": last["seq"], "hash": last["hash"],
            "role": room.roles.get(self.account, MEMBER), "read": 0, "recovered": since is not None,
            "entries": room.entries[since["seq"] :] if since else room.entries[-data.get("limit", 50) :],
            "presence": {"v": room.presence_version, "members": list(room.here), "count": len(room.here)},
        }  # fmt: skip
        return answer if room.state is None else answer | {"state": room.state, "seat": 0}

    def _post(self, data: Mapping[str, Any]) -> dict[str, Any]:
        room = self.rooms[data["room"]]
        known = next((one for one in room.entries if (one["author"], one["id"]) == (self.account, data["id"])), None)
        entry = known or self.write(room, data["type"], data["body"], self.account, data["id"])
        return {key: entry[key] for key in ("seq", "at", "hash")} | ({"duplicate": True} if known else {})

    def _history(self, data: Mapping[str, Any]) -> dict[str, Any]:
        room = self.rooms[data["room"]]
        after, before = data.get("after", 0), data.get("before", len(room.entries) + 1)
        found = [entry for entry in room.entries if after < entry["seq"] < before]
        limit = data.get("limit", 50)
        page = found[:limit] if "after" in data else found[-limit:]
        return {"entries": page, "more": len(page) < len(found)}

    def _members(self, data: Mapping[str, Any]) -> dict[str, Any]:
        room = self.rooms[data["room"]]
        accounts = {entry["author"] for entry in room.entries if entry["author"]} | set(room.here) | room.roles.keys()
        return {"members": [{"account": one, "role": room.roles.get(one, MEMBER)} for one in sorted(accounts)]}

    def _presence(self, data: Mapping[str, Any]) -> dict[str, Any]:
        room = self.rooms[data["room"]]
        return {"v": room.presence_version, "members": list(room.here), "count": len(room.here)}

    def _create(self, data: Mapping[str, Any]) -> dict[str, Any]:
        self.add_room(data["id"], data["kind"])
        return {"room": {"id": data["id"], "kind": data["kind"]}}

    def _list(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"rooms": [{"id": room.id, "kind": room.kind} for room in self.rooms.values()], "cursor": None}

    def _profiles(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {"profiles": {one: {"bot": True} if one in self.bots else {} for one in data["accounts"]}}

    def _nothing(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def add_room(self, id: str, kind: str, state: Any = None) -> RoomInMemory:
        """Add a room with its first entry."""
        room = self.rooms[id] = RoomInMemory(id, kind, state)
        draft = {"id": "server:1", "type": "room.created", "author": "", "body": {"kind": kind}}
        room.append({**draft, "at": int(self._clock.now() * 1000)})
        return room

    _HANDLERS: ClassVar = {
        "room:join": _join, "room:post": _post, "room:history": _history, "room:members": _members,
        "room:presence": _presence, "room:create": _create, "room:list": _list, "account:profiles": _profiles,
        "room:signal": _nothing, "room:leave": _nothing, "room:read": _nothing,
    }  # fmt: skip


class _SocketInMemory:
    """Implements `parlour_client.ports.Socket`."""

    def __init__(self, server: ServerInMemory, receive: Receive) -> None:
        self.receive = receive
        self.over = asyncio.Event()
        self._server = server

    @property
    def connected(self) -> bool:
        return not self.over.is_set()

    async def emit(self, event: str, data: Mapping[str, Any], acked: Callable[[Any], None] | int) -> None:
        assert callable(acked)  # the server in memory offers no frames, so requests carry no number
        answer = self._server.answer(event, data)
        asyncio.get_running_loop().call_soon(acked, answer)

    async def ended(self) -> None:
        await self.over.wait()

    async def close(self) -> None:
        self.over.set()


def _refusal(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": message, "retryable": code in RETRYABLE}}
