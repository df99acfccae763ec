"""Every object of a process, built once from Settings and handed to the next; app.py runs what comes out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from socket import gethostname
from typing import Any, cast

from aiohttp import web
from aiohttp.typedefs import Middleware

from parlour import __version__
from parlour.adapters.chain.signatures import ContractSignatures
from parlour.adapters.engine import Engine, EngineLimits, encode
from parlour.adapters.http.access_log import ACCESS
from parlour.adapters.http.admin import Admin
from parlour.adapters.http.api import About, Api, console_page, demo_pages
from parlour.adapters.http.auth import cors, json_errors, per_client
from parlour.adapters.http.auth import routes as auth_routes
from parlour.adapters.http.bodies import BODY_SECONDS
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.dev import DEV_ADDRESSES, DevFacts, dev_routes
from parlour.adapters.http.hosts import only_served_hosts
from parlour.adapters.socket.connection_limits import GatewayLimits
from parlour.adapters.socket.gateway import Gateway
from parlour.adapters.sql.chain import SqlChainStore
from parlour.adapters.sql.database import is_sqlite
from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.sql.server_key import ServerKey, server_key
from parlour.adapters.sql.sessions import SqlApiKeyStore, SqlSessionStore
from parlour.adapters.telemetry.gauges import observe, readiness
from parlour.adapters.telemetry.metrics import Telemetry
from parlour.core.identity.sign_in import SignInRules, split_chains
from parlour.core.log.patches import diff
from parlour.core.rooms.hall import Hall
from parlour.errors import Unavailable
from parlour.runtime.chain.chains import Chains, Connect
from parlour.runtime.chain.config import ChainConfig
from parlour.runtime.chain.node import Disconnected
from parlour.runtime.clock import Clock, SystemClock
from parlour.runtime.connection import Frame
from parlour.runtime.connections import Connections
from parlour.runtime.games.discovery import game_rooms
from parlour.runtime.games.watchdog import Watchdog
from parlour.runtime.identity.api_keys import ApiKeys
from parlour.runtime.identity.ens_names import EnsNames
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.limits import Allowance, Limiter
from parlour.runtime.live_room.host import HostLimits, RoomContext
from parlour.runtime.rooms.lobby import Lobby
from parlour.runtime.rooms.registry import Kinds, RoomRegistry
from parlour.runtime.rooms.watch import Watching
from parlour.settings import Settings, limits_of, static_folder, told_limits

SIGN_IN_RULES = ("nonce", "sign_in", "account")
"""Counted apart: asking for a nonce, trying to sign in, and how often one account succeeds."""
HTTP_RULES = ("session", "http")
"""Counted apart too: whoever asked the API for too much can still sign out."""
SOLANA_BY_DEFAULT = ("mainnet",)

Call = Callable[[str, list[Any]], Awaitable[Any]]


@dataclass(slots=True)
class Parts:
    """What a running server is made of; the CLI and the test kit look in here."""

    settings: Settings
    clock: Clock
    telemetry: Telemetry
    store: SqlStore
    directory: Connections
    lobby: Lobby
    registry: RoomRegistry
    chains: Chains
    watching: Watching
    limiter: Limiter
    sign_in: SignIn
    keys: ApiKeys
    gateway: Gateway
    engine: Engine
    watchdog: Watchdog
    key: ServerKey
    app: web.Application
    console_app: web.Application | None = None


async def build_server(
    settings: Settings, store: SqlStore, dev: DevFacts | None, address: str, chain_client: Connect
) -> Parts:
    """All parts of a process, not yet running.

    Args:
        address: `host:port` the server is reached at.
        chain_client: makes the client of a chain endpoint's URL.
    """
    clock, telemetry, watchdog = SystemClock(), Telemetry(__version__), Watchdog()
    directory = Connections(_Encoder())
    owner = _owner(settings, address)
    kinds = Kinds({"chat": Hall, **game_rooms(settings.games, watchdog)})
    key = await server_key(store, clock.now())
    lobby = Lobby(
        store,
        clock,
        _Encoder(),
        wait_ms=settings.lobby_ms,
        reread_seconds=settings.lobby_reread_seconds,
        most=settings.lobby_lists,
    )
    registry = _registry(settings, kinds, store, clock, telemetry, directory, lobby, owner, key)
    chains = Chains(
        _chain_configs(settings),
        SqlChainStore(store.writer, store.reader),
        registry.deliver,
        clock,
        connect=chain_client,
        owner=owner,
    )
    watching = Watching(registry, chains, settings.watch)
    limiter = _limiter(settings)
    calls = {chain.config.chain_id: partial(_ask_chain, chains, chain.config.chain_id) for chain in chains}
    own = own_origins(settings.scheme, address)
    rules = _sign_in_rules(settings, own, dev is not None)
    sign_in = SignIn(
        SqlSessionStore(store.writer, store.reader),
        clock,
        rules,
        ContractSignatures(calls, clock),
        partial(limiter.hit, "account"),
    )
    registry.context.delegated = sign_in.delegated
    keys = ApiKeys(SqlApiKeyStore(store.writer, store.reader), clock)
    gateway = Gateway(
        registry,
        sign_in,
        directory,
        watching,
        telemetry,
        clock=clock,
        limits=limits_of(GatewayLimits, settings),
        limiter=limiter,
        names=EnsNames(calls.get(settings.ens_chain), clock, chain=settings.ens_chain),
        lobby=lobby,
        code=key.code,
        welcome={"server": {"name": "parlour", "version": __version__}, "limits": told_limits(settings)},
        guests=settings.guests or dev is not None,
    )
    engine = _engine(settings, gateway, {*rules.origins, *own})
    parts = Parts(
        settings, clock, telemetry, store, directory, lobby, registry, chains, watching, limiter, sign_in, keys,
        gateway, engine, watchdog, key, web.Application(),
    )  # fmt: skip
    _open_doors(parts, dev)
    observe(telemetry, engine, registry, chains)
    return parts


class _Encoder:
    """Frames of the default namespace, made before the engine that sends them exists."""

    def frame(self, event: str, data: Any) -> Frame:
        return encode(event, data)


def _registry(
    settings: Settings,
    kinds: Kinds,
    store: SqlStore,
    clock: Clock,
    telemetry: Telemetry,
    directory: Connections,
    lobby: Lobby,
    owner: str,
    key: ServerKey,
) -> RoomRegistry:
    context = RoomContext(
        store=store,
        clock=clock,
        encoder=_Encoder(),
        limits=limits_of(HostLimits, settings),
        diff=diff,
        make_room=kinds.make,
        owner=owner,
        notify=directory.notify,
        on_batch=lambda record, entries: telemetry.stored(record.kind, len(entries)),
        on_listed=lobby.changed,
        sign=key.sign,
    )
    return RoomRegistry(context, kinds, owned_limit=settings.rooms_owned, room_ids=settings.room_ids)


def _owner(settings: Settings, address: str) -> str:
    """The name leases are held under: the same after a restart, another for every process of a shared database."""
    if settings.node:
        return settings.node
    return "one" if is_sqlite(settings.database_url) else f"{gethostname()}:{address.rpartition(':')[2]}"


def _limiter(settings: Settings) -> Limiter:
    signing = Allowance(settings.sign_ins_per_minute, settings.sign_ins_burst)
    rules = {
        **dict.fromkeys(SIGN_IN_RULES, signing),
        "rooms": Allowance(settings.rooms_per_minute, settings.rooms_burst),
        **dict.fromkeys(HTTP_RULES, Allowance(settings.http_per_minute, settings.http_burst)),
    }
    return Limiter(rules, settings.redis_url)


def _sign_in_rules(settings: Settings, own: tuple[str, ...], dev: bool) -> SignInRules:
    evm, solana = split_chains(settings.sign_in_chains)
    followed = [config.chain_id for config in _chain_configs(settings)]
    listed = (*settings.origins, *own) if dev else settings.origins or own
    return SignInRules(
        origins=tuple(dict.fromkeys(listed)),
        chains=evm or tuple(dict.fromkeys([1, *followed])),
        solana_chains=solana if settings.sign_in_chains else SOLANA_BY_DEFAULT,
        session_hours=settings.session_hours,
        session_key_hours=settings.session_key_hours,
        statement=settings.statement,
        roles=settings.roles,
        refused_accounts=frozenset() if dev else frozenset(DEV_ADDRESSES),
    )


def _engine(settings: Settings, gateway: Gateway, origins: set[str]) -> Engine:
    return Engine(
        gateway,
        limits=limits_of(EngineLimits, settings),
        origins=origins,
        hosts=settings.hosts or None,
        trusted_proxies=settings.trusted_proxies,
        access_log=ACCESS if settings.access_log else None,
    )


def _open_doors(parts: Parts, dev: DevFacts | None) -> None:
    """The HTTP routes, on the main port and, where one is set, the console's own."""
    settings, about = parts.settings, About("parlour", __version__)
    addresses = ClientAddress(settings.trusted_proxies)
    counted = per_client(parts.limiter, addresses, ("/api",))
    served = only_served_hosts(parts.engine.doorkeeper, parts.engine.path)
    middlewares = cast(list[Middleware], [cors(parts.sign_in.rules.origins), json_errors, served, counted])
    api = Api(
        parts.registry,
        parts.sign_in,
        parts.keys,
        parts.telemetry,
        readiness(settings, parts.store, parts.chains, parts.engine),
        about,
        parts.key,
        parts.limiter,
        guests=settings.guests or dev is not None,
    )
    admin = Admin(
        parts.registry, parts.gateway, parts.chains, parts.sign_in, parts.keys, parts.telemetry, about,
        open_to_all=dev is not None,
    )  # fmt: skip
    signing = auth_routes(parts.sign_in, addresses, parts.limiter, parts.telemetry.signed_in)
    console = [*admin.routes(), *console_page(static_folder())]
    parts.app = web.Application(middlewares=middlewares, client_max_size=settings.message_bytes)
    parts.app[BODY_SECONDS] = settings.handshake_timeout
    parts.app.add_routes([*signing, *api.routes(), *dev_routes(dev), *demo_pages(static_folder())])
    if settings.admin_port is None:
        parts.app.add_routes(console)
    else:
        parts.console_app = web.Application(middlewares=middlewares, client_max_size=settings.message_bytes)
        parts.console_app.add_routes([*signing, *console])
        parts.console_app[BODY_SECONDS] = settings.handshake_timeout
    parts.engine.attach(parts.app)


def _chain_configs(settings: Settings) -> list[ChainConfig]:
    return [ChainConfig.read({"eventsPerSecond": settings.events_per_second, **item}) for item in settings.chains]


async def _ask_chain(chains: Chains, chain: int, method: str, params: list[Any]) -> Any:
    """A call in the words of runtime/node.py: no answer from any endpoint is a node that is disconnected."""
    try:
        return await chains.call(chain, method, params)
    except Unavailable as error:
        raise Disconnected(error.message) from error


def own_origins(scheme: str, address: str) -> tuple[str, ...]:
    """The server's own address; a loopback or wildcard bind is also reached as localhost."""
    host, _, port = address.rpartition(":")
    names = ["127.0.0.1", "localhost"] if host in ("127.0.0.1", "0.0.0.0", "localhost", "::", "::1") else [host]
    return tuple(f"{scheme}://{name}:{port}" for name in names)
