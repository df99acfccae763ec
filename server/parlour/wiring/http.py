"""The HTTP applications of a process: sign-in, the API, the pages, and the console on its own port where one is set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Middleware

from parlour.adapters.http.admin import Admin
from parlour.adapters.http.api import Api
from parlour.adapters.http.auth import routes as auth_routes
from parlour.adapters.http.bodies import BODY_SECONDS
from parlour.adapters.http.callers import Callers
from parlour.adapters.http.client_address import ClientAddress
from parlour.adapters.http.cors import cors
from parlour.adapters.http.dev import dev_routes
from parlour.adapters.http.dev_console import DevConsole
from parlour.adapters.http.documents import Documents
from parlour.adapters.http.hosts import only_served_hosts
from parlour.adapters.http.metrics import metrics_route
from parlour.adapters.http.middleware import json_errors, per_client, say_little
from parlour.adapters.http.pages import console_page, demo_pages
from parlour.adapters.socket.asyncapi import asyncapi
from parlour.adapters.socket.requests import REQUESTS
from parlour.settings import Settings, static_folder
from parlour.wiring.chain import ChainPart
from parlour.wiring.engine import Sockets
from parlour.wiring.gauges import readiness
from parlour.wiring.identity import Identity
from parlour.wiring.process import Process


@dataclass(frozen=True, slots=True)
class Pages:
    """The HTTP part of a process; `console` and `metrics` are None where `app` serves them."""

    app: web.Application
    console: web.Application | None
    metrics: web.Application | None


def build(settings: Settings, process: Process, chain: ChainPart, identity: Identity, sockets: Sockets) -> Pages:
    """Make the applications, with the engine attached to the main one."""
    sign_in, engine = identity.sign_in, sockets.engine
    dev = DevConsole() if process.dev is not None else None
    addresses = ClientAddress(settings.trusted_proxies)
    callers = Callers(sign_in, identity.keys, identity.limiter, addresses, guests=process.guests, dev=dev)
    ready = readiness(settings.database_url, process.store, chain.chains, engine, process.clock)
    api = Api(sockets.rooms, callers, ready)
    admin = Admin(sockets.rooms, sockets.gateway, chain.chains, callers, process.telemetry)
    signing = auth_routes(sign_in, addresses, identity.limiter, process.telemetry.signed_in)
    counted = per_client(identity.limiter, addresses, ("/api",))
    served = only_served_hosts(engine.serves, engine.path)
    middlewares = cast(list[Middleware], [cors(sign_in.rules.accepts), json_errors, served, counted])

    def application(*routes: web.AbstractRouteDef) -> web.Application:
        app = web.Application(middlewares=middlewares, client_max_size=settings.message_bytes)
        app[BODY_SECONDS] = settings.handshake_timeout
        app.add_routes(routes)
        app.on_response_prepare.append(say_little)
        return app

    main = [*signing, *api.routes(), *dev_routes(process.dev)]
    figures = metrics_route(process.telemetry, settings.metrics_key)
    if settings.metrics_port is None:
        main.append(figures)
    pages = demo_pages(static_folder())
    console = console_page(static_folder(), dev)
    if settings.admin_port is None:
        main += admin.routes()
        app, console_app = (
            application(*main, *Documents(main, partial(asyncapi, REQUESTS)).routes(), *pages, *console),
            None,
        )
    else:
        app = application(*main, *Documents(main, partial(asyncapi, REQUESTS)).routes(), *pages)
        console_app = application(*signing, *admin.routes(), *console)
    engine.attach(app)
    return Pages(app, console_app, None if settings.metrics_port is None else application(figures))
