"""The HTTP applications of a process: sign-in, the API, the pages, and the console on its own port where one is set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Middleware

from parlour.adapters.console.audit_routes import AuditRoutes
from parlour.adapters.console.claim_route import ClaimRoute
from parlour.adapters.console.config_routes import ConfigRoutes
from parlour.adapters.console.connection_routes import ConnectionRoutes
from parlour.adapters.console.cookie_session import CookieSessions
from parlour.adapters.console.door import AdminDoor
from parlour.adapters.console.key_routes import KeyRoutes
from parlour.adapters.console.live import NAMESPACE, LiveConsole, Read
from parlour.adapters.console.live_door import LiveDoor
from parlour.adapters.console.operators import Operators
from parlour.adapters.console.role_routes import RoleRoutes
from parlour.adapters.console.server_routes import ProcessFacts, ServerRoutes
from parlour.adapters.engine import Engine
from parlour.adapters.http.api import Api
from parlour.adapters.http.auth import routes as auth_routes
from parlour.adapters.http.bodies import BODY_SECONDS
from parlour.adapters.http.callers import Callers
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.cors import cors, readable
from parlour.adapters.http.dev import dev_routes
from parlour.adapters.http.dev_console import DevConsole
from parlour.adapters.http.documents import Documents
from parlour.adapters.http.hosts import only_served_hosts
from parlour.adapters.http.metrics import metrics_route
from parlour.adapters.http.middleware import json_errors, per_client, say_little
from parlour.adapters.http.pages import console_page, demo_pages
from parlour.adapters.membership.console import NodeConsole
from parlour.adapters.operating.message_routes import MessageRoutes
from parlour.adapters.operating.people_routes import PeopleRoutes
from parlour.adapters.operating.room_routes import RoomRoutes, listed
from parlour.adapters.operating.room_rows import RoomsWanted
from parlour.adapters.reports.queue import ReportQueue
from parlour.adapters.reports.sealed_rooms import SealedRooms
from parlour.adapters.room_files.export import RoomExports
from parlour.adapters.room_files.file_routes import FileRoutes
from parlour.adapters.socket.asyncapi import asyncapi
from parlour.adapters.socket.requests import REQUESTS
from parlour.adapters.webhooks.console import WebhookConsole
from parlour.runtime.audit.trail import AuditQuery
from parlour.settings import Settings, static_folder
from parlour.wiring.chain import ChainPart
from parlour.wiring.engine import Sockets
from parlour.wiring.files import Files
from parlour.wiring.gauges import readiness
from parlour.wiring.identity import Identity
from parlour.wiring.membership import Nodes
from parlour.wiring.operating import Operating
from parlour.wiring.process import Process
from parlour.wiring.tuning import Tuning
from parlour.wiring.webhooks import Webhooking


@dataclass(frozen=True, slots=True)
class Pages:
    """The HTTP part of a process; `console` and `metrics` are None where `app` serves them."""

    app: web.Application
    console: web.Application | None
    metrics: web.Application | None


def build(
    settings: Settings,
    process: Process,
    chain: ChainPart,
    identity: Identity,
    sockets: Sockets,
    files: Files,
    webhooking: Webhooking,
    nodes: Nodes,
    operating: Operating,
    tuning: Tuning,
    *,
    pages: bool,
) -> Pages:
    """Make the applications, with the engine attached to the main one.

    Args:
        pages: whether the demo, the console and the SDK's files are among them.
    """
    sign_in, engine = identity.sign_in, sockets.engine
    dev = DevConsole() if process.dev is not None else None
    addresses = ClientAddress(settings.trusted_proxies)
    callers = Callers(sign_in, identity.keys, identity.limiter, addresses, guests=process.guests)
    ready = readiness(process, settings.database_url, chain.chains, sockets)
    api = Api(sockets.rooms, callers, ready, settings.update_bytes)
    cookies = CookieSessions(sign_in, process.key, addresses, identity.limiter)
    operators = Operators(sign_in, identity.keys, identity.limiter, addresses, cookies, dev=dev)
    facts = ProcessFacts(process.telemetry, tuning.figures)
    door = AdminDoor(operators, identity.trail, process.clock)
    claiming = ClaimRoute(identity.roles, sign_in, identity.limiter, addresses, process.clock)
    signing = [
        *auth_routes(sign_in, addresses, identity.limiter, process.telemetry.signed_in),
        *claiming.routes(),
        *cookies.routes(),
    ]
    counted = per_client(identity.limiter, addresses, ("/api",))
    served = only_served_hosts(engine.serves, engine.path)
    middlewares = cast(list[Middleware], [cors(sign_in.rules.accepts), json_errors, served, counted])

    def application(*routes: web.AbstractRouteDef) -> web.Application:
        app = web.Application(middlewares=middlewares, client_max_size=settings.message_bytes)
        app[BODY_SECONDS] = settings.handshake_timeout
        app.add_routes(routes)
        app.on_response_prepare.extend([say_little, readable(sign_in.rules.accepts)])
        return app

    main = [
        *signing,
        *api.routes(),
        *FileRoutes(files.backing, callers).routes(),
        *RoomExports(sockets.rooms, callers).routes(),
        *dev_routes(process.dev),
    ]
    figures = metrics_route(process.telemetry, settings.metrics_key)
    if settings.metrics_port is None:
        main.append(figures)
    shown = demo_pages(static_folder(), addresses.asked_for) if pages else []
    console = console_page(static_folder(), dev) if pages else []
    server_routes = ServerRoutes(sockets.rooms, sockets.gateway, chain.chains, door, facts)
    audit_routes = AuditRoutes(identity.trail, door)
    pictures: dict[str, Read] = {
        "overview": server_routes.live_picture,
        "rooms": partial(listed, operating.views, sockets.rooms, RoomsWanted()),
        "chains": server_routes.chains_picture,
        "audit": partial(audit_routes.page, AuditQuery()),
    }
    live_door = LiveDoor(sign_in, identity.keys, cookies, addresses, dev)
    live = LiveConsole(live_door, pictures, operating.tails, identity.limiter, process.clock)
    admin_routes = [
        *server_routes.routes(),
        *audit_routes.routes(),
        *ConnectionRoutes(sockets.gateway, operating.people.audit, door).routes(),
        *ConfigRoutes(tuning.settings, door).routes(),
        *RoleRoutes(identity.roles, door).routes(),
        *KeyRoutes(identity.keys, process.key, door).routes(),
        *ReportQueue(sockets.reports, door).routes(),
        *SealedRooms(sockets.rooms, door).routes(),
        *WebhookConsole(webhooking.webhooks, webhooking.receivers, webhooking.poster, process.key, door).routes(),
        *NodeConsole(nodes.membership, door).routes(),
        *PeopleRoutes(
            operating.people,
            operating.exports,
            operating.person_eraser,
            identity.sanctions,
            sign_in,
            sockets.rooms,
            process.clock,
            door,
        ).routes(),
        *MessageRoutes(sockets.rooms, operating.search, operating.views, operating.eraser, door).routes(),
        *RoomRoutes(sockets.rooms, operating.views, operating.tails, operating.eraser, door).routes(),
    ]
    if settings.admin_port is None:
        main += admin_routes
        engine.serve(NAMESPACE, live)
        app, console_app = (
            application(*main, *Documents(main, partial(asyncapi, REQUESTS)).routes(), *shown, *console),
            None,
        )
    else:
        app = application(*main, *Documents(main, partial(asyncapi, REQUESTS)).routes(), *shown)
        console_app = application(*signing, *admin_routes, *console)
        Engine({NAMESPACE: live}, limits=engine.limits, policy=engine.policy).attach(console_app)
    engine.attach(app)
    return Pages(app, console_app, None if settings.metrics_port is None else application(figures))
