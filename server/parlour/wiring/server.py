"""Builds a whole server from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from parlour.adapters.http.dev import DevFacts
from parlour.adapters.sql.rooms import SqlStore
from parlour.runtime.chain.chains import Connect
from parlour.runtime.settlement.settler import Settler
from parlour.settings import Settings
from parlour.wiring import (
    chain,
    engine,
    files,
    http,
    identity,
    inbox,
    membership,
    operating,
    process,
    push,
    rooms,
    search,
    settlement,
    tuning,
    webhooks,
)
from parlour.wiring.gauges import observe, observe_commits, observe_gates, observe_pending, observe_rooms


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running server; commands and tests look in here."""

    settings: Settings
    process: process.Process
    rooms: rooms.Rooms
    chain: chain.ChainPart
    identity: identity.Identity
    files: files.Files
    indexers: search.Indexers
    inbox: inbox.Inbox
    pushing: push.Pushing
    sockets: engine.Sockets
    settler: Settler | None
    webhooking: webhooks.Webhooking
    nodes: membership.Nodes
    operating: operating.Operating
    tuning: tuning.Tuning
    pages: http.Pages


async def build_server(
    settings: Settings,
    store: SqlStore,
    dev: DevFacts | None,
    place: process.Place,
    connect: Connect,
    *,
    pages: bool = True,
) -> Parts:
    """Make all parts of a server, without starting them.

    Args:
        dev: what `parlour dev` offers to play with; None under `parlour serve`.
        place: where clients reach the server.
        connect: makes the client of a chain endpoint's URL.
        pages: whether it serves the demo, the console and the SDK's files.

    Raises:
        BadChainConfig, PluginNotFound, ValueError: a setting that its own check let through cannot be used.
        StoreError: the database cannot be read.
    """
    shared = await process.build(settings, store, place, dev)
    house = rooms.build(settings, shared)
    nodes = membership.build(settings, shared, house)
    followed = chain.build(settings, shared, house.registry, connect)
    people = identity.build(settings, shared, followed.calls)
    house.registry.context.delegated = people.sign_in.delegated
    kept = files.build(settings, shared, house, people)
    indexers = search.build(settings, shared, house)
    told = inbox.build(settings, shared, house)
    pushing = await push.build(settings, shared)
    sockets = engine.build(settings, shared, house, followed, people, told, pushing, nodes)
    settling = settlement.settler(settings, house.registry, sockets.rooms, followed.chains)
    posted = webhooks.build(settings, shared, house, sockets.rooms)
    operated = operating.build(shared, house, followed, people, sockets, kept)
    tuned = tuning.build(settings, shared, house, people, sockets)
    routes = http.build(settings, shared, followed, people, sockets, kept, posted, nodes, operated, tuned, pages=pages)
    observe_commits(shared.telemetry, shared.store)
    observe_gates(shared.telemetry, followed.gates)
    observe_pending(shared.telemetry, followed.pending)
    observe_rooms(shared.telemetry, house.registry.context)
    observe(shared.telemetry, sockets.engine, sockets.rooms, followed.chains, shared.loop_watch)
    return Parts(
        settings,
        shared,
        house,
        followed,
        people,
        kept,
        indexers,
        told,
        pushing,
        sockets,
        settling,
        posted,
        nodes,
        operated,
        tuned,
        routes,
    )
