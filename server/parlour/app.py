"""The composition root: builds every object once, from Settings. Nothing imports it but the CLI and the test kit."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from parlour import __version__
from parlour.adapters import migrations
from parlour.adapters.admin import Admin
from parlour.adapters.auth_http import cors, json_errors, per_client
from parlour.adapters.auth_http import routes as auth_routes
from parlour.adapters.chain_sql import SqlChainStore
from parlour.adapters.client_address import ClientAddress
from parlour.adapters.dev_http import DEV_ADDRESSES, DevFacts, dev_routes
from parlour.adapters.engine import Engine, EngineLimits, encode, tune_gc
from parlour.adapters.gateway import Gateway, GatewayLimits
from parlour.adapters.http import About, Api, Readiness, console_page, demo_pages
from parlour.adapters.node_rpc import connect
from parlour.adapters.retention import Policy, sweep
from parlour.adapters.server_key import server_key
from parlour.adapters.sessions_sql import SqlApiKeyStore, SqlSessionStore
from parlour.adapters.signatures import ContractSignatures
from parlour.adapters.store_sql import SqlStore, open_store
from parlour.adapters.telemetry import Telemetry
from parlour.core.hall import Hall
from parlour.core.patches import diff
from parlour.core.sign_in import SignInRules, split_chains
from parlour.errors import Unavailable
from parlour.runtime.api_keys import ApiKeys
from parlour.runtime.chain_config import ChainConfig
from parlour.runtime.chains import Chains, Connect
from parlour.runtime.clock import SystemClock
from parlour.runtime.connection import Frame
from parlour.runtime.directory import Directory
from parlour.runtime.games import game_rooms
from parlour.runtime.host import HostLimits, House
from parlour.runtime.limits import Allowance, Limiter
from parlour.runtime.names import Names
from parlour.runtime.node import Disconnected
from parlour.runtime.registry import Kinds, RoomRegistry
from parlour.runtime.sessions import SignIn
from parlour.runtime.store import StoreError
from parlour.runtime.watching import Watching
from parlour.settings import Settings, static_folder

log = structlog.get_logger()

BACKLOG = 4096
"""Connections the kernel holds while we accept: a reconnect storm fits."""
RETENTION_SECONDS = 3600.0
SIGN_IN_RULES = ("nonce", "sign_in", "account")
"""Counted apart: asking for a nonce, trying to sign in, and how often one account succeeds."""
RECONNECT_SPREAD_MS = (200, 2000)
"""Told to clients at shutdown, each its own delay, so that they do not come back as one."""


class _Encoder:
    """Frames of the default namespace, made before the engine that sends them exists."""

    def frame(self, event: str, data: Any) -> Frame:
        return encode(event, data)


@dataclass(slots=True)
class Parts:
    """What a running server is made of; the CLI and the test kit look in here."""

    settings: Settings
    store: SqlStore
    registry: RoomRegistry
    sign_in: SignIn
    engine: Engine
    gateway: Gateway
    chains: Chains
    watching: Watching
    app: web.Application
    console_app: web.Application | None


class Server:
    """One process of Parlour: `await Server.build(settings)`, `start()`, then `stop()`."""

    def __init__(self, parts: Parts, bound: socket.socket) -> None:
        self.parts = parts
        self.url = f"http://{_address(bound)}"
        self._bound = bound
        self._runner: web.AppRunner | None = None
        self._listening: asyncio.Server | None = None
        self._console: web.AppRunner | None = None
        self._chores: list[asyncio.Task[None]] = []

    @classmethod
    async def build(
        cls, settings: Settings, dev: DevFacts | None = None, chain_client: Connect | None = None
    ) -> Server:
        """Migrate the database, make what is missing, wire everything.

        Raises:
            MigrationError, StoreError, SettingsError: with a sentence for the operator.
        """
        bound = socket.create_server((settings.host, settings.port), backlog=BACKLOG, family=_family(settings.host))
        await migrations.upgrade(settings.database_url)
        store = await open_store(settings.database_url)
        return cls(await _wire(settings, store, dev, _address(bound), chain_client or connect), bound)

    async def start(self) -> None:
        """Listen, then let the followers run."""
        parts = self.parts
        self._runner = web.AppRunner(parts.app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(parts.engine.front(self._runner), sock=self._bound, backlog=BACKLOG)
        parts.registry.start()
        if parts.console_app is not None:
            self._console = web.AppRunner(parts.console_app, access_log=None, handle_signals=False)
            await self._console.setup()
            await web.TCPSite(self._console, parts.settings.host, parts.settings.admin_port).start()
        self._chores = [loop.create_task(parts.sign_in.watch()), loop.create_task(_retain(parts))]
        await parts.chains.start()
        tune_gc()

    async def stop(self) -> None:
        """Drain: refuse newcomers, commit every mailbox, tell every client when to come back, close."""
        parts = self.parts
        parts.engine.refuse(retry_after=RECONNECT_SPREAD_MS[1])
        if self._listening is not None:
            self._listening.close()
        await parts.chains.stop()
        try:
            async with asyncio.timeout(parts.settings.drain_seconds / 2):
                await parts.registry.drain()
        except TimeoutError:
            log.warning("server.drain_timed_out")
        parts.gateway.say_closing("draining", lambda: random.randint(*RECONNECT_SPREAD_MS))
        await asyncio.sleep(0.05)
        for chore in self._chores:
            chore.cancel()
        for runner in (self._runner, self._console):
            if runner is not None:
                await runner.cleanup()
        await parts.store.close()


async def _retain(parts: Parts) -> None:
    """Let the oldest entries go, once an hour, where the settings say so."""
    settings = parts.settings
    if not settings.retain_days:
        return
    policy = Policy(int(settings.retain_days * 86_400_000), settings.retain_entries)
    while True:
        try:
            removed = await sweep(parts.store, policy, parts.registry.house.clock.now())
            log.info("retention.swept", entries=removed)
        except StoreError as error:
            log.warning("retention.failed", error=str(error))
        await asyncio.sleep(RETENTION_SECONDS)


async def _wire(
    settings: Settings, store: SqlStore, dev: DevFacts | None, address: str, chain_client: Connect
) -> Parts:
    clock, about = SystemClock(), About("parlour", __version__)
    telemetry = Telemetry(__version__)
    kinds = Kinds({"chat": Hall, **game_rooms(settings.games)})
    directory = Directory(_Encoder())
    house = House(
        store=store,
        clock=clock,
        encoder=_Encoder(),
        limits=_host_limits(settings),
        diff=diff,
        make_room=kinds.make,
        owner=settings.node,
        notify=directory.notify,
        on_batch=lambda record, entries: telemetry.stored(record.kind, len(entries)),
    )
    registry = RoomRegistry(house, kinds, owned_limit=settings.rooms_owned, room_ids=settings.room_ids)
    origins = settings.origins or _own_origins(address)
    chains = Chains(
        _chain_configs(settings),
        SqlChainStore(store.writer, store.reader),
        registry.deliver,
        clock,
        connect=chain_client,
        owner=settings.node,
    )
    evm, solana = split_chains(settings.sign_in_chains)
    rules = SignInRules(
        origins=origins,
        chains=evm or tuple(dict.fromkeys([1, *(config.chain_id for config in _chain_configs(settings))])),
        solana_chains=solana if settings.sign_in_chains else ("mainnet",),
        session_hours=settings.session_hours,
        session_key_hours=settings.session_key_hours,
        statement=settings.statement,
        roles=settings.roles,
        refused_accounts=frozenset() if dev else frozenset(DEV_ADDRESSES),
    )
    calls = {chain.config.chain_id: partial(_ask_chain, chains, chain.config.chain_id) for chain in chains}
    limiter = Limiter(
        {
            **{rule: Allowance(settings.sign_ins_per_minute, settings.sign_ins_burst) for rule in SIGN_IN_RULES},
            "rooms": Allowance(settings.rooms_per_minute, settings.rooms_burst),
            "http": Allowance(settings.http_per_minute, settings.http_burst),
        },
        settings.redis_url,
    )
    sign_in = SignIn(
        SqlSessionStore(store.writer, store.reader),
        clock,
        rules,
        ContractSignatures(calls, clock),
        partial(limiter.hit, "account"),
    )
    keys = ApiKeys(SqlApiKeyStore(store.writer, store.reader), clock)
    guests = settings.guests or dev is not None
    watching = Watching(registry, chains, settings.watch)
    gateway = Gateway(
        registry,
        sign_in,
        directory,
        watching,
        telemetry,
        clock=clock,
        limits=_gateway_limits(settings),
        limiter=limiter,
        names=Names(calls.get(settings.ens_chain), clock),
        welcome={"server": {"name": about.name, "version": about.version}, "limits": _told_limits(settings)},
        guests=guests,
    )
    engine = Engine(
        gateway,
        limits=EngineLimits(
            message_bytes=settings.message_bytes,
            send_queue_bytes=settings.send_queue_bytes,
            ping_interval=settings.ping_interval,
            ping_timeout=settings.ping_timeout,
        ),
        origins={*origins, *_own_origins(address)},
        hosts=settings.hosts or None,
        trusted_proxies=settings.trusted_proxies,
    )
    key = await server_key(store, clock.now())
    api = Api(registry, sign_in, keys, telemetry, _readiness(settings, store, chains), about, key, guests=guests)
    admin = Admin(registry, gateway, chains, sign_in, keys, telemetry, about, open_to_all=dev is not None)
    addresses = ClientAddress(settings.trusted_proxies)
    middlewares = cast(list[Middleware], [cors(origins), json_errors, per_client(limiter, addresses, ("/api",))])
    signing = auth_routes(sign_in, addresses, limiter, telemetry.signed_in)
    console = [*admin.routes(), *console_page(static_folder())]
    app = web.Application(middlewares=middlewares, client_max_size=settings.message_bytes)
    app.add_routes([*signing, *api.routes(), *dev_routes(dev), *demo_pages(static_folder())])
    console_app = None
    if settings.admin_port is None:
        app.add_routes(console)
    else:
        console_app = web.Application(middlewares=middlewares, client_max_size=settings.message_bytes)
        console_app.add_routes([*signing, *console])
    engine.attach(app)
    _observe(telemetry, engine, registry, chains)
    return Parts(settings, store, registry, sign_in, engine, gateway, chains, watching, app, console_app)


def _chain_configs(settings: Settings) -> list[ChainConfig]:
    return [ChainConfig.read({"eventsPerSecond": settings.events_per_second, **item}) for item in settings.chains]


async def _ask_chain(chains: Chains, chain: int, method: str, params: list[Any]) -> Any:
    """A call in the words of runtime/node.py: no answer from any endpoint is a node that is disconnected."""
    try:
        return await chains.call(chain, method, params)
    except Unavailable as error:
        raise Disconnected(error.message) from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _address(bound: socket.socket) -> str:
    """`host:port` as it stands in a URL."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _own_origins(address: str) -> tuple[str, ...]:
    """The server's own address; a loopback or wildcard bind is also reached as localhost."""
    host, _, port = address.rpartition(":")
    names = ["127.0.0.1", "localhost"] if host in ("127.0.0.1", "0.0.0.0", "localhost", "::", "::1") else [host]
    return tuple(f"http://{name}:{port}" for name in names)


def _host_limits(settings: Settings) -> HostLimits:
    return HostLimits(
        body_bytes=settings.body_bytes,
        replay_entries=settings.replay_entries,
        replay_bytes=settings.replay_bytes,
        idle_seconds=settings.idle_seconds,
    )


def _gateway_limits(settings: Settings) -> GatewayLimits:
    return GatewayLimits(
        posts_per_second=settings.posts_per_second,
        posts_burst=settings.posts_burst,
        outstanding=settings.outstanding,
        body_bytes=settings.body_bytes,
    )


def _told_limits(settings: Settings) -> dict[str, Any]:
    """The table of protocol §2, as `welcome.limits`."""
    return {
        "messageBytes": settings.message_bytes,
        "bodyBytes": settings.body_bytes,
        "postsPerSecond": settings.posts_per_second,
        "postsBurst": settings.posts_burst,
        "outstanding": settings.outstanding,
        "sendQueueBytes": settings.send_queue_bytes,
        "replayEntries": settings.replay_entries,
        "replayBytes": settings.replay_bytes,
        "roomsOwned": settings.rooms_owned,
        "signInsPerMinute": settings.sign_ins_per_minute,
        "signInsBurst": settings.sign_ins_burst,
        "watchesPerRoom": settings.watches_per_room,
        "eventsPerSecond": settings.events_per_second,
    }


def _readiness(settings: Settings, store: SqlStore, chains: Chains) -> Readiness:
    async def check() -> dict[str, str | None]:
        checks: dict[str, str | None] = {"database": None, "migrations": None}
        try:
            await store.load("readiness")
            state = await migrations.status(settings.database_url)
            checks["migrations"] = f"pending: {', '.join(state.pending)}" if state.pending else None
        except (StoreError, migrations.MigrationError) as error:
            checks["database"] = str(error)
        for alarm in chains.alarms():
            checks[alarm.partition(" is ")[0].partition(" has ")[0]] = alarm
        return checks

    return check


def _observe(telemetry: Telemetry, engine: Engine, registry: RoomRegistry, chains: Chains) -> None:
    def rooms() -> list[tuple[dict[str, str], float]]:
        counts = Counter(host.record.kind for host in registry.live() if host.is_open)
        return [({"kind": kind}, count) for kind, count in counts.items()]

    telemetry.observe(
        "parlour_connections",
        "Open connections",
        lambda: [({"transport": t}, n) for t, n in engine.connections.items()],
    )
    telemetry.observe("parlour_rooms", "Live rooms", rooms)
    for about, name, read in _CHAIN_GAUGES:
        telemetry.observe(f"parlour_chain_{name}", about, partial(_of_chains, chains, read))
    for name in ("opened", "refused", "malformed", "slow", "dropped", "bytes_in", "bytes_out"):
        telemetry.observe(f"parlour_engine_{name}", f"Engine: {name}", partial(_stat, engine, name))


def _stat(engine: Engine, name: str) -> list[tuple[dict[str, str], float]]:
    return [({}, float(getattr(engine.stats, name)))]


_CHAIN_GAUGES = (
    ("Newest block seen", "head_block", "head"),
    ("Newest block in rooms", "processed_block", "processed"),
    ("Finalized block", "finalized_block", "finalized"),
    ("Blocks behind", "lag_blocks", "lagBlocks"),
    ("Seconds without progress", "lag_seconds", "lagSeconds"),
    ("Reorganisations followed", "reorgs", "reorgs"),
    ("Logs stored", "logs", "logs"),
    ("Watches routed", "watches", "watches"),
)


def _of_chains(chains: Chains, key: str) -> list[tuple[dict[str, str], float]]:
    told = [chain.follower.status() for chain in chains]
    return [({"chain": str(status["chain"])}, float(status[key])) for status in told if status[key] is not None]
