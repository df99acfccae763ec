"""Nobody reads along in direct and wallet rooms: every caller without a part in one, on every path there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, fresh, post, posted, refused, said
from tests.e2e.stock import heard, http_json
from tests.e2e.test_direct_rooms import opened
from tests.e2e.test_notices import Person, people
from tests.e2e.test_protocol_http import mint

ROLES = {wallet(name).address: name for name in ("viewer", "moderator", "operator", "admin")}
SECRET = "the combination is 7 3 5"
SCOPES = ("rooms:read", "entries:read", "entries:post", "admin:read", "admin:moderate", "admin:operate")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    roles = ", ".join(f'"{account}": "{role}"' for account, role in ROLES.items())
    async with ServerProcess(env={"PARLOUR_GUESTS": "on", "PARLOUR_ROLES": f"{{{roles}}}"}) as server:
        yield server


async def bearer(server: ServerProcess, http: aiohttp.ClientSession, name: str) -> dict[str, str]:
    token = (await sign_in(http, server.url, wallet(name)))["token"]
    return {"Authorization": f"Bearer {token}"}


@dataclass(frozen=True)
class Sealed:
    """A room with a secret in it that only its own people may know.

    Attributes:
        seq: of the secret.
        since: a position in its log, as its people have one.
        hash: of a file of it.
    """

    room: str
    seq: int
    since: dict[str, Any]
    hash: str = "0x" + "1" * 64


async def sealed_room(enter: Enter, server: ServerProcess, http: aiohttp.ClientSession, prefix: str) -> Sealed:
    """A direct room or a wallet's room with a secret, as its own people have it."""
    name = fresh("holder")
    client, files = await enter(name), []
    if prefix == "wallet:":
        room = f"wallet:{wallet(name).address}"
        await done(client, "room:join", room=room)
        seq = (await posted(client, room, "app.note", {"text": SECRET}))["seq"]
    else:
        [other] = await people(enter, 1)
        room = (await done(client, "dm:open", accounts=[other.account]))["room"]["id"]
        url, headers = f"{server.url}/api/rooms/{room}/files?name=a.txt", await bearer(server, http, name)
        _, answer = await http_json("POST", url, headers=headers, data=SECRET.encode())
        files = [answer["file"]["hash"]]
        seq = (await said(client, room, SECRET, files=files))["seq"]
    here = await done(client, "room:join", room=room)
    since = {"epoch": here["epoch"], "seq": here["head"], "hash": here["hash"]}
    return Sealed(room, seq, since, *files)


async def secret_room(enter: Enter) -> tuple[str, int, Person, Person]:
    """A direct room of two with a secret in it."""
    ann, bea = await people(enter, 2)
    room = await opened(ann, bea)
    return room, (await said(ann.client, room, SECRET))["seq"], ann, bea


def requests(of: Sealed) -> list[tuple[str, dict[str, Any]]]:
    """Every request about a room that reads it or writes to it."""
    room, seq, here = of.room, of.seq, {"room": of.room}
    return [
        ("room:join", here),
        ("room:join", {**here, "since": of.since}),
        ("room:join", {**here, "as": "spectator"}),
        ("room:history", here),
        *(("room:history", {**here, "view": view, "of": seq}) for view in ("messages", "pins", "edits")),
        ("room:history", {**here, "view": "messages", "thread": seq}),
        ("room:search", {**here, "query": "combination"}),
        ("room:members", here),
        ("room:presence", here),
        ("room:read", {**here, "seq": seq}),
        ("room:signal", {**here, "type": "typing", "body": {}}),
        ("room:post", post(room, "chat.message", {"text": "hi"})),
        ("room:post", post(room, "chat.reaction", {"of": seq, "emoji": "👍", "on": True})),
        ("room:report", {**here, "of": seq, "reason": "spam"}),
        ("room:reports", here),
        ("room:notify", {**here, "level": "all"}),
        ("room:invite", here),
        ("room:configure", {**here, "title": "mine"}),
        ("room:moderate", {**here, "action": "kick", "account": wallet("viewer").address}),
        ("room:watch", {**here, "watch": {"chain": 1, "blocks": True}}),
        ("room:close", here),
        ("dm:answer", {**here, "accept": True}),
        ("doc:read", here),
        ("doc:versions", here),
    ]


PATHS = (
    "",
    "/entries",
    "/state",
    "/transcript",
    "/document",
    "/export?as=json",
    "/export?as=html",
    "/files/{hash}",
)


@pytest.mark.parametrize("prefix", ["dm:", "wallet:"])
async def test_no_server_role_reads_along_by_any_request(
    enter: Enter, server: ServerProcess, http: aiohttp.ClientSession, prefix: str
) -> None:
    sealed = await sealed_room(enter, server, http, prefix)
    room = sealed.room
    for name in (*ROLES.values(), "stranger", None):
        other = await enter(name)
        for event, data in requests(sealed):
            code, _ = await refused(other, event, **data)
            assert code in ("not_found", "unauthorized"), (name, event, code)
        found = await done(other, "search", query="combination", rooms=[room])
        assert found["found"] == [], name
        if name is not None:
            assert (await done(other, "search", query="combination"))["found"] == []
            assert (await done(other, "notices:list"))["notices"] == []
        for query in ({}, {"kind": "chat"}, {"query": "dm"}, {"kind": "chat", "query": room}):
            assert room not in str(await done(other, "room:list", **query)), (name, query)
        assert SECRET not in str(other.events), name


@pytest.mark.parametrize("prefix", ["dm:", "wallet:"])
async def test_no_key_and_no_role_reads_along_over_http(
    enter: Enter, server: ServerProcess, http: aiohttp.ClientSession, prefix: str
) -> None:
    sealed = await sealed_room(enter, server, http, prefix)
    room, url = sealed.room, f"{server.url}/api/rooms/{sealed.room}"
    key = await mint(server, f"backend-{prefix[:-1]}", *SCOPES)
    tokens: list[dict[str, str]] = [{}, {"Authorization": f"Bearer {key}"}]
    tokens += [await bearer(server, http, name) for name in (*ROLES.values(), "stranger")]
    for headers in tokens:
        for path in PATHS:
            status, answer = await http_json("GET", url + path.format(hash=sealed.hash), headers=headers)
            assert status in (401, 404), (path, status)
            assert SECRET not in str(answer)
        for path in ("/api/rooms", "/api/rooms?kind=chat", "/api/admin/overview", "/api/admin/reports"):
            _, answer = await http_json("GET", f"{server.url}{path}", headers=headers)
            assert room not in str(answer), path
        for path in ("/entries", "/files?name=a.txt", f"/files/{sealed.hash}/ticket"):
            body = {"id": "x", "type": "chat.message", "body": {"text": "hi"}}
            status, _ = await http_json("POST", url + path, headers=headers, json=body)
            assert status in (401, 403, 404), (path, status)


async def test_reported_message_is_seen_with_one_before_and_one_after(enter: Enter, server: ServerProcess) -> None:
    room, _, ann, bea = await secret_room(enter)
    texts = ["first", "second", "third", "fourth"]
    await done(bea.client, "dm:answer", room=room, accept=True)
    seqs = [(await said(ann.client, room, text))["seq"] for text in texts]
    await done(bea.client, "room:report", room=room, of=seqs[1], reason="abuse")
    async with aiohttp.ClientSession() as http:
        headers = await bearer(server, http, "moderator")
        status, answer = await http_json("GET", f"{server.url}/api/admin/reports", headers=headers)
        [report] = [each for each in answer["reports"] if each["room"] == room]
        ends = []
        for action in ("redact", "dismiss"):
            url, asked = f"{server.url}/api/admin/reports/{report['id']}/resolve", {"reason": "rude", "id": action}
            ends.append(await http_json("POST", url, headers=headers, json={**asked, "action": action}))
    assert status == 200
    assert [entry["body"]["text"] for entry in report["around"]] == texts[:3]
    refusal = ends[0][1]["error"]
    assert (ends[0][0], refusal["code"], refusal["reason"]) == (403, "forbidden", "role"), "nobody moderates here"
    assert ends[1] == (200, {})
    assert "second" in str(await done(ann.client, "room:history", room=room))


async def test_administrator_opens_a_direct_room_and_its_people_read_why(enter: Enter, server: ServerProcess) -> None:
    room, seq, ann, _ = await secret_room(enter)
    await done(ann.client, "room:join", room=room)
    path, asked = f"{server.url}/api/admin/rooms/{room}/open", {"reason": "a court order", "id": "o1"}
    async with aiohttp.ClientSession() as http:
        key = {"Authorization": f"Bearer {await mint(server, 'opener', *SCOPES)}"}
        for headers, expected in ((await bearer(server, http, "operator"), 403), ({}, 401), (key, 403)):
            assert (await http_json("POST", path, headers=headers, json=asked))[0] == expected
        headers = await bearer(server, http, "admin")
        assert (await http_json("POST", path, headers=headers, json={"id": "o0"}))[0] == 400
        status, answer = await http_json("POST", path, headers=headers, json=asked)
        assert (status, answer["seq"]) == (200, seq + 1)
        assert (await http_json("POST", path, headers=headers, json=asked))[1] == {"seq": seq + 1}
        _, transcript = await http_json("GET", f"{server.url}/api/rooms/{room}/entries", headers=headers)
        assert SECRET in str(transcript)
        public = (await done(ann.client, "room:create", kind="chat"))["room"]["id"]
        status, answer = await http_json(
            "POST", f"{server.url}/api/admin/rooms/{public}/open", headers=headers, json={**asked, "id": "o2"}
        )
        assert (status, answer["error"]["reason"]) == (409, "not_sealed")
        status, _ = await http_json("POST", path, headers=headers, json={**asked, "reason": "another"})
        assert status == 409, "an id stands for one request"
        _, trail = await http_json("GET", f"{server.url}/api/admin/audit?what=room.open", headers=headers)
    [row] = trail["rows"]
    assert (row["by"], row["whom"], row["reason"]) == (wallet("admin").address, room, "a court order")
    told = [entry for entry in heard(ann.client, "entry", room) if entry["type"] == "room.opened"]
    assert [entry["body"] for entry in told] == [{"by": wallet("admin").address, "reason": "a court order"}]
    admin = await enter("admin")
    assert SECRET in str(await done(admin, "room:history", room=room))
    assert await refused(admin, "room:post", **post(room, "chat.message", {"text": "hi"})) == ("forbidden", "muted")
    assert (await refused(await enter("moderator"), "room:history", room=room))[0] == "not_found"
