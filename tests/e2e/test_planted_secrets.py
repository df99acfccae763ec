"""One rule for every output (docs/operations.md): no key, token, ticket, claim, password or endpoint stands in it.

Secrets of every sort are planted in one server: settings, what clients send, what the server makes. Then every answer
of its API, its pages, its metrics, its log, its commands and a backup are read for them.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from xml.sax.saxutils import escape

import aiohttp
import pytest
from aiohttp import web

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.furnished import Known, furnished
from tests.e2e.kit import done, fresh, made
from tests.e2e.stock import PythonClient
from tests.forked import parlour
from tests.postgres import start_postgres
from tests.redis_server import RedisServer

NAMES = (
    *("rpc path", "rpc user", "rpc query", "hook path", "hook secret", "metrics key", "moderation path"),
    *("moderation secret", "redis password", "s3 key", "s3 secret", "made hook path", "made hook secret"),
    *("wrong token", "wrong ticket", "wrong claim", "push endpoint", "signature", "database password"),
)
PLANTED = {name: f"planted{number:02}c0ffee{number * 7919:08x}" for number, name in enumerate(NAMES)}
"""What is planted, by where."""
REFEREE = "0x" + "5ec2e7" * 10 + "0001"
"""A private key, which has to be one."""
TOLD_ONCE = {
    ("a webhook", "made hook secret"),
    ("POST /auth/refresh", "refreshed token"),
    ("POST /api/admin/keys", "api key"),
}
"""Answers that are there to tell a secret, and the only ones that do."""
DEAD = "127.0.0.1:9"
SKIPPED_PATHS = ("/drain", "/auth/signout", "/auth/sessions")


def environment(redis_port: int) -> dict[str, str]:
    """The settings in which secrets stand."""
    return {
        "PARLOUR_LOG_LEVEL": "debug",
        "PARLOUR_ACCESS_LOG": "true",
        "PARLOUR_ROLES": json.dumps({wallet("admin").address: "admin"}),
        "PARLOUR_WEBHOOKS": json.dumps(
            [{"url": f"http://{DEAD}/{PLANTED['hook path']}", "secret": PLANTED["hook secret"]}]
        ),
        "PARLOUR_METRICS_KEY": PLANTED["metrics key"],
        "PARLOUR_MODERATION_URL": f"http://{DEAD}/{PLANTED['moderation path']}",
        "PARLOUR_MODERATION_SECRET": PLANTED["moderation secret"],
        "PARLOUR_REDIS_URL": f"redis://:{PLANTED['redis password']}@127.0.0.1:{redis_port}/0",
        "PARLOUR_REFEREE_KEY": REFEREE,
        "AWS_ACCESS_KEY_ID": PLANTED["s3 key"],
        "AWS_SECRET_ACCESS_KEY": PLANTED["s3 secret"],
    }


def chains() -> list[dict[str, Any]]:
    """A chain that nobody answers for."""
    host = f"{PLANTED['rpc user']}:x@{DEAD}"
    return [{"chainId": 5, "urls": [f"http://{host}/{PLANTED['rpc path']}?key={PLANTED['rpc query']}"]}]


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = RedisServer("--requirepass", PLANTED["redis password"])
    server.start()
    yield server
    server.kill()


class Reader:
    """Reads outputs, and keeps each by where it was read."""

    def __init__(self, server: ServerProcess, http: aiohttp.ClientSession, token: str) -> None:
        self._server, self._http = server, http
        self._headers = {"Authorization": f"Bearer {token}"}
        self.told: dict[str, bytes] = {}

    async def ask(self, method: str, path: str, *, name: str = "", **options: Any) -> bytes:
        headers = {**self._headers, **options.pop("headers", {})}
        async with self._http.request(method, self._server.url + path, headers=headers, **options) as answer:
            text = await answer.read()
        self.told[name or f"{method} {path.partition('?')[0]}"] = str(dict(answer.headers)).encode() + text
        return text

    async def change(self, path: str, **body: Any) -> Any:
        return json.loads(await self.ask("POST", path, json={"reason": "a test", "id": fresh("act"), **body}))

    async def command(self, *arguments: str) -> None:
        _, out, err = await parlour(*arguments, env=self._server.environment, folder=self._server.folder)
        self.told["parlour " + " ".join(arguments[:2])] = (out + err).encode()

    async def reads(self, document: dict[str, Any], known: Known) -> None:
        """Ask every GET of the document, with names of what exists."""
        for path, item in document["paths"].items():
            if "get" not in item or path.endswith(SKIPPED_PATHS):
                continue
            filled = path
            for each in item["get"]["parameters"]:
                if each["in"] == "path":
                    filled = filled.replace(f"{{{each['name']}}}", (known.get(each["name"]) or ["1"])[0])
            query = "?query=planted" if any(e["name"] == "query" for e in item["get"]["parameters"]) else ""
            await self.ask("GET", filled + query)


async def sent_by_clients(server: ServerProcess, reader: Reader, token: str) -> None:
    """Send secrets where they belong, and where they do not."""
    async with PythonClient(["websocket"]) as ann:
        await ann.connect(server.url, token)
        room = await made(ann)
        keys = {"p256dh": "BA" + "A" * 85, "auth": "A" * 22}
        push = {"endpoint": f"https://fcm.googleapis.com/{PLANTED['push endpoint']}", "keys": keys}
        await ann.ask("account:push", {"subscription": push})
        await ann.ask("room:join", {"room": room, "invite": PLANTED["wrong ticket"]})
        await ann.ask("room:post", {"room": room, "id": "a", "type": "chat.message", "body": {"text": "hello"}})
        watch = {"chain": 5, "address": "0x" + "11" * 20, "event": "Ping(uint256 value)"}
        reader.told["room:watch"] = str(await ann.ask("room:watch", {"room": room, "watch": watch})).encode()
        await done(ann, "room:invite", room=room)
    bad = {"headers": {"Authorization": f"Bearer {PLANTED['wrong token']}"}}
    await reader.ask("GET", "/api/rooms", name="a wrong token", **bad)
    await reader.ask("GET", f"/api/rooms/{room}/files/0x{'1' * 64}?ticket={PLANTED['wrong ticket']}", name="a ticket")
    await reader.ask("POST", "/auth/claim", json={"secret": PLANTED["wrong claim"]})
    said = {"message": "x", "signature": "0x" + PLANTED["signature"]}
    await reader.ask("POST", "/auth/verify", name="a wrong signature", json=said)


def found(told: Mapping[str, bytes], planted: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return where which secret stands."""
    return {
        (where, name) for where, text in told.items() for name, secret in planted.items() if secret.encode() in text
    }


async def test_planted_secrets_are_in_no_output(redis: RedisServer) -> None:
    planted = {**PLANTED, "referee key": REFEREE.removeprefix("0x")}
    env = environment(redis.port)
    async with (
        aiohttp.ClientSession() as http,
        ServerProcess(env=env, chains=chains(), probe="/healthz") as server,
    ):
        planted["token of admin"] = token = (await sign_in(http, server.url, wallet("admin")))["token"]
        planted["token of ann"] = anns = (await sign_in(http, server.url, wallet("ann")))["token"]
        reader = Reader(server, http, token)
        known = {**await furnished(server, http, token), "chain": ["5"]}
        await sent_by_clients(server, reader, anns)
        hook = {"url": f"https://hooks.example/{PLANTED['made hook path']}", "secret": PLANTED["made hook secret"]}
        await reader.ask("POST", "/api/admin/webhooks", name="a webhook", json={"reason": "r", "id": "h", **hook})
        planted["api key"] = (await reader.change("/api/admin/keys", name="k2", scopes=["rooms:read"]))["token"]
        planted["refreshed token"] = json.loads(
            await reader.ask("POST", "/auth/refresh", headers={"Authorization": f"Bearer {anns}"})
        )["token"]
        document = json.loads(await reader.ask("GET", "/api/openapi.json"))
        await reader.reads(document, known)
        for page in ("/healthz", "/readyz", "/metrics", "/admin/", "/version"):
            await reader.ask("GET", page)
        await reader.ask("GET", "/metrics", name="metrics with the key", headers=bearer(PLANTED["metrics key"]))
        redis.kill()
        await reader.ask("GET", "/readyz", name="without redis")
        await reader.ask("GET", "/api/rooms", name="rooms without redis")
        for command in (["config", "show"], ["doctor"], ["audit"], ["webhooks", "list"], ["backup", "kept.db"]):
            await reader.command(*command)
        kept = [
            path
            for path in (server.folder / "kept.db", *(server.folder / "kept.db.files").rglob("*"))
            if path.is_file()
        ]
        assert kept, reader.told["parlour backup kept.db"]
        reader.told |= {f"the backup: {path.name}": path.read_bytes() for path in kept}
        await server.stop()
        reader.told["the log"] = server.log().encode()
    assert len(reader.told) > 60
    assert b"/auth/verify" in reader.told["the log"]
    assert found(reader.told, planted) - TOLD_ONCE == set()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def angry_bucket() -> AsyncIterator[str]:
    """Serve an S3 that refuses everything in words that repeat what it was sent, credentials and all."""

    async def refuse(request: web.Request) -> web.Response:
        repeated = f"{request.headers} {PLANTED['s3 key']} {PLANTED['s3 secret']}"
        text = f"<Error><Code>AccessDenied</Code><Message>{escape(repeated)}</Message></Error>"
        return web.Response(status=403, text=text, content_type="application/xml")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_secrets_of_a_database_and_a_bucket_are_in_no_output() -> None:
    postgres = await asyncio.to_thread(start_postgres)
    url = postgres.database().replace("parlour@", f"parlour:{PLANTED['database password']}@")
    assert PLANTED["database password"] in url
    try:
        async with angry_bucket() as bucket, aiohttp.ClientSession() as http:
            env = {
                "PARLOUR_LOG_LEVEL": "debug",
                "PARLOUR_ROLES": json.dumps({wallet("admin").address: "admin"}),
                "PARLOUR_FILES": "s3://bucket/of/parlour",
                "AWS_ACCESS_KEY_ID": PLANTED["s3 key"],
                "AWS_SECRET_ACCESS_KEY": PLANTED["s3 secret"],
                "AWS_REGION": "eu-west-1",
                "AWS_ENDPOINT_URL": bucket,
                "AWS_ALLOW_HTTP": "true",
            }
            async with ServerProcess(url, env=env, probe="/healthz") as server:
                token = (await sign_in(http, server.url, wallet("admin")))["token"]
                reader = Reader(server, http, token)
                async with PythonClient(["websocket"]) as admin:
                    await admin.connect(server.url, token)
                    room = await made(admin)
                files = f"/api/rooms/{room}/files"
                told = await reader.ask("POST", f"{files}?name=a.txt", name="an upload", data=b"a")
                assert json.loads(told)["error"]["code"] == "unavailable", told
                await reader.ask("GET", f"{files}/0x{'1' * 64}")
                for page in ("/readyz", "/metrics", "/api/admin/overview", "/api/admin/settings"):
                    await reader.ask("GET", page)
                for command in (["config", "show"], ["doctor"], ["backup", "kept.db"]):
                    await reader.command(*command)
                await asyncio.to_thread(postgres.stop, signal.SIGQUIT)
                for page in ("/readyz", "/api/rooms", "/metrics", "/api/admin/overview"):
                    await reader.ask("GET", page, name=f"{page} without a database")
                for command in (["doctor"], ["audit"], ["room", "list"], ["backup", "second.db"]):
                    await reader.command(*command)
                await server.stop()
                reader.told["the log"] = server.log().encode()
    finally:
        postgres.close()
    assert b"AccessDenied" not in reader.told["an upload"]
    assert found(reader.told, PLANTED) == set()
