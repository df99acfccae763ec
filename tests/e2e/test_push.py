"""Web push over a real server and a push service with TLS: encrypted for the browser, and only what nobody read."""

from __future__ import annotations

import json
import ssl
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import http_ece
import pytest_asyncio
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.adapters.engine.test_tls import Certificate
from tests.e2e.conftest import entering
from tests.e2e.kit import done, made, refused, said
from tests.e2e.stock import heard, until


class PushService:
    """A push service: keeps what is posted to it, and may say that a browser is gone."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, str], bytes]] = []
        self.gone = False

    async def take(self, request: web.Request) -> web.Response:
        self.posted.append((request.path, dict(request.headers), await request.read()))
        return web.Response(status=410 if self.gone else 201)


class Browser:
    """A browser with a subscription, which reads what is pushed to it."""

    def __init__(self, service: str, name: str) -> None:
        self._key, self._auth = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _base64(point), "auth": _base64(self._auth)}
        self.subscription = {"endpoint": f"{service}/{name}", "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth))
        return told


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@asynccontextmanager
async def push_service(folder: Path) -> AsyncIterator[tuple[PushService, str, Path]]:
    """A push service with its address, and the certificate that a server must trust."""
    certificate, service = Certificate(folder), PushService()
    app = web.Application()
    app.router.add_post("/{name}", service.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate.server)
    await site.start()
    assert isinstance(certificate.server, ssl.SSLContext)
    port = runner.addresses[0][1]
    yield service, f"https://127.0.0.1:{port}", certificate.chain
    await runner.cleanup()


@pytest_asyncio.fixture
async def service(tmp_path: Path) -> AsyncIterator[tuple[PushService, str, Path]]:
    async with push_service(tmp_path) as served:
        yield served


async def test_unread_notice_reaches_the_browser_of_whoever_is_away(service: tuple[PushService, str, Path]) -> None:
    posted, url, chain = service
    env = {
        "PARLOUR_PUSH_CONTACT": "mailto:ops@example.com",
        "PARLOUR_PUSH_HOSTS": url.removeprefix("https://"),
        "PARLOUR_PUSH_TEXT": "on",
        "PARLOUR_PUSH_DELAY_MS": "1000",
        "SSL_CERT_FILE": str(chain),
    }
    async with ServerProcess(env=env) as server, entering(server) as enter:
        ann, bea, cyd = await enter("ann"), await enter("bea"), await enter("cyd")
        room = await made(ann)
        for client in (ann, bea, cyd):
            await done(client, "room:join", room=room)
        browsers = {name: Browser(url, name) for name in ("bea", "cyd")}
        for name, client in (("bea", bea), ("cyd", cyd)):
            await done(client, "account:push", subscription=browsers[name].subscription)
        elsewhere = {**browsers["bea"].subscription, "endpoint": "https://127.0.0.1:1/x"}
        assert await refused(bea, "account:push", subscription=elsewhere) == ("invalid", None)
        message = await said(ann, room, "gm both", mentions=[wallet(name).address for name in ("bea", "cyd")])
        await until(lambda: heard(cyd, "notice"))
        await done(cyd, "notices:read", upTo=heard(cyd, "notice")[0]["id"])
        await until(lambda: posted.posted)
        [(path, headers, body)] = posted.posted
        assert path == "/bea", "cyd has read hers"
        told = browsers["bea"].read(body)
        assert {key: told[key] for key in ("room", "seq", "type", "from", "text")} == {
            "room": room, "seq": message["seq"], "type": "mention", "from": wallet("ann").address, "text": "gm both",
        }  # fmt: skip
        assert headers["Topic"] == told["id"]
        welcome = heard(bea, "welcome")[0]
        assert f"k={welcome['push']}" in headers["Authorization"]
        assert Vapid02.verify(headers["Authorization"])
        posted.gone = True
        await said(ann, room, "still there?", mentions=[wallet("bea").address])
        await until(lambda: len(posted.posted) == 2)
        await done(bea, "account:push", subscription=browsers["cyd"].subscription, on=False)


async def test_server_without_a_contact_takes_no_subscription(service: tuple[PushService, str, Path]) -> None:
    async with ServerProcess() as server, entering(server) as enter:
        ann = await enter("ann")
        asked = Browser(service[1], "ann").subscription
        assert await refused(ann, "account:push", subscription=asked) == ("illegal", "push_off")
        assert "push" not in heard(ann, "welcome")[0]
