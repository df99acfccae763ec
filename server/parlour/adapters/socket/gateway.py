"""The Socket.IO gateway: admits sockets, passes each request to its handler, and answers it once (protocol §3)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from parlour.adapters.engine import Ack, ConnectLater, ConnectRefused
from parlour.adapters.socket.connection_limits import GatewayClient, GatewayLimits, SocketConnection
from parlour.adapters.socket.costs import Costs
from parlour.adapters.socket.request_spec import Backing, Call
from parlour.adapters.socket.requests import REQUESTS, unknown_request
from parlour.errors import Internal, NotFound, ParlourError, RateLimited
from parlour.protocol import PROTOCOL
from parlour.runtime.clock import Clock
from parlour.runtime.connection import Encoder
from parlour.runtime.identity.session_store import Session
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.limits import limit_key
from parlour.runtime.open_connections import Connections
from parlour.runtime.store import StoreError, refusal_of

log = structlog.get_logger()

FEATURES = ("frames", "steps")
"""Optional parts of the protocol that a client may ask for in the handshake (protocol §2)."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The rules for letting sockets in.

    Attributes:
        guests: whether a socket without a token is.
        welcome: keys of `welcome` that are the same for everybody: `server` and `limits`.
    """

    clock: Clock
    encoder: Encoder
    guests: bool
    welcome: dict[str, Any]


class Gateway:
    """Implements the engine's Handlers: every request gets one ack, whatever happens.

    Args:
        connections: gets to know who comes and goes; ends the sockets of a session that is over.
    """

    def __init__(self, backing: Backing, sign_in: SignIn, connections: Connections, admission: Admission) -> None:
        self._backing = backing
        self._sign_in = sign_in
        self._connections = connections
        self._admission = admission
        self._costs = Costs(backing.limits, admission.clock)
        self._guest_numbers = itertools.count(1)
        self._numbers = itertools.count(1)
        self._clients: dict[str, GatewayClient] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        sign_in.on_revoked(connections.end_session)

    async def connect(self, connection: SocketConnection, auth: object | None) -> None:
        """Authenticate the socket and send `welcome`.

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
        elif not self._admission.guests:
            raise _refused("Sign in first.")
        features = _features(auth)
        if "frames" in features:
            connection.join_frames()
        connection.steps = "steps" in features
        trace = auth.get("traceparent") if isinstance(auth, dict) else None
        self._admit(connection, session, features, trace)

    async def _session(self, token: str) -> Session | None:
        try:
            return await self._sign_in.authenticate(token)
        except StoreError as error:
            log.warning("gateway.sign_in_unavailable", error=str(error))
            raise ConnectLater from error

    def _admit(
        self, connection: SocketConnection, session: Session | None, features: list[str], traceparent: object
    ) -> None:
        limits, clock, tracing = self._backing.limits, self._admission.clock, self._backing.tracing
        client = GatewayClient(
            connection,
            session,
            limit_key(connection.remote),
            self._costs.connection(),
            clock.now(),
            limits.outstanding,
            next(self._numbers),
            None if tracing is None else tracing.parent_of(traceparent),
        )
        self._clients[connection.id] = client
        self._connections.enter(connection, session.id if session else None)
        who: dict[str, Any]
        if session is None:
            who = {"account": "", "address": "", "chainId": None, "guest": next(self._guest_numbers)}
        else:
            who = {"account": session.account, "address": session.address, "chainId": session.chain_id}
        welcome = {"protocol": PROTOCOL, **who, "connection": connection.id, "time": clock.now()}
        if features:
            welcome["features"] = features
        connection.write(self._admission.encoder.frame("welcome", {**welcome, **self._admission.welcome}))

    def event(self, connection: SocketConnection, name: str, args: list[Any], ack: Ack | None) -> None:
        """Pass one request to its handler; what it raises becomes the ack."""
        client = self._clients.get(connection.id)
        if client is None:
            return
        if connection.account:
            self._backing.statuses.asked(connection.account)
        spec = REQUESTS.get(name) or unknown_request(name)
        call: Call[Any] = Call(spec, client, self._backing, args[0] if args else {}, ack, self._costs.missed)
        try:
            self._costs.spend(spec.cost, client, call.data)
            work = spec.handler(call)
            if work is not None:
                task = asyncio.get_running_loop().create_task(_answer(call, work))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except RateLimited as error:
            call.reply(error)
            self._costs.refused(client)
        except ParlourError as error:
            call.reply(error)
        except Exception:
            log.exception("gateway.failed", **call.told())
            call.reply(Internal())

    def disconnect(self, connection: SocketConnection, reason: str) -> None:
        """Forget a socket that has ended."""
        client = self._clients.pop(connection.id, None)
        if client is None:
            return
        client.connected = False
        self._connections.exit(connection, client.session.id if client.session else None)
        self._backing.rooms.forget_connection(connection, client.rooms)
        self._backing.pending.forget(connection)

    def change(self, limits: GatewayLimits, told: dict[str, Any]) -> None:
        """Hold connections to other limits, those that come from now on; `told` is their `welcome.limits`."""
        self._costs = Costs(limits, self._admission.clock)
        self._admission.welcome["limits"] = told

    def connections(self) -> list[GatewayClient]:
        """Return the connections, the longest connected first."""
        return list(self._clients.values())

    def count(self) -> int:
        """Count the connections."""
        return len(self._clients)

    def described(self, limit: int) -> list[dict[str, Any]]:
        """Describe the newest connections, the newest first."""
        return [client.described() for client in reversed(self.connections()[-limit:])]

    def page(self, query: str, before: int | None, limit: int) -> tuple[list[dict[str, Any]], int | None]:
        """Describe connections that have a text in what is shown of them, the newest first, below a number.

        Returns:
            They, and the number to go on below; None where there are no more.
        """
        found: list[dict[str, Any]] = []
        last = 0
        for client in reversed(self._clients.values()):
            if before is not None and client.number >= before:
                continue
            told = client.described()
            if query and not any(query in text.lower() for text in _texts(told)):
                continue
            if len(found) == limit:
                return found, last
            found.append(told)
            last = client.number
        return found, None

    def drop(self, id_: str) -> None:
        """End a connection, whose client may come back at once; raises NotFound where it is not here."""
        client = self._clients.get(id_)
        if client is None:
            raise NotFound("There is no such connection here.")
        client.connection.close("dropped", reconnect=True)

    def has(self, id_: str) -> bool:
        """Return whether a connection is open here."""
        return id_ in self._clients

    def say_closing(self, reason: str, retry_after: Callable[[], int]) -> None:
        """Tell every client to reconnect later, each after its own delay (ms), and drop its transport."""
        for client in self.connections():
            client.connection.close(reason, reconnect=True, retry_after=retry_after())


async def _answer(call: Call[Any], work: Awaitable[dict[str, Any]]) -> None:
    """Send what a handler returns or raises as the ack."""
    try:
        call.reply({"ok": True, **await work})
    except ParlourError as error:
        call.reply(error)
    except StoreError as error:
        call.reply(refusal_of(error))
    except Exception:
        log.exception("gateway.failed", **call.told())
        call.reply(Internal())


def _texts(told: dict[str, Any]) -> list[str]:
    return [told["id"], told["account"] or "guest", told["transport"], told["remote"], *told["rooms"]]


def _features(auth: object | None) -> list[str]:
    """Return which optional features the handshake asks for, of those that are served."""
    asked = auth.get("features") if isinstance(auth, dict) else None
    return [name for name in FEATURES if name in asked] if isinstance(asked, list) else []


def _refused(message: str) -> ConnectRefused:
    return ConnectRefused({"code": "unauthorized", "message": message})
