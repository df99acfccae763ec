"""Requests that read, or wait for something outside the room; each answers its ack beyond `ok`, or raises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from parlour.adapters.http.client_address import limit_key
from parlour.adapters.socket.connection_limits import GatewayClient
from parlour.adapters.socket.parsing import account_of, check_room, check_served
from parlour.core.identity.accounts import spelled
from parlour.core.log.hash_chain import canonical
from parlour.errors import Closed, Conflict, Forbidden, Invalid
from parlour.protocol import requests as wire
from parlour.runtime.clock import Clock
from parlour.runtime.connections import Connections
from parlour.runtime.identity.ens_names import EnsNames
from parlour.runtime.limits import Limiter
from parlour.runtime.rooms.history import Reading
from parlour.runtime.rooms.lobby import Lobby, Wanted
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.watch import Watching

INVITATION_MS = 7 * 86_400_000
"""How long an invitation stands where nobody says otherwise."""


class ReadRequests:
    """One method a request; `REQUESTS` is the table."""

    def __init__(
        self,
        registry: RoomRegistry,
        directory: Connections,
        watching: Watching,
        limiter: Limiter,
        names: EnsNames,
        clock: Clock,
        lobby: Lobby,
        code: Callable[..., str],
    ) -> None:
        """Args: code: makes of some words, always the same, a code that nobody guesses."""
        self._registry = registry
        self._directory = directory
        self._watching = watching
        self._limiter = limiter
        self._names = names
        self._clock = clock
        self._lobby = lobby
        self._code = code
        self._reading = Reading(registry)

    async def create(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        asked: wire.RoomCreate = wire.parse(wire.RoomCreate, data)
        check_served(gate=asked.gate)
        await self._limiter.hit("rooms", client.signed_in())
        await self._limiter.hit("rooms", limit_key(client.connection.remote))
        await self._watching.foresee(asked.kind, asked.options or {}, client.reader)
        record, again = await self._registry.create(
            client.signed_in(),
            asked.kind,
            room=asked.id,
            title=asked.title or "",
            visibility=asked.visibility or "public",
            options=asked.options,
            signed=bool(asked.signed),
        )
        await self._watching.arrange(record, client.reader)
        return {"room": record.to_json(), **({"duplicate": True} if again else {})}

    async def list(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        asked: wire.RoomList = wire.parse(wire.RoomList, data)
        if asked.mine:
            client.signed_in()
        if asked.live:
            return await self._watch_list(client, asked)
        if asked.live is False:
            self._lobby.forget(client.connection)
        store = self._registry.context.store
        records, cursor = await store.rooms(
            viewer=client.account or None,
            kind=asked.kind,
            query=asked.query,
            open=bool(asked.open),
            mine=bool(asked.mine),
            cursor=asked.cursor,
            limit=asked.limit or 50,
        )
        rooms = [record.to_json() for record in records]
        if asked.mine:
            for room, record in zip(rooms, records, strict=True):
                read = await store.position(record.id, client.account)
                room |= await self._unread(record.id, record.head, read, client.account)
        return {"rooms": rooms, "cursor": cursor}

    async def _watch_list(self, client: GatewayClient, asked: wire.RoomList) -> dict[str, Any]:
        for name in ("mine", "cursor"):
            if getattr(asked, name):
                raise Invalid("A live list is the first page of public rooms.", details={"path": name})
        if client.connection.id not in self._directory.connections:
            return {}
        words = tuple((asked.query or "").lower().split())
        wanted = Wanted(asked.kind, words, bool(asked.open), asked.limit or 50)
        return await self._lobby.watch(client.connection, wanted)

    async def _unread(self, room: str, head: int, read: int, account: str) -> dict[str, int]:
        newer = await self._registry.context.store.entries(room, max(read, head - 1000), 1000)
        mentions = sum(1 for e in newer if e.type == "chat.message" and account in _mentioned(e.body))
        return {"unread": max(0, head - read), "mentions": mentions}

    async def history(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        asked: wire.RoomHistory = wire.parse(wire.RoomHistory, data)
        check_room(asked.room)
        return await self._reading.history(
            asked.room,
            client.reader,
            before=asked.before,
            after=asked.after,
            limit=asked.limit,
            view=asked.view or "entries",
            proof=bool(asked.proof),
        )

    async def read(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        asked: wire.RoomRead = wire.parse(wire.RoomRead, data)
        account = client.signed_in()
        host, _ = await self._reading.room(check_room(asked.room), client.reader)
        seq = await self._registry.context.store.read(host.id, account, min(asked.seq, host.record.head))
        host.audience.send_read_position(account, seq)
        return {}

    async def members(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        asked: wire.RoomMembers = wire.parse(wire.RoomMembers, data)
        room, limit = check_room(asked.room), asked.limit or 100
        answer = await self._reading.members(room, client.reader, asked.cursor, limit)
        for member in answer["members"]:
            name = self._names.name_of(member["account"])
            if name is not None:
                member["name"] = name
        return answer

    async def presence(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        asked: wire.RoomPresence = wire.parse(wire.RoomPresence, data)
        host, _ = await self._reading.room(check_room(asked.room), client.reader)
        return host.presence.picture()

    async def search(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        asked: wire.RoomSearch = wire.parse(wire.RoomSearch, data)
        return await self._reading.search(check_room(asked.room), client.reader, asked.query, asked.limit or 20)

    async def refuse_signal(self, client: GatewayClient, room: str) -> dict[str, Any]:
        """Signals need a join on this socket; whoever may not know the room learns nothing of it."""
        await self._reading.room(check_room(room), client.reader)
        raise Forbidden("Join the room on this socket before you signal.", reason="role")

    async def invite(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        asked: wire.RoomInvite = wire.parse(wire.RoomInvite, data)
        account = client.signed_in()
        host, hall = await self._reading.room(check_room(asked.room), client.reader)
        now = self._clock.now()
        if not hall.may_manage(account, client.connection.rank, now):
            raise Forbidden("Only the owner and moderators invite.", reason="role")
        if hall.closed:
            raise Closed()
        token = token_urlsafe(16) if asked.id is None else self._code("invite", host.id, account, asked.id)
        until = asked.until if asked.until is not None else now + INVITATION_MS
        hashed = sha256(token.encode()).digest()
        invited = None if asked.account is None else account_of(asked.account)
        content = sha256(canonical({"account": invited, "uses": asked.uses, "until": asked.until})).digest()
        known = await self._registry.context.store.invite(hashed, host.id, invited, asked.uses or 1, until, content)
        if known is not None:
            if known != content:
                raise Conflict()
            return {"invite": token, "duplicate": True}
        if invited is not None and not hall.access.is_banned(invited, now):
            told = {"room": host.id, "seq": host.record.head, "type": "invitation", "from": account, "invite": token}
            self._directory.notify(invited, "notice", told)
        return {"invite": token}

    async def watch(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        asked: wire.RoomWatch = wire.parse(wire.RoomWatch, data)
        client.signed_in()
        return await self._watching.watch(check_room(asked.room), client.reader, asked.watch, asked.id)

    async def unwatch(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        asked: wire.RoomUnwatch = wire.parse(wire.RoomUnwatch, data)
        client.signed_in()
        return await self._watching.unwatch(check_room(asked.room), client.reader, asked.watch, asked.id)

    async def forget_watches(self, room: str) -> None:
        """A closed room hears no more of the chain."""
        await self._watching.forget(room)

    async def match(self, client: GatewayClient, data: Any) -> dict[str, Any]:
        raise Invalid("This server has no matchmaking.", reason="unsupported")


REQUESTS: dict[str, Callable[[ReadRequests, GatewayClient, Any], Awaitable[dict[str, Any]]]] = {
    "room:create": ReadRequests.create,
    "room:list": ReadRequests.list,
    "room:history": ReadRequests.history,
    "room:read": ReadRequests.read,
    "room:members": ReadRequests.members,
    "room:presence": ReadRequests.presence,
    "room:search": ReadRequests.search,
    "room:invite": ReadRequests.invite,
    "room:watch": ReadRequests.watch,
    "room:unwatch": ReadRequests.unwatch,
    "match:find": ReadRequests.match,
    "match:cancel": ReadRequests.match,
}


def _mentioned(body: Any) -> set[str]:
    return set(map(spelled, body.get("mentions", ()))) if isinstance(body, dict) else set()
