"""The Socket.IO door: sessions, the handler table, the error boundary. Every request gets an ack (protocol §3).

Handlers that change or follow a room are synchronous and reach its mailbox before anything else happens, so a client's
order is the room's order. Handlers that only read are tasks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import structlog

from parlour.adapters.engine import Ack, ConnectLater, ConnectRefused, EngineConnection
from parlour.adapters.socket.connection_limits import GatewayClient, GatewayLimits
from parlour.adapters.socket.parsing import account_of, check_room, check_served, parse_post, signal_size
from parlour.adapters.socket.read_requests import REQUESTS, ReadRequests
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.core import room as commands
from parlour.errors import (
    Internal,
    Invalid,
    ParlourError,
    RateLimited,
    TooLarge,
    Unavailable,
)
from parlour.protocol import PROTOCOL
from parlour.protocol import requests as wire
from parlour.runtime.clock import Clock
from parlour.runtime.connections import Connections
from parlour.runtime.identity.ens_names import EnsNames
from parlour.runtime.identity.sign_in import Session, SignIn
from parlour.runtime.limits import Limiter, TokenBucket
from parlour.runtime.live_room.host import Reply, RoomRequest
from parlour.runtime.live_room.recovery import Since
from parlour.runtime.rooms.lobby import Lobby
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.watch import Watching
from parlour.runtime.store import StoreError

log = structlog.get_logger()


class Gateway:
    """Implements the engine's Handlers over the runtime."""

    def __init__(
        self,
        registry: RoomRegistry,
        sign_in: SignIn,
        directory: Connections,
        watching: Watching,
        telemetry: Telemetry,
        *,
        clock: Clock,
        limits: GatewayLimits,
        limiter: Limiter,
        names: EnsNames,
        lobby: Lobby,
        code: Callable[..., str],
        welcome: dict[str, Any],
        guests: bool,
    ) -> None:
        self._registry = registry
        self._sign_in = sign_in
        self._directory = directory
        self._telemetry = telemetry
        self._clock = clock
        self._limits = limits
        self._welcome = welcome
        self._guests = guests
        self._requests = ReadRequests(registry, directory, watching, limiter, names, clock, lobby, code)
        self._lobby = lobby
        self._clients: dict[str, GatewayClient] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        sign_in.on_revoked(directory.end_session)

    # ── the engine's side ─────────────────────────────────────────────────────────────────────────────────────

    async def connect(self, connection: EngineConnection, auth: object | None) -> None:
        """Sign the socket in and greet it.

        Raises:
            ConnectRefused: a bad token, or guests are not admitted.
            ConnectLater: the store cannot say whose token it is.
        """
        token = auth.get("token") if isinstance(auth, dict) else None
        session = None
        if token is not None:
            session = await self._session(token) if isinstance(token, str) else None
            if session is None:
                raise _refused("That token is not valid; sign in again.")
            connection.account, connection.rank = session.account, session.rank
        elif not self._guests:
            raise _refused("Sign in first.")
        self._admit(connection, session)

    async def _session(self, token: str) -> Session | None:
        try:
            return await self._sign_in.authenticate(token)
        except StoreError as error:
            log.warning("gateway.sign_in_unavailable", error=str(error))
            raise ConnectLater from error

    def _admit(self, connection: EngineConnection, session: Session | None) -> None:
        limits = self._limits
        client = GatewayClient(
            connection,
            session,
            TokenBucket(limits.posts_per_second, limits.posts_burst, self._clock),
            TokenBucket(limits.signals_per_second, limits.signals_burst, self._clock),
            self._clock.now(),
            limits.outstanding,
        )
        self._clients[connection.id] = client
        self._directory.enter(connection, session.id if session else None)
        who: dict[str, Any] = {"account": "", "address": "", "chainId": None}
        if session is not None:
            who = {"account": session.account, "address": session.address, "chainId": session.chain_id}
        welcome = {"protocol": PROTOCOL, **who, "connection": connection.id, "time": self._clock.now()}
        connection.write(self._registry.context.encoder.frame("welcome", {**welcome, **self._welcome}))

    def event(self, connection: EngineConnection, name: str, args: list[Any], ack: Ack | None) -> None:
        """One request; the answer, whatever happens, is one ack."""
        client = self._clients.get(connection.id)
        if client is None:
            return
        reply = self._replier(client, name, ack)
        try:
            data = args[0] if args else {}
            fast = _FAST.get(name)
            if fast is not None:
                fast(self, client, data, reply)
                return
            slow = REQUESTS.get(name)
            if slow is None:
                raise Invalid(f"There is no request {name!r}.", details={"path": "event"})
            self._spawn(self._answer(slow(self._requests, client, data), reply, name))
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
        self._lobby.forget(connection)
        self._registry.forget_connection(connection, client.rooms)

    def connections(self) -> list[GatewayClient]:
        return list(self._clients.values())

    def say_closing(self, reason: str, retry_after: Callable[[], int]) -> None:
        """Tell every client to come back later, each after its own delay (ms), and drop its transport."""
        for client in self.connections():
            client.connection.close(reason, reconnect=True, retry_after=retry_after())

    def _replier(self, client: GatewayClient, name: str, ack: Ack | None) -> Reply:
        large, limits = name in _LARGE, self._limits
        weight = -(-limits.outstanding // limits.large_outstanding) if large else 1
        client.asked(weight)
        telemetry = self._telemetry

        def reply(answer: dict[str, Any] | ParlourError) -> None:
            client.answered(weight)
            if isinstance(answer, ParlourError):
                telemetry.refused(name, answer.code)
                answer = {"ok": False, "error": answer.to_json()}
            else:
                telemetry.answered(name)
            if ack is not None:
                ack(answer, beyond=large)

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

    def _post(self, client: GatewayClient, data: Any, reply: Reply) -> None:
        if not client.posts.take():
            raise RateLimited("Too many posts; slow down.", retry_after=client.posts.wait_ms())
        post = parse_post(data, client.account, client.connection.rank)
        client.signed_in()
        self._registry.submit(data["room"], RoomRequest(post, reply))

    def _join(self, client: GatewayClient, data: Any, reply: Reply) -> None:
        join: wire.RoomJoin = wire.parse(wire.RoomJoin, data)
        check_room(join.room)
        since = None if join.since is None else Since.parse(join.since)
        command = commands.Join(author=client.account, rank=client.connection.rank, as_=join.as_)
        invite = None if join.invite is None else sha256(join.invite.encode()).digest()
        request = RoomRequest(command, connection=client.connection, since=since, limit=join.limit, invite=invite)

        def joined(answer: dict[str, Any] | ParlourError) -> None:
            if not isinstance(answer, ParlourError):
                client.rooms[join.room.lower()] = None
            reply(answer)
            if client.connection.id not in self._clients:
                self._registry.forget_connection(client.connection, [join.room.lower()])

        request.reply = joined
        self._registry.submit(join.room, request)

    def _leave(self, client: GatewayClient, data: Any, reply: Reply) -> None:
        leave: wire.RoomLeave = wire.parse(wire.RoomLeave, data)
        check_room(leave.room)
        key = leave.room.lower()

        def left(answer: dict[str, Any] | ParlourError) -> None:
            if not isinstance(answer, ParlourError) and not answer.get("duplicate"):
                host = self._registry.find(key)
                if host is not None:
                    host.leave(client.connection, for_good=bool(client.account))
                client.rooms.pop(key, None)
            reply(answer)

        if not client.account:
            left({"ok": True})
            return
        command = commands.Leave(author=client.account, rank=client.connection.rank, reason=leave.reason)
        self._registry.submit(key, RoomRequest(command, left, request_id=leave.id))

    def _signal(self, client: GatewayClient, data: Any, reply: Reply) -> None:
        if not client.signals.take():
            raise RateLimited("Too many signals; slow down.", retry_after=client.signals.wait_ms())
        signal: wire.RoomSignal = wire.parse(wire.RoomSignal, data)
        client.signed_in()
        if signal_size(signal.body) > self._limits.signal_bytes:
            raise TooLarge(f"A signal is at most {self._limits.signal_bytes} bytes.")
        host = self._registry.find(signal.room)
        if host is not None and client.connection in host.presence:
            host.signal(client.connection, signal.type, signal.body)
            reply({"ok": True})
        else:
            self._spawn(self._answer(self._requests.refuse_signal(client, signal.room), reply, "room:signal"))

    def _configure(self, client: GatewayClient, data: Any, reply: Reply) -> None:
        asked: wire.RoomConfigure = wire.parse(wire.RoomConfigure, data)
        check_served(gate=asked.gate)
        command = commands.Configure(title=asked.title, visibility=asked.visibility, options=asked.options)

        def described(answer: dict[str, Any] | ParlourError) -> None:
            host = self._registry.find(asked.room)
            if not isinstance(answer, ParlourError) and host is not None:
                answer = {**answer, "room": host.described()}
            reply(answer)

        self._ask_room(client, asked.room, command, described, asked.id)

    def _moderate(self, client: GatewayClient, data: Any, reply: Reply) -> None:
        asked: wire.RoomModerate = wire.parse(wire.RoomModerate, data)
        account = account_of(asked.account)
        command = commands.Moderate(
            account=account,
            account_rank=self._sign_in.rules.rank(account),
            action=asked.action,
            role=asked.role,
            until=asked.until,
            reason=asked.reason,
        )
        self._ask_room(client, asked.room, command, reply, asked.id)

    def _close(self, client: GatewayClient, data: Any, reply: Reply) -> None:
        asked: wire.RoomClose = wire.parse(wire.RoomClose, data)

        def closed(answer: dict[str, Any] | ParlourError) -> None:
            if not isinstance(answer, ParlourError):
                self._spawn(self._requests.forget_watches(asked.room))
            reply(answer)

        self._ask_room(client, asked.room, commands.Close(reason=asked.reason), closed, asked.id)

    def _ask_room(
        self, client: GatewayClient, room: str, command: commands.Command, reply: Reply, request_id: str | None
    ) -> None:
        check_room(room)
        command.author, command.rank = client.signed_in(), client.connection.rank
        self._registry.submit(room, RoomRequest(command, reply, request_id=request_id))


_FAST: dict[str, Callable[[Gateway, GatewayClient, Any, Reply], None]] = {
    "room:post": Gateway._post,
    "room:join": Gateway._join,
    "room:leave": Gateway._leave,
    "room:signal": Gateway._signal,
    "room:configure": Gateway._configure,
    "room:moderate": Gateway._moderate,
    "room:close": Gateway._close,
}


_LARGE = frozenset({"room:join", "room:list", "room:history", "room:search"})
"""Requests whose answers may be large: a few at a time, and they go beyond what a slow reader may owe."""


def _refused(message: str) -> ConnectRefused:
    return ConnectRefused({"code": "unauthorized", "message": message})
