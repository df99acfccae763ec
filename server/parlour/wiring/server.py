"""Builds a whole server from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from parlour.adapters.http.dev import DevFacts
from parlour.adapters.sql.rooms import SqlStore
from parlour.runtime.chain.chains import Connect
from parlour.settings import Settings
from parlour.wiring import chain, engine, http, identity, process, rooms
from parlour.wiring.gauges import observe, observe_commits


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running server; commands and tests look in here."""

    settings: Settings
    process: process.Process
    rooms: rooms.Rooms
    chain: chain.ChainPart
    identity: identity.Identity
    sockets: engine.Sockets
    pages: http.Pages


async def build_server(
    settings: Settings, store: SqlStore, dev: DevFacts | None, address: str, connect: Connect
) -> Parts:
    """Make all parts of a server, without starting them.

    Args:
        dev: what `parlour dev` offers to play with; None under `parlour serve`.
        address: `host:port` the server is reached at.
        connect: makes the client of a chain endpoint's URL.

    Raises:
        BadChainConfig, PluginNotFound, ValueError: a setting that its own check let through cannot be used.
        StoreError: the database cannot be read.
    """
    shared = await process.build(settings, store, address, dev)
    house = rooms.build(settings, shared)
    followed = chain.build(settings, shared, house.registry, connect)
    people = identity.build(settings, shared, followed.calls)
    house.registry.context.delegated = people.sign_in.delegated
    sockets = engine.build(settings, shared, house, followed, people)
    pages = http.build(settings, shared, followed, people, sockets)
    observe_commits(shared.telemetry, shared.store)
    observe(shared.telemetry, sockets.engine, sockets.rooms, followed.chains, shared.loop_watch)
    return Parts(settings, shared, house, followed, people, sockets, pages)
