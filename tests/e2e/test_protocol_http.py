"""docs/protocol.md sections 6 and 7: HTTP beside the sockets, and a transcript that anybody verifies offline."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import rfc8785
from eth_account import Account
from eth_account.messages import encode_defunct

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import ENTRY_KEYS, ROOM_KEYS, done, error_of, fresh, made, post, refused, said
from tests.e2e.stock import PythonClient, heard, http_json, until
from tests.forked import parlour

ANN = wallet("ann").address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess(env={"PARLOUR_GUESTS": "on"}) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def key(server: ServerProcess) -> str:
    """An API key named `shop` that may do everything a DApp's backend does."""
    return await mint(server, "shop", "rooms:read", "entries:read", "entries:post")


async def mint(server: ServerProcess, name: str, *scopes: str) -> str:
    wanted = [word for scope in scopes for word in ("--scope", scope)]
    code, text, _ = await parlour("token", "mint", name, "--database-url", server.database_url, *wanted)
    assert code == 0
    return next(word for word in text.split() if word.startswith("parlour_"))


async def send(server: ServerProcess, key: str, room: str, body: Any, **options: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    url = f"{server.url}/api/rooms/{room}/entries"
    options = options or {"json": body}
    return await http_json("POST", url, headers=headers, **options)


def failure(answer: tuple[int, Any]) -> tuple[int, str, str | None]:
    status, body = answer
    assert body.keys() == {"error"}, body
    return (status, *error_of(body["error"]))


# ── plain routes ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_health_readiness_and_metrics_are_there(server: ServerProcess) -> None:
    assert (await http_json("GET", f"{server.url}/healthz"))[0] == 200
    assert (await http_json("GET", f"{server.url}/readyz"))[0] == 200
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/metrics") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        assert "# TYPE parlour_connections gauge" in await answer.text()


async def test_kinds_come_with_their_schemas(server: ServerProcess) -> None:
    status, answer = await http_json("GET", f"{server.url}/api/kinds")
    assert status == 200
    kinds = answer["kinds"]
    kinds = {kind["kind"]: kind for kind in kinds} if isinstance(kinds, list) else kinds
    assert {"chat", "tic-tac-toe"} <= kinds.keys()
    told = json.dumps(kinds["tic-tac-toe"])
    assert '"place"' in told
    assert '"cell"' in told


async def test_machine_readable_descriptions_are_there(server: ServerProcess) -> None:
    _, openapi = await http_json("GET", f"{server.url}/api/openapi.json")
    assert openapi["openapi"].startswith("3.")
    for path in ("/api/rooms", "/api/rooms/{room}", "/api/rooms/{room}/entries", "/api/rooms/{room}/transcript"):
        assert path in openapi["paths"], path
    _, asyncapi = await http_json("GET", f"{server.url}/api/asyncapi.json")
    assert asyncapi["asyncapi"].startswith("3.")
    assert "room:post" in json.dumps(asyncapi)


async def test_rooms_are_read_over_http_as_on_the_socket(enter: Enter, server: ServerProcess) -> None:
    ann = await enter("ann")
    room = await made(ann, title=fresh("numbat"))
    for n in range(4):
        await said(ann, room, str(n))
    _, listed = await http_json("GET", f"{server.url}/api/rooms", params={"query": "numbat", "kind": "chat"})
    assert listed.keys() == {"rooms", "cursor"}
    assert [one["id"] for one in listed["rooms"]] == [room]
    status, one = await http_json("GET", f"{server.url}/api/rooms/{room}")
    assert (status, one["room"]["id"], one["room"].keys() <= ROOM_KEYS) == (200, room, True)
    _, page = await http_json("GET", f"{server.url}/api/rooms/{room}/entries?after=2&limit=2")
    assert ([entry["seq"] for entry in page["entries"]], page["more"]) == ([3, 4], True)
    assert all(entry.keys() == ENTRY_KEYS for entry in page["entries"])
    assert page["entries"] == (await done(ann, "room:history", room=room, after=2, limit=2))["entries"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nowhere", 404, "not_found"),
        ("GET", "/nowhere/at/all", 404, "not_found"),
        ("GET", "/parlour/../../etc/passwd", 404, "not_found"),
        ("GET", "/demo/nothing.js", 404, "not_found"),
        ("GET", "/api/rooms/no-such-room", 404, "not_found"),
        ("GET", "/api/rooms/no-such-room/transcript", 404, "not_found"),
        ("GET", "/api/rooms/%00", 404, "not_found"),
        ("GET", "/api/rooms/a%2Fb", 404, "not_found"),
        ("GET", "/api/rooms/" + "x" * 200, 404, "not_found"),
        ("GET", "/api/rooms?limit=x", 400, "invalid"),
        ("GET", "/api/rooms?limit=-1", 400, "invalid"),
        ("GET", "/api/rooms?kind=%00", 400, "invalid"),
        ("GET", "/api/rooms/x/entries?after=1e3", 400, "invalid"),
        ("GET", "/api/rooms/x/entries?limit=0", 400, "invalid"),
        ("GET", "/api/rooms/x/state?at=-1", 400, "invalid"),
        ("GET", "/api/rooms/no-such-room/state?at=1", 404, "not_found"),
        ("DELETE", "/api/rooms", 405, "invalid"),
        ("POST", "/healthz", 405, "invalid"),
        ("POST", "/api/rooms/x/entries", 401, "unauthorized"),
        ("GET", "/api/admin/overview", 401, "unauthorized"),
    ],
)
async def test_every_http_error_is_json(server: ServerProcess, method: str, path: str, status: int, code: str) -> None:
    answer = await http_json(method, server.url + path)
    assert failure(answer)[:2] == (status, code)


async def test_wrong_token_is_unauthorized_even_where_guests_read(server: ServerProcess) -> None:
    for token in ("nonsense", "parlour_nonsense"):
        headers = {"Authorization": f"Bearer {token}"}
        answer = await http_json("GET", f"{server.url}/api/rooms", headers=headers)
        assert failure(answer)[:2] == (401, "unauthorized")


async def test_body_over_the_limit_is_413_in_json(enter: Enter, server: ServerProcess, key: str) -> None:
    room = await made(await enter("ann"))
    for size in (40_000, 100_000, 3_000_000):
        body = {"id": "big", "type": "app.x", "body": {"t": "x" * size}}
        assert failure(await send(server, key, room, body))[:2] == (413, "too_large"), size


# ── API keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_backend_posts_as_its_app(enter: Enter, server: ServerProcess, key: str) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    entry = {"id": "order-1", "type": "app.order", "body": {"total": "12"}}
    status, receipt = await send(server, key, room, entry)
    assert (status, receipt["ok"], receipt["seq"]) == (200, True, 2)
    await until(lambda: heard(ann, "entry"))
    assert heard(ann, "entry")[0]["author"] == "app:shop"
    assert (await send(server, key, room, entry))[1]["duplicate"] is True
    assert failure(await send(server, key, room, {**entry, "body": {}}))[:2] == (409, "conflict")
    assert (await send(server, key, room, {"id": "m", "type": "chat.message", "body": {"text": "shipped"}}))[0] == 200


async def test_key_writes_no_entry_of_the_servers(enter: Enter, server: ServerProcess, key: str) -> None:
    room = await made(await enter("ann"))
    for type in ("room.closed", "member.role", "game.ended", "chain.event", "wallet.balance", "market.trade"):
        answer = await send(server, key, room, {"id": type, "type": type, "body": {}})
        assert failure(answer)[:2] == (403, "forbidden"), type


@pytest.mark.parametrize(
    "options",
    [
        {"data": b""},
        {"data": b"{"},
        {"data": b"[]"},
        {"data": b"\xff"},
        {"data": b'{"id":"a","type":"app.x","body":NaN}'},
        {"data": b"[" * 5000},
        {"json": {}},
        {"json": {"id": "a", "type": "app.x"}},
        {"json": {"id": "", "type": "app.x", "body": {}}},
        {"json": {"id": "server:1", "type": "app.x", "body": {}}},
        {"json": {"id": "a", "type": "app.x", "body": "text"}},
        {"json": {"id": "a", "type": "app.x", "body": {"é": 1}}},
        {"json": {"id": "a", "type": "app.x", "body": {"t": "\x00"}}},
        {"json": {"id": "a\x00", "type": "app.x", "body": {}}},
        {"json": {"id": "a", "type": "app.x", "body": {"n": 2**60}}},
        {"json": {"id": "a", "type": "chat.message", "body": {"text": ""}}},
        {"json": {"id": "a", "type": "app.x", "body": {}, "sig": "0x12"}},
    ],
)
async def test_malformed_post_is_invalid(
    enter: Enter, server: ServerProcess, key: str, options: dict[str, Any]
) -> None:
    room = await made(await enter("ann"))
    assert failure(await send(server, key, room, None, **options))[:2] == (400, "invalid")


async def test_scopes_and_moderation_bind_a_key_too(enter: Enter, server: ServerProcess, key: str) -> None:
    ann = await enter("ann")
    room = await made(ann)
    entry = {"id": "x", "type": "app.x", "body": {}}
    reader = await mint(server, fresh("reader"), "rooms:read")
    assert failure(await send(server, reader, room, entry))[:2] == (403, "forbidden")
    async with aiohttp.ClientSession() as http:
        token = (await sign_in(http, server.url, wallet("ann")))["token"]
    assert failure(await send(server, token, room, entry))[:2] == (401, "unauthorized"), "people post on the socket"
    assert failure(await send(server, key, "no-such-room", entry))[:2] == (404, "not_found")
    await done(ann, "room:close", room=room)
    assert failure(await send(server, key, room, entry))[:2] == (409, "closed")


# ── the transcript, verified by nobody's code but this ───────────────────────────────────────────────────────────────


async def transcript(server: ServerProcess, room: str) -> list[dict[str, Any]]:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/api/rooms/{room}/transcript") as answer:
        assert answer.status == 200
        assert answer.content_type == "application/x-ndjson"
        return [json.loads(line) for line in (await answer.text()).split("\n") if line]


def digest(data: bytes) -> str:
    return "0x" + sha256(data).hexdigest()


def body_bytes(body: Any) -> bytes:
    if isinstance(body, dict) and body.keys() == {"b64"}:
        return base64.b64decode(body["b64"])
    return bytes(rfc8785.dumps(body))


def check_chain(room: str, epochs: list[dict[str, Any]], entries: list[dict[str, Any]]) -> str:
    """Protocol section 6, step by step; the last hash."""
    previous = bytes(32)
    for seq, entry in enumerate(entries, start=1):
        assert (entry["seq"], entry["room"]) == (seq, room)
        epoch = [one["epoch"] for one in epochs if one["from"] <= seq][-1]
        if entry.get("redacted"):
            body_hash = entry["bodyHash"]
            assert "salt" not in entry
        else:
            salt = bytes.fromhex(entry["salt"][2:])
            assert len(salt) == 16
            body_hash = digest(salt + body_bytes(entry["body"]))
            assert entry.get("bodyHash", body_hash) == body_hash
        nine = {key: entry[key] for key in ("room", "seq", "id", "type", "author", "at")}
        nine |= {"epoch": epoch, "body": body_hash, "sig": entry.get("sig")}
        assert entry["hash"] == digest(previous + rfc8785.dumps(nine)), seq
        previous = bytes.fromhex(entry["hash"][2:])
    return "0x" + previous.hex()


def check_signed(signed: dict[str, Any]) -> tuple[str, int, str]:
    """What the server's own key stands for: `(room, seq, hash)`."""
    claim = {key: signed[key] for key in ("room", "epoch", "seq", "hash")}
    assert signed.keys() == claim.keys() | {"by", "sig"}
    assert Account.recover_message(encode_defunct(rfc8785.dumps(claim)), signature=signed["sig"]) == signed["by"]
    return claim["room"], claim["seq"], claim["hash"]


async def test_transcript_is_verified_offline(enter: Enter, server: ServerProcess, key: str) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann, title="Zeugnis")
    joined = await done(ann, "room:join", room=room)
    first = await said(ann, room, "kept ☀️")
    gone = (await said(bea, room, "to be erased"))["seq"]
    await done(bea, "room:post", **post(room, "chat.edit", {"of": gone, "text": "erased as well"}))
    await done(bea, "room:post", **post(room, "chat.delete", {"of": gone}))
    await done(ann, "room:post", **post(room, "app.numbers", {"b": 0.1, "a": 1e21, "z": [-1.5e-7, 2**53 - 1], "A": {}}))
    await done(ann, "room:post", **post(room, "app.bytes", b"\x00\xff"))
    await done(ann, "room:post", **{**post(room, "app.unusual", {}), "id": "id é 🦊 \u2028"})
    await send(server, key, room, {"id": "k", "type": "app.order", "body": {}})
    await done(ann, "room:moderate", room=room, account=wallet("cid").address, action="mute", reason="…")
    end = await done(ann, "room:join", room=room)

    head, *middle, last = await transcript(server, room)
    assert head.keys() == {"room", "epochs", "head", "protocol"}
    assert (head["room"], head["head"], head["protocol"]) == (room, end["head"], 1)
    assert head["epochs"] == [{"epoch": joined["epoch"], "from": 1}]
    assert all(line.keys() == {"entry"} for line in middle)
    entries = [line["entry"] for line in middle]
    assert check_chain(room, head["epochs"], entries) == end["hash"]
    assert entries[first["seq"] - 1]["hash"] == first["hash"]
    erased = [entry["seq"] for entry in entries if entry.get("redacted") == "erased"]
    assert erased == [gone, gone + 1]
    assert "erased as well" not in json.dumps(entries)

    assert last.keys() == {"signed"}
    assert last["signed"]["epoch"] == joined["epoch"]
    assert check_signed(last["signed"]) == (room, end["head"], end["hash"])

    forged = [dict(entry) for entry in entries]
    forged[1]["body"] = {"text": "forged"}
    with pytest.raises(AssertionError):
        check_chain(room, head["epochs"], forged)


async def test_log_of_a_ticking_game_is_whole_in_its_transcript(enter: Enter, server: ServerProcess) -> None:
    ann = await enter("ann")
    room = await made(ann, "arena", options={"bots": 1})
    await done(ann, "room:join", room=room)
    for dx in (1, -1):
        ack = await done(
            ann, "room:post", **post(room, "game.action", {"action": "steer", "args": {"dx": dx, "dy": 0}})
        )
    first, *lines, last = await transcript(server, room)
    entries = [line["entry"] for line in lines]
    assert check_chain(room, first["epochs"], entries) == last["signed"]["hash"]
    assert entries[ack["seq"] - 1]["type"] == "game.tick"
    assert entries[ack["seq"] - 1]["hash"] == ack["hash"]


async def test_game_is_in_its_transcript_and_the_servers_key_stays_the_same(
    enter: Enter, server: ServerProcess
) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann, "tic-tac-toe")
    for client in (ann, bea):
        await done(client, "room:join", room=room)
    first, *lines, _ = await transcript(server, room)
    check_chain(room, first["epochs"], [line["entry"] for line in lines])
    assert [line["entry"]["type"] for line in lines if line["entry"].get("redacted") == "hidden"] == ["game.seed"]
    for client, cell in ((ann, 0), (bea, 3), (ann, 1), (bea, 4), (ann, 2)):
        action = {"action": "place", "args": {"cell": cell}}
        await done(client, "room:post", **post(room, "game.action", action))
    first, *lines, last = await transcript(server, room)
    entries = [line["entry"] for line in lines]
    check_chain(room, first["epochs"], entries)
    *before, ended = entries
    assert ended["type"] == "game.ended"
    assert check_signed(ended["body"]["signed"]) == (room, ended["seq"] - 1, before[-1]["hash"])
    again = await transcript(server, await made(ann))
    assert again[-1]["signed"]["by"] == last["signed"]["by"] == ended["body"]["signed"]["by"]


@pytest.mark.long
async def test_transcript_of_a_restored_database_tells_its_epochs(tmp_path: Any) -> None:
    """`parlour restore` gives every room a new epoch, and no client recovers from the old one."""
    backup = tmp_path / "parlour.backup"
    async with ServerProcess() as server, aiohttp.ClientSession() as http:
        session = await sign_in(http, server.url, wallet("ann"))
        async with PythonClient(["websocket"]) as ann:
            await ann.connect(server.url, session["token"])
            room = await made(ann)
            await said(ann, room, "before")
            before = await done(ann, "room:join", room=room)
        await _parlour("backup", str(backup), "--database-url", server.database_url)
        await server.stop()
        for file in server.folder.glob("parlour.db*"):
            file.unlink()
        await _parlour("restore", str(backup), "--database-url", server.database_url)
        await server.start()
        session = await sign_in(http, server.url, wallet("ann"))
        async with PythonClient(["websocket"]) as ann:
            await ann.connect(server.url, session["token"])
            since = {"epoch": before["epoch"], "seq": before["head"], "hash": before["hash"]}
            after = await done(ann, "room:join", room=room, since=since)
            assert (after["recovered"], after["epoch"] != before["epoch"]) == (False, True)
            await said(ann, room, "after")
        headers = {"Authorization": f"Bearer {session['token']}"}
        async with http.get(f"{server.url}/api/rooms/{room}/transcript", headers=headers) as answer:
            head, *lines, last = [json.loads(line) for line in (await answer.text()).split("\n") if line]
        assert [one["from"] for one in head["epochs"]] == [1, before["head"] + 1]
        assert last["signed"]["epoch"] == after["epoch"]
        check_chain(room, head["epochs"], [line["entry"] for line in lines])


async def _parlour(*arguments: str) -> None:
    assert (await parlour(*arguments))[0] == 0, arguments


async def test_what_this_version_does_not_serve_is_refused_as_invalid(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    for event, data in [
        ("room:configure", {"room": room, "gate": {"any": []}, "title": "x"}),
        ("room:create", {"kind": "market"}),
        ("room:create", {"kind": "chat", "gate": {"any": [{"chain": 1}]}}),
    ]:
        assert (await refused(ann, event, **data))[0] == "invalid", (event, data)
