"""Every change over `/api/admin/*`: refused to the role below, done by the least that may, and kept in the audit trail.

The routes are those of the server's own document, so that one without a case here is a failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from parlour.adapters.webhooks.places import SqlPlaces
from parlour.app import Server
from parlour.runtime.webhooks.places import Parked
from parlour.settings import load
from parlour.testing import FakeNode, SimChain
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, fresh, made, said
from tests.e2e.stock import PythonClient
from tests.e2e.test_admin_door import ADMIN, ROLES, described

pytestmark = pytest.mark.asyncio(loop_scope="module")


TAKES_NOTHING = {"url": "http://127.0.0.1:9/", "types": ["app.never"]}


class Ready(NamedTuple):
    """A change that may be asked for now: the path's parts that vary, in order, and the body."""

    parts: tuple[str, ...] = ()
    body: Mapping[str, Any] = {}
    query: str = ""


class Stage(NamedTuple):
    """A server with a chain and a receiver of webhooks, two people in it, and a token for each role."""

    server: Server
    http: aiohttp.ClientSession
    tokens: Mapping[str, str]
    least: Mapping[str, str]
    ann: PythonClient
    bea: PythonClient
    stack: AsyncExitStack

    async def ask(self, method: str, path: str, as_: str = "admin", **body: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.tokens[as_]}"}
        told = {"reason": "a test", "id": fresh("act"), **body} if method != "GET" else None
        async with self.http.request(method, self.server.url + ADMIN + path, headers=headers, json=told) as answer:
            return answer.status, await answer.json()

    async def does(self, method: str, path: str, **body: Any) -> Any:
        status, answer = await self.ask(method, path, **body)
        assert status == 200, (path, answer)
        return answer

    async def person(self) -> str:
        who = wallet(fresh("somebody"))
        await sign_in(self.http, self.server.url, who)
        return who.address


Case = Callable[[Stage], Awaitable[Ready]]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgres"])
async def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    url = sqlite_in(tmp_path_factory.mktemp("acts"))
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").database()
    async with AsyncExitStack() as stack:
        receiver = web.Application()
        receiver.router.add_post("/", _take)
        hooks = [{"url": str((await stack.enter_async_context(TestServer(receiver))).make_url("/")), "secret": "s"}]
        yield await staged(url, stack, webhooks=hooks)


async def _take(request: web.Request) -> web.Response:
    return web.Response(status=204)


def sqlite_in(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/parlour.db"


async def staged(url: str, stack: AsyncExitStack, **settings: Any) -> Stage:
    """Start a server, stopped at the end of the stack."""
    chain = SimChain(chain_id=1)
    server = await Server.build(
        load(
            port=0,
            database_url=url,
            roles={wallet(role).address: role for role in ROLES},
            chains=[{"chainId": 1, "urls": ["http://sim"], "pollInterval": 0.05}],
            http_per_minute=9_999,
            http_burst=9_999,
            webhook_private_hosts=["127.0.0.1"],
            **settings,
        ),
        chain_client=lambda url: FakeNode(chain),
    )
    await server.start()
    stack.push_async_callback(server.stop)
    http = await stack.enter_async_context(aiohttp.ClientSession())
    tokens = {role: (await sign_in(http, server.url, wallet(role)))["token"] for role in ROLES}
    people = [await stack.enter_async_context(PythonClient()) for _ in range(2)]
    for client, name in zip(people, ("ann", "bea"), strict=True):
        await client.connect(server.url, (await sign_in(http, server.url, wallet(name)))["token"])
    async with http.get(server.url + "/api/openapi.json") as answer:
        document = await answer.json()
    least = {f"{each.method} {each.template}": each.role for each in described(document) if each.changes}
    return Stage(server, http, tokens, least, people[0], people[1], stack)


# ── what each change needs before it ─────────────────────────────────────────────────────────────────────────────


def in_room(**body: Any) -> Case:
    async def case(stage: Stage) -> Ready:
        return Ready((await made(stage.ann),), body)

    return case


def after(act: str, then: Case) -> Case:
    """The same subject, once another act was done on it."""

    async def case(stage: Stage) -> Ready:
        asked = await then(stage)
        where = "rooms" if act in ("freeze", "feature") else "people"
        await stage.does("POST", f"/{where}/{asked.parts[0]}/{act}")
        return asked

    return case


def on_person(**body: Any) -> Case:
    async def case(stage: Stage) -> Ready:
        return Ready((await stage.person(),), body)

    return case


async def erased_room(stage: Stage) -> Ready:
    room = await made(stage.ann)
    return Ready((room,), query=f"?confirm={room}")


async def sealed_room(stage: Stage) -> Ready:
    return Ready(((await done(stage.ann, "dm:open", accounts=[wallet("bea").address]))["room"]["id"],))


async def message(stage: Stage) -> Ready:
    room = await made(stage.ann)
    return Ready((room, str((await said(stage.ann, room))["seq"])))


async def report(stage: Stage) -> Ready:
    room, seq = (await message(stage)).parts
    await done(stage.bea, "room:join", room=room)
    await done(stage.bea, "room:report", room=room, of=int(seq), reason="spam")
    [found] = [each for each in (await stage.does("GET", "/reports"))["reports"] if each["room"] == room]
    return Ready((found["id"],), {"action": "dismiss"})


async def board(stage: Stage) -> Ready:
    await done(stage.ann, "room:join", room="board:rating:tic-tac-toe")
    return Ready(("rating:tic-tac-toe",))


async def posted_entry(stage: Stage) -> Ready:
    hook, (room, seq) = await receiver_of(stage), (await message(stage)).parts
    async with asyncio.timeout(30):
        while room in await _places(stage).behind(hook, "", 1_000):
            await asyncio.sleep(0.05)
    return Ready((hook,), {"room": room, "seq": int(seq)})


async def parked_entry(stage: Stage) -> Ready:
    hook, room = await receiver_of(stage), await made(stage.ann)
    assert await _places(stage).park(hook, Parked(room, 1, 0, "status 500"))
    return Ready((hook,), {"room": room, "seq": 1})


def _places(stage: Stage) -> SqlPlaces:
    return SqlPlaces(stage.server.parts.process.store.writer, stage.server.parts.process.store.reader)


async def receiver_of(stage: Stage) -> str:
    return str((await stage.does("GET", "/webhooks"))["webhooks"][0]["name"])


def on_made_receiver(**body: Any) -> Case:
    async def case(stage: Stage) -> Ready:
        return Ready(((await stage.does("POST", "/webhooks", **TAKES_NOTHING))["webhook"]["name"],), body)

    return case


async def connection(stage: Stage) -> Ready:
    """A socket of somebody else's, which the operator drops."""
    somebody = PythonClient()
    who = wallet(fresh("somebody"))
    await somebody.connect(stage.server.url, (await sign_in(stage.http, stage.server.url, who))["token"])
    stage.stack.push_async_callback(somebody.close)
    return Ready(((await stage.does("GET", f"/connections?query={who.address}"))["connections"][0]["id"],))


async def key(stage: Stage) -> Ready:
    name = fresh("key")
    await stage.does("POST", "/keys", name=name, scopes=["rooms:read"])
    return Ready((name,))


def always(*parts: str, **body: Any) -> Case:
    async def case(stage: Stage) -> Ready:
        return Ready(parts, body)

    return case


CASES: Mapping[str, tuple[str, Case]] = {
    "POST /rooms/{room}/freeze": ("room.freeze", in_room()),
    "POST /rooms/{room}/thaw": ("room.thaw", after("freeze", in_room())),
    "POST /rooms/{room}/close": ("room.close", in_room()),
    "POST /rooms/{room}/announce": ("room.announce", in_room(text="Tea at five")),
    "POST /rooms/{room}/configure": ("room.configure", in_room(title="Salon")),
    "POST /rooms/{room}/transfer": ("room.transfer", in_room(account=wallet("bea").address)),
    "POST /rooms/{room}/feature": ("room.feature", in_room()),
    "POST /rooms/{room}/unfeature": ("room.unfeature", after("feature", in_room())),
    "POST /rooms/{room}/open": ("room.open", sealed_room),
    "DELETE /rooms/{room}": ("room.erase", erased_room),
    "POST /people/{account}/mute": ("person.mute", on_person()),
    "POST /people/{account}/unmute": ("person.unmute", after("mute", on_person())),
    "POST /people/{account}/ban": ("person.ban", on_person()),
    "POST /people/{account}/unban": ("person.unban", after("ban", on_person())),
    "POST /people/{account}/sign-out": ("person.sign-out", on_person()),
    "POST /people/{account}/note": ("person.note", on_person(text="seen twice")),
    "POST /people/{account}/role": ("role.give", on_person(role="viewer")),
    "POST /people/{account}/erase": ("person.erase", on_person()),
    "POST /messages/{room}/{seq}/redact": ("message.redact", message),
    "POST /reports/{report}/resolve": ("report.resolve", report),
    "POST /boards/{board}/remove": ("board.remove", board),
    "POST /chains/{chain}/replay": ("chain.replay", always("1")),
    "POST /chains/{chain}/rewind": ("chain.rewind", always("1", to=0)),
    "POST /webhooks": ("webhook.make", always(**TAKES_NOTHING)),
    "PATCH /webhooks/{hook}": ("webhook.change", on_made_receiver(rooms="sales-*")),
    "DELETE /webhooks/{hook}": ("webhook.delete", on_made_receiver()),
    "POST /webhooks/{hook}/replay": ("webhook.replay", posted_entry),
    "POST /webhooks/{hook}/retry": ("webhook.retry", parked_entry),
    "POST /keys": ("key.mint", always(name="a-new-key", scopes=["rooms:read"])),
    "DELETE /keys/{name}": ("key.revoke", key),
    "PATCH /config": ("config.change", always(values={"posts_burst": 400})),
    "POST /connections/{connection}/drop": ("connection.drop", connection),
    "POST /nodes/rebalance": ("node.rebalance", always()),
}
"""Method and path below /api/admin: what the audit trail calls it, and what makes it possible."""
DRAIN = "POST /nodes/{node}/drain"
"""Tried on a server of its own, which serves no more rooms afterwards."""


async def test_every_change_has_a_case(stage: Stage) -> None:
    assert stage.least.keys() == {*CASES, DRAIN}


@pytest.mark.parametrize("route", CASES)
async def test_change_is_refused_to_the_role_below_and_kept_in_the_audit(stage: Stage, route: str) -> None:
    what, prepare = CASES[route]
    await _assert_guarded_and_kept(stage, route, what, await prepare(stage))


async def test_drain_is_refused_to_the_role_below_and_kept_in_the_audit(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        stage = await staged(sqlite_in(tmp_path), stack)
        [node] = (await stage.does("GET", "/nodes"))["nodes"]
        await _assert_guarded_and_kept(stage, DRAIN, "node.drain", Ready((node["name"],)))


VIEWS = {
    "/gates/{room}": f"?account={wallet('ann').address}",
    "/matches": "?state=playing",
    "/messages": "?query=good%20morning",
    "/rooms": "?query=a&sort=entries",
}
"""What some views are asked beside their path."""


async def test_every_view_is_answered_with_something_in_it(stage: Stage) -> None:
    room = await made(stage.ann)
    await said(stage.ann, room, "good morning")
    named = {"{room}": room, "{account}": wallet("ann").address, "{chain}": "1"}
    async with stage.http.get(stage.server.url + "/api/openapi.json") as answer:
        views = [each for each in described(await answer.json()) if not each.changes]
    for view in views:
        path = "".join(named.get(piece, piece) for piece in _pieces(view.template)) + VIEWS.get(view.template, "")
        headers = {"Authorization": f"Bearer {stage.tokens['admin']}"}
        async with stage.http.get(stage.server.url + ADMIN + path, headers=headers) as answer:
            told = await answer.read()
            assert answer.status in (200, 404), (path, told)
    found: list[Any] = []
    while not found:  # the index follows a moment behind
        found = (await stage.does("GET", "/messages?query=good%20morning"))["found"]
    assert [each["room"] for each in found] == [room]


async def _assert_guarded_and_kept(stage: Stage, route: str, what: str, asked: Ready) -> None:
    method, _, template = route.partition(" ")
    parts = iter(asked.parts)
    path = "".join(next(parts) if piece.startswith("{") else piece for piece in _pieces(template)) + asked.query
    least = stage.least[route]
    body = {**asked.body, "id": fresh("act"), "reason": f"why {what}"}
    lesser = ROLES[ROLES.index(least) - 1]
    status, answer = await stage.ask(method, path, lesser, **body)
    assert (status, answer["error"]["code"]) == (403, "forbidden")
    status, answer = await stage.ask(method, path, least, **body)
    assert status == 200, answer
    rows = (await stage.does("GET", f"/audit?what={what}"))["rows"]
    [row] = [each for each in rows if each["id"] == body["id"]]
    assert (row["by"], row["reason"], row["from"]) == (wallet(least).address, body["reason"], "127.0.0.1")


def _pieces(template: str) -> list[str]:
    """Split a path at its parts that vary: `/rooms/{room}/close` into `/rooms/`, `{room}`, `/close`."""
    return template.replace("{", "\0{").replace("}", "}\0").split("\0")
