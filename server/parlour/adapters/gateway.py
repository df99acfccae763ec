"""The Socket.IO door: sessions, the handler table, the error boundary. Every request gets an ack (protocol §3).

Handlers that change or follow a room are synchronous and reach its mailbox before anything else happens, so a client's
order is the room's order. Handlers that only read are tasks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

import orjson
import structlog

from parlour import protocol
from parlour.adapters.engine import ConnectRefused, EngineConnection
from parlour.adapters.telemetry import Telemetry
from parlour.core import room as commands
from parlour.core.accounts import normal_account, spelled
from parlour.errors import (
    Forbidden,
    Internal,
    Invalid,
    NotFound,
    ParlourError,
    RateLimited,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from parlour.runtime.clock import Clock
from parlour.runtime.directory import Directory
from parlour.runtime.host import Reply, Request
from parlour.runtime.limits import Limiter, TokenBucket
from parlour.runtime.names import Names
from parlour.runtime.reading import Reader, Reading
from parlour.runtime.recovery import Since
from parlour.runtime.registry import RoomRegistry
from parlour.runtime.room_ids import is_room_id
from parlour.runtime.sessions import Session, SignIn
from parlour.runtime.store import StoreError
from parlour.runtime.watching import Watching

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class GatewayLimits:
    """Per connection; each is a setting, told in `welcome` (protocol §2)."""

    posts_per_second: float = 50.0
    posts_burst: int = 500
    signals_per_second: float = 100.0
    signals_burst: int = 200
    outstanding: int = 256
    signal_bytes: int = 16_384
    body_bytes: int = 32_768


@dataclass(slots=True)
class Client:
    """What the gateway keeps of a connection."""

    connection: EngineConnection
    session: Session | None
    posts: TokenBucket
    signals: TokenBucket
    since: int
    rooms: dict[str, None] = field(default_factory=dict)
    outstanding: int = 0

    @property
    def account(self) -> str:
        return self.connection.account

    @property
    def reader(self) -> Reader:
        return Reader(self.connection.account, self.connection.rank)

    def signed_in(self) -> str:
        """The account; raises Unauthorized for a guest."""
        if not self.connection.account:
            raise Unauthorized()
        return self.connection.account


class Gateway:
    """Implements the engine's Handlers over the runtime."""

    def __init__(
        self,
        registry: RoomRegistry,
        sign_in: SignIn,
        directory: Directory,
        watching: Watching,
        telemetry: Telemetry,
        *,
        clock: Clock,
        limits: GatewayLimits,
        limiter: Limiter,
        names: Names,
        welcome: dict[str, Any],
        guests: bool,
    ) -> None:
        self._registry = registry
        self._sign_in = sign_in
        self._directory = directory
        self._watching = watching
        self._telemetry = telemetry
        self._clock = clock
        self._limits = limits
        self._limiter = limiter
        self._names = names
        self._welcome = welcome
        self._guests = guests
        self._reading = Reading(registry)
        self._clients: dict[str, Client] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        sign_in.on_revoked(directory.end_session)

    # ── the engine's side ─────────────────────────────────────────────────────────────────────────────────────

    async def connect(self, connection: EngineConnection, auth: object | None) -> None:
        """Sign the socket in and greet it.

        Raises:
            ConnectRefused: a bad token, or guests are not admitted.
        """
        token = auth.get("token") if isinstance(auth, dict) else None
        session = None
        if token is not None:
            session = await self._sign_in.authenticate(token) if isinstance(token, str) else None
            if session is None:
                raise _refused("That token is not valid; sign in again.")
            connection.account, connection.rank = session.account, session.rank
        elif not self._guests:
            raise _refused("Sign in first.")
        self._admit(connection, session)

    def _admit(self, connection: EngineConnection, session: Session | None) -> None:
        limits = self._limits
        client = Client(
            connection,
            session,
            TokenBucket(limits.posts_per_second, limits.posts_burst, self._clock),
            TokenBucket(limits.signals_per_second, limits.signals_burst, self._clock),
            self._clock.now(),
        )
        self._clients[connection.id] = client
        self._directory.enter(connection, session.id if session else None)
        who: dict[str, Any] = {"account": "", "address": "", "chainId": None}
        if session is not None:
            who = {"account": session.account, "address": session.address, "chainId": session.chain_id}
        welcome = {"protocol": protocol.PROTOCOL, **who, "connection": connection.id, "time": self._clock.now()}
        connection.write(self._registry.house.encoder.frame("welcome", {**welcome, **self._welcome}))

    def event(
        self, connection: EngineConnection, name: str, args: list[Any], ack: Callable[[Any], None] | None
    ) -> None:
        """One request; the answer, whatever happens, is one ack."""
        client = self._clients.get(connection.id)
        if client is None:
            return
        reply = self._replier(client, name, ack)
        try:
            if client.outstanding > self._limits.outstanding:
                raise RateLimited("Too many requests are outstanding; wait for their acks.", retry_after=100)
            data = args[0] if args else {}
            fast = _FAST.get(name)
            if fast is not None:
                fast(self, client, data, reply)
                return
            slow = _SLOW.get(name)
            if slow is None:
                raise Invalid(f"There is no request {name!r}.", details={"path": "event"})
            self._spawn(self._answer(slow(self, client, data), reply, name))
        except ParlourError as error:
            reply(error)
        except Exception:
            log.exception("gateway.failed", request=name)
            reply(Internal())

    def disconnect(self, connection: EngineConnection, reason: str) -> None:
        client = self._clients.pop(connection.id, None)
        if client is None:
            return
        self._directory.exit(connection, client.session.id if client.session else None)
        self._registry.forget_connection(connection, client.rooms)

    def connections(self) -> list[Client]:
        return list(self._clients.values())

    def say_closing(self, reason: str, retry_after: Callable[[], int]) -> None:
        """Tell every client to come back later, each after its own delay (ms), and drop its transport."""
        for client in self.connections():
            client.connection.close(reason, reconnect=True, retry_after=retry_after())

    def _replier(self, client: Client, name: str, ack: Callable[[Any], None] | None) -> Reply:
        client.outstanding += 1
        telemetry = self._telemetry

        def reply(answer: dict[str, Any] | ParlourError) -> None:
            client.outstanding -= 1
            if isinstance(answer, ParlourError):
                telemetry.refused(name, answer.code)
                answer = {"ok": False, "error": answer.to_json()}
            else:
                telemetry.answered(name)
            if ack is not None:
                ack(answer)

        return reply

    async def _answer(self, work: Awaitable[dict[str, Any]], reply: Reply, name: str) -> None:
        try:
            reply({"ok": True, **await work})
        except ParlourError as error:
            reply(error)
        except StoreError:
            reply(Unavailable(retry_after=1000))
        except Exception:
            log.exception("gateway.failed", request=name)
            reply(Internal())

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ── requests that reach the mailbox at once ───────────────────────────────────────────────────────────────

    def _post(self, client: Client, data: Any, reply: Reply) -> None:
        if not client.posts.take():
            raise RateLimited("Too many posts; slow down.", retry_after=client.posts.wait_ms())
        post = _parse_post(data)
        account = client.signed_in()
        self._registry.submit(
            post["room"],
            Request(
                commands.Post(
                    author=account,
                    rank=client.connection.rank,
                    id=post["id"],
                    type=post["type"],
                    body=post["body"],
                    sig=post.get("sig"),
                    salt=_salt(post.get("salt")),
                ),
                reply,
            ),
        )

    def _join(self, client: Client, data: Any, reply: Reply) -> None:
        join: protocol.RoomJoin = protocol.parse(protocol.RoomJoin, data)
        _check_room(join.room)
        since = None if join.since is None else Since.parse(join.since)
        command = commands.Join(author=client.account, rank=client.connection.rank, as_=join.as_)
        invite = None if join.invite is None else sha256(join.invite.encode()).digest()
        request = Request(command, connection=client.connection, since=since, limit=join.limit, invite=invite)

        def joined(answer: dict[str, Any] | ParlourError) -> None:
            if not isinstance(answer, ParlourError):
                client.rooms[join.room.lower()] = None
                client.connection.allow(sum(len(str(e["body"])) for e in answer["entries"]) * 2)
            reply(answer)
            if client.connection.id not in self._clients:
                self._registry.forget_connection(client.connection, [join.room.lower()])

        request.reply = joined
        self._registry.submit(join.room, request)

    def _leave(self, client: Client, data: Any, reply: Reply) -> None:
        leave: protocol.RoomLeave = protocol.parse(protocol.RoomLeave, data)
        _check_room(leave.room)
        key = leave.room.lower()
        host = self._registry.find(key)
        if host is not None:
            host.leave(client.connection, for_good=bool(client.account))
        client.rooms.pop(key, None)
        if not client.account:
            reply({"ok": True})
            return
        command = commands.Leave(author=client.account, rank=client.connection.rank, reason=leave.reason)
        self._registry.submit(key, Request(command, reply))

    def _signal(self, client: Client, data: Any, reply: Reply) -> None:
        if not client.signals.take():
            raise RateLimited("Too many signals; slow down.", retry_after=client.signals.wait_ms())
        signal: protocol.RoomSignal = protocol.parse(protocol.RoomSignal, data)
        client.signed_in()
        if not isinstance(signal.body, bytes) and len(orjson.dumps(signal.body)) > self._limits.signal_bytes:
            raise TooLarge(f"A signal is at most {self._limits.signal_bytes} bytes.")
        host = self._registry.find(signal.room)
        if host is not None and client.connection in host.presence:
            host.signal(client.connection, signal.type, signal.body)
            reply({"ok": True})
        else:
            self._spawn(self._answer(self._refuse_signal(client, signal.room), reply, "room:signal"))

    def _configure(self, client: Client, data: Any, reply: Reply) -> None:
        asked: protocol.RoomConfigure = protocol.parse(protocol.RoomConfigure, data)
        _check_served(gate=asked.gate)
        command = commands.Configure(title=asked.title, visibility=asked.visibility, options=asked.options)

        def described(answer: dict[str, Any] | ParlourError) -> None:
            host = self._registry.find(asked.room)
            if not isinstance(answer, ParlourError) and host is not None:
                answer = {**answer, "room": host.described()}
            reply(answer)

        self._ask_room(client, asked.room, command, described, asked.id)

    def _moderate(self, client: Client, data: Any, reply: Reply) -> None:
        asked: protocol.RoomModerate = protocol.parse(protocol.RoomModerate, data)
        command = commands.Moderate(
            account=_account(asked.account),
            action=asked.action,
            role=asked.role,
            until=asked.until,
            reason=asked.reason,
        )
        self._ask_room(client, asked.room, command, reply, asked.id)

    def _close(self, client: Client, data: Any, reply: Reply) -> None:
        asked: protocol.RoomClose = protocol.parse(protocol.RoomClose, data)
        self._ask_room(client, asked.room, commands.Close(reason=asked.reason), reply, asked.id)

    def _ask_room(
        self, client: Client, room: str, command: commands.Command, reply: Reply, request_id: str | None
    ) -> None:
        _check_room(room)
        command.author, command.rank = client.signed_in(), client.connection.rank
        self._registry.submit(room, Request(command, reply, request_id=request_id))

    # ── requests that read, or wait for something outside the room ────────────────────────────────────────────

    async def _create(self, client: Client, data: Any) -> dict[str, Any]:
        asked: protocol.RoomCreate = protocol.parse(protocol.RoomCreate, data)
        _check_served(signed=asked.signed, gate=asked.gate)
        await self._limiter.hit("rooms", client.signed_in())
        await self._limiter.hit("rooms", client.connection.remote)
        record, again = await self._registry.create(
            client.signed_in(),
            asked.kind,
            room=asked.id,
            title=asked.title or "",
            visibility=asked.visibility or "public",
            options=asked.options,
        )
        await self._watching.arrange(record, client.reader)
        return {"room": record.to_json(), **({"duplicate": True} if again else {})}

    async def _list(self, client: Client, data: Any) -> dict[str, Any]:
        asked: protocol.RoomList = protocol.parse(protocol.RoomList, data)
        if asked.mine:
            client.signed_in()
        store = self._registry.house.store
        records, cursor = await store.rooms(
            viewer=client.account or None,
            kind=asked.kind,
            query=asked.query,
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

    async def _unread(self, room: str, head: int, read: int, account: str) -> dict[str, int]:
        newer = await self._registry.house.store.entries(room, max(read, head - 1000), 1000)
        mentions = sum(1 for e in newer if e.type == "chat.message" and account in _mentioned(e.body))
        return {"unread": max(0, head - read), "mentions": mentions}

    async def _history(self, client: Client, data: Any) -> dict[str, Any]:
        asked: protocol.RoomHistory = protocol.parse(protocol.RoomHistory, data)
        _check_room(asked.room)
        return await self._reading.history(
            asked.room,
            client.reader,
            before=asked.before,
            after=asked.after,
            limit=asked.limit,
            view=asked.view or "entries",
            proof=bool(asked.proof),
        )

    async def _read(self, client: Client, data: Any) -> dict[str, Any]:
        asked: protocol.RoomRead = protocol.parse(protocol.RoomRead, data)
        account = client.signed_in()
        host, _ = await self._reading.room(_check_room(asked.room), client.reader)
        seq = await self._registry.house.store.read(host.id, account, min(asked.seq, host.record.head))
        host.audience.tell_read(account, seq)
        return {}

    async def _members(self, client: Client, data: Any) -> dict[str, Any]:
        asked: protocol.RoomMembers = protocol.parse(protocol.RoomMembers, data)
        room, limit = _check_room(asked.room), asked.limit or 100
        answer = await self._reading.members(room, client.reader, asked.cursor, limit)
        for member in answer["members"]:
            name = self._names.name_of(member["account"])
            if name is not None:
                member["name"] = name
        return answer

    async def _presence(self, client: Client, data: Any) -> dict[str, Any]:
        asked: protocol.RoomPresence = protocol.parse(protocol.RoomPresence, data)
        host, _ = await self._reading.room(_check_room(asked.room), client.reader)
        return host.presence.picture()

    async def _search(self, client: Client, data: Any) -> dict[str, Any]:
        asked: protocol.RoomSearch = protocol.parse(protocol.RoomSearch, data)
        return await self._reading.search(_check_room(asked.room), client.reader, asked.query, asked.limit or 20)

    async def _refuse_signal(self, client: Client, room: str) -> dict[str, Any]:
        """Signals need a join on this socket; whoever may not know the room learns nothing of it."""
        await self._reading.room(_check_room(room), client.reader)
        raise Forbidden("Join the room on this socket before you signal.", reason="role")

    async def _invite(self, client: Client, data: Any) -> dict[str, Any]:
        asked: protocol.RoomInvite = protocol.parse(protocol.RoomInvite, data)
        account = client.signed_in()
        host, hall = await self._reading.room(_check_room(asked.room), client.reader)
        now = self._clock.now()
        if not hall.may_manage(account, client.connection.rank, now):
            raise Forbidden("Only the owner and moderators invite.", reason="role")
        token = token_urlsafe(16)
        until = asked.until if asked.until is not None else now + 7 * 86_400_000
        hashed = sha256(token.encode()).digest()
        invited = None if asked.account is None else _account(asked.account)
        await self._registry.house.store.invite(hashed, host.id, invited, asked.uses or 1, until)
        if invited is not None:
            told = {"room": host.id, "seq": host.record.head, "type": "invitation", "from": account, "invite": token}
            self._directory.notify(invited, "notice", told)
        return {"invite": token}

    async def _watch(self, client: Client, data: Any) -> dict[str, Any]:
        asked: protocol.RoomWatch = protocol.parse(protocol.RoomWatch, data)
        client.signed_in()
        return await self._watching.watch(_check_room(asked.room), client.reader, asked.watch, asked.id)

    async def _unwatch(self, client: Client, data: Any) -> dict[str, Any]:
        asked: protocol.RoomUnwatch = protocol.parse(protocol.RoomUnwatch, data)
        client.signed_in()
        return await self._watching.unwatch(_check_room(asked.room), client.reader, asked.watch, asked.id)

    async def _match(self, client: Client, data: Any) -> dict[str, Any]:
        raise Invalid("This server has no matchmaking.", reason="unsupported")


_FAST: dict[str, Callable[[Gateway, Client, Any, Reply], None]] = {
    "room:post": Gateway._post,
    "room:join": Gateway._join,
    "room:leave": Gateway._leave,
    "room:signal": Gateway._signal,
    "room:configure": Gateway._configure,
    "room:moderate": Gateway._moderate,
    "room:close": Gateway._close,
}

_SLOW: dict[str, Callable[[Gateway, Client, Any], Awaitable[dict[str, Any]]]] = {
    "room:create": Gateway._create,
    "room:list": Gateway._list,
    "room:history": Gateway._history,
    "room:read": Gateway._read,
    "room:members": Gateway._members,
    "room:presence": Gateway._presence,
    "room:search": Gateway._search,
    "room:invite": Gateway._invite,
    "room:watch": Gateway._watch,
    "room:unwatch": Gateway._unwatch,
    "match:find": Gateway._match,
    "match:cancel": Gateway._match,
}


def _parse_post(data: Any) -> dict[str, Any]:
    """The hot path's own check: the same rules as protocol.RoomPost, which names the fault where one is found."""
    if (
        type(data) is dict
        and type(data.get("id")) is str
        and 0 < len(data["id"]) <= 64
        and "\x00" not in data["id"]
        and type(data.get("type")) is str
        and 0 < len(data["type"]) <= 64
        and type(data.get("body")) in (dict, bytes)
        and is_room_id(data.get("room"))
        and data.get("sig") is None
        and data.get("salt") is None
    ):
        if data["id"].startswith("server:"):
            raise Invalid("Ids that start with server: are the server's.", details={"path": "id"})
        return data
    parsed: protocol.RoomPost = protocol.parse(protocol.RoomPost, data)
    _check_room(parsed.room)
    if parsed.id.startswith("server:"):
        raise Invalid("Ids that start with server: are the server's.", details={"path": "id"})
    return parsed.model_dump(by_alias=True)


def _mentioned(body: Any) -> set[str]:
    return set(map(spelled, body.get("mentions", ()))) if isinstance(body, dict) else set()


def _account(text: str) -> str:
    """The account in its one spelling; an API key's name is one already. Raises Invalid."""
    return text if text.startswith("app:") else normal_account(text)


def _salt(salt: str | None) -> bytes | None:
    return None if salt is None else bytes.fromhex(salt[2:])


def _check_room(room: str) -> str:
    """An id that cannot exist names no room."""
    if not is_room_id(room):
        raise NotFound("There is no such room.")
    return room


def _check_served(**settings: Any) -> None:
    """Raises Invalid for settings of a later version: a gate that is ignored would let everybody in."""
    for name, value in settings.items():
        if value:
            raise Invalid("Signed and gated rooms are not part of this version.", details={"path": name})


def _refused(message: str) -> ConnectRefused:
    return ConnectRefused({"code": "unauthorized", "message": message})
