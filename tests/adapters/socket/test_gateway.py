"""Every request gets one ack, in its client's order, however much is asked at once."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio
from structlog.testing import capture_logs

from parlour.app import Server
from parlour.errors import NO_SUCH_ROOM_SECONDS
from parlour.settings import Settings
from tests.adapters.socket.town import (
    Town,
    acks_of,
    at_once,
    new_id,
    raw_member,
    say,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


def bad_post(**changed: Any) -> dict[str, Any]:
    return {"room": "public", "id": new_id(), "type": "chat.message", "body": {"text": "x"}, **changed}


NONSENSE: tuple[tuple[str, Any, str], ...] = (
    ("room:shout", {}, "invalid"),
    ("room:post", None, "invalid"),
    ("room:post", "text", "invalid"),
    ("room:post", {"room": "public"}, "invalid"),
    *(("room:post", bad_post(id=id_), "invalid") for id_ in ("", "a\x00b", "x" * 65, "server:1", 5)),
    *(("room:post", bad_post(type=type_), "invalid") for type_ in ("", "app.\x00", "chat.shout", "x" * 65)),
    *(("room:post", bad_post(type=type_), "forbidden") for type_ in ("member.role", "room.closed", "game.ended")),
    ("room:post", bad_post(type="chat.reaction", body={"of": 2**60, "emoji": "👍", "on": True}), "not_found"),
    ("room:post", bad_post(body=[1]), "invalid"),
    ("room:post", bad_post(body={"text": "x\x00"}), "invalid"),
    ("room:post", bad_post(body={"text": "x" * 40_000}), "too_large"),
    ("room:post", bad_post(room="../x"), "not_found"),
    ("room:join", {"room": "public", "since": {"epoch": "e"}}, "invalid"),
    ("room:join", {"room": "public", "limit": -1}, "invalid"),
    ("room:history", {"room": "public", "before": "5"}, "invalid"),
    ("room:moderate", {"room": "public", "account": "bob", "action": "ban"}, "invalid"),
    ("room:create", {"kind": "nonsense"}, "invalid"),
    ("room:create", {"kind": "chat", "id": "dm:1"}, "forbidden"),
    ("room:create", {"kind": "chat", "id": "a b"}, "invalid"),
    ("room:create", {"kind": "chat", "title": "x" * 200}, "invalid"),
)


@pytest.mark.parametrize(("event", "data", "code"), NONSENSE)
async def test_what_makes_no_sense_is_answered_with_a_code(town: Town, event: str, data: Any, code: str) -> None:
    answer = await town.member.socket.call(event, data, timeout=60)
    assert (answer["ok"], answer["error"]["code"]) == (False, code)
    assert (await say(town.member, "public", "still here"))["ok"]


async def test_client_that_does_not_wait_is_served_in_its_own_order(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="in-order")
    guest = await town.enter("fast")
    acks: list[Any] = []
    await guest.socket.emit("room:join", {"room": "in-order"}, callback=lambda a: acks.append(("join", a["head"])))
    for number in range(50):
        post = {"room": "in-order", "id": str(number), "type": "chat.message", "body": {"text": str(number)}}
        await guest.socket.emit("room:post", post, callback=lambda a: acks.append(a["seq"]))
    await until(lambda: len(acks) == 51)
    assert acks == [("join", 1), *range(2, 52)]
    assert [entry["body"]["text"] for entry in guest.events("entry", "in-order")] == [str(n) for n in range(50)]
    await guest.socket.disconnect()


async def test_burst_without_callbacks_is_applied_whole(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="no-callbacks")
    posts = [{"room": "no-callbacks", "id": f"p{n}", "type": "app.x", "body": {}} for n in range(600)]
    async with raw_member(town) as (socket, _):
        socket.writer.write(at_once([("room:post", post) for post in posts], callbacks=False))
        socket.send('427["room:presence",{"room":"no-callbacks"}]')
        await acks_of(socket, 1)
    assert (await town.owner.ask("room:join", "no-callbacks"))["head"] == 601


async def test_many_joins_at_once_are_answered_whole_however_slowly_they_are_read(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="heavy")
    for n in range(40):
        assert (await town.owner.ask("room:post", "heavy", id=str(n), type="app.x", body={"v": "x" * 30_000}))["ok"]
    async with raw_member(town) as (socket, client):
        socket.writer.transport.pause_reading()  # type: ignore[attr-defined]
        socket.writer.write(at_once([("room:join", {"room": "heavy", "limit": 100})] * 20))
        await until(lambda: client.connection.congested)
        await asyncio.sleep(0.3)  # for as much more as the server is ready to say
        socket.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert [len(ack["entries"]) for ack in await acks_of(socket, 20)] == [41] * 20


async def test_connections_are_described_page_by_page_and_found_by_a_text(town: Town) -> None:
    gateway = town.server.parts.sockets.gateway
    whole, end = gateway.page("", None, 100)
    assert (len(whole), end) == (gateway.count(), None)
    paged: list[str] = []
    before: int | None = None
    while True:
        page, before = gateway.page("", before, 3)
        paged += [each["id"] for each in page]
        if before is None:
            break
    assert paged == [each["id"] for each in whole]
    owner = town.people["owner"].account
    found, _ = gateway.page(owner.lower(), None, 100)
    assert {each["account"] for each in found} == {owner}
    assert gateway.page("no such text", None, 100) == ([], None)


async def outstanding_while_asking(town: Town) -> set[int]:
    """Ask for 50 pages at once; every count of what was under way meanwhile."""
    async with raw_member(town) as (socket, client):
        socket.writer.write(at_once([("room:history", {"room": "public"})] * 50))
        acks, seen = asyncio.ensure_future(acks_of(socket, 50)), set()
        while not acks.done():
            seen.add(client.outstanding)
            await asyncio.sleep(0)
        assert len(await acks) == 50
    return seen


async def test_four_large_answers_of_one_client_are_under_way_at_most(town: Town) -> None:
    assert max(await outstanding_while_asking(town)) == 256


async def test_how_many_large_answers_are_under_way_is_a_setting(tmp_path: Path) -> None:
    settings = Settings(
        host="127.0.0.1", port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db", chains=[],
        large_outstanding=1,
    )  # fmt: skip
    server = await Server.build(settings)
    await server.start()
    async with aiohttp.ClientSession() as http:
        town = Town(server, http)
        town.people["member"] = await town.enter("member")
        await town.member.ask("room:create", kind="chat", id="public")
        assert await outstanding_while_asking(town) == {0, 256}
        await town.member.socket.disconnect()
    await server.stop()


@pytest.mark.parametrize(
    ("body", "size", "code"),
    [
        ('{"a":{"_placeholder":true,"num":0}}', 1, "invalid"),
        ('[[{"_placeholder":true,"num":0}]]', 1, "invalid"),
        ('{"_placeholder":true,"num":0}', 16_384, None),
        ('{"_placeholder":true,"num":0}', 16_385, "too_large"),
    ],
)
async def test_signal_is_json_or_bytes_and_small(town: Town, body: str, size: int, code: str | None) -> None:
    async with raw_member(town) as (socket, _):
        socket.send('420["room:join",{"room":"public"}]')
        await acks_of(socket, 1)
        socket.send(f'451-1["room:signal",{{"room":"public","type":"app.x","body":{body}}}]')
        socket.send(b"x" * size)
        while not (text := await socket.text()).startswith("431["):
            pass
    assert json.loads(text[3:])[0].get("error", {}).get("code") == code


async def test_creating_the_same_room_again_answers_the_room(town: Town) -> None:
    asked = {"kind": "chat", "id": "twice", "title": "Twice"}
    first, again = await town.owner.ask("room:create", **asked), await town.owner.ask("room:create", **asked)
    assert again == {**first, "duplicate": True}
    await town.owner.ask("room:configure", "twice", title="Renamed")
    assert (await town.owner.ask("room:create", **asked))["duplicate"] is True
    assert (await town.member.ask("room:create", **asked))["error"]["code"] == "conflict"
    assert (await town.owner.ask("room:create", **{**asked, "title": "Other"}))["error"]["code"] == "conflict"
    assert (await town.owner.ask("room:create", **{**asked, "id": "TWICE"}))["duplicate"] is True


async def test_invitation_lets_one_account_in(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="invited", visibility="private")
    answer = await town.owner.ask("room:invite", "invited", account=town.stranger.account.lower())
    await until(lambda: town.stranger.events("notice", "invited"))
    notice = town.stranger.events("notice", "invited")[0]
    assert (notice["type"], notice["from"], notice["invite"]) == ("invitation", town.owner.account, answer["invite"])
    assert (await town.member.ask("room:join", "invited", invite=answer["invite"]))["error"]["code"] == "not_found"
    assert (await town.stranger.ask("room:join", "invited", invite=answer["invite"]))["role"] == "member"
    assert (await say(town.stranger, "invited", "thanks"))["ok"]
    mine = (await town.stranger.ask("room:list", mine=True))["rooms"]
    assert "invited" in {room["id"] for room in mine}


async def test_backend_posts_with_its_key_and_no_further(town: Town) -> None:
    text, _ = await town.server.parts.identity.keys.mint("backend", ["entries:post"])
    headers = {"Authorization": f"Bearer {text}"}

    async def post(type_: str, room: str = "public", id_: str = "k1") -> tuple[int, Any]:
        body = {"id": id_, "type": type_, "body": {"text": "from the backend"}}
        async with town.http.post(f"{town.server.url}/api/rooms/{room}/entries", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    status, first = await post("chat.message")
    assert (status, first["ok"]) == (200, True)
    assert (await post("chat.message"))[1]["duplicate"] is True
    entry = (await town.member.ask("room:history", "public", after=first["seq"] - 1, limit=1))["entries"][0]
    assert entry["author"] == "app:backend"
    assert (await post("member.role", id_="k2"))[0] == 403
    assert (await post("chat.message", "nowhere", "k3"))[0] == 404


async def test_request_with_an_id_can_be_sent_again(town: Town) -> None:
    await town.owner.ask("room:create", kind="chat", id="again")
    asked = {"account": town.stranger.account, "action": "mute", "id": "m1"}
    first = await town.owner.ask("room:moderate", "again", **asked)
    second = await town.owner.ask("room:moderate", "again", **asked)
    assert (second["seq"], second["duplicate"]) == (first["seq"], True)
    assert (await town.owner.ask("room:close", "again", id="c1"))["ok"]
    assert (await town.owner.ask("room:close", "again", id="c1"))["duplicate"] is True


async def test_socket_is_told_to_retry_when_session_store_is_down(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(
        host="127.0.0.1", port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db", guests=True, chains=[]
    )
    server = await Server.build(settings)
    await server.start()
    with closing(sqlite3.connect(tmp_path / "parlour.db")) as database:
        database.execute("ALTER TABLE session RENAME TO elsewhere")
        socket = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        with capture_logs() as lines, pytest.raises(socketio.exceptions.ConnectionError) as told:
            await socket.connect(server.url, auth={"token": "nobody-knows"}, transports=["websocket"])
        assert "unauthorized" not in str(told.value)
        assert [line["event"] for line in lines].count("gateway.sign_in_unavailable") == 1
        assert not [line for line in lines if line["log_level"] == "error"]
        assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
        database.execute("ALTER TABLE elsewhere RENAME TO session")
    await server.stop()


async def test_unknown_requests_leave_no_label_in_the_metrics(town: Town) -> None:
    telemetry = town.server.parts.process.telemetry
    await town.guest.ask("room:never-there")
    before = len(telemetry.text().splitlines())
    for number in range(200):
        answer = await town.guest.ask(f"room:stranger-{number}")
        assert answer["error"]["code"] == "invalid"
    text = telemetry.text().decode()
    assert "stranger" not in text
    assert len(text.splitlines()) == before


@pytest.mark.parametrize("room", ["private", "no-such-room"])
async def test_private_room_is_not_told_from_none_by_answer_or_time(town: Town, room: str) -> None:
    loop = asyncio.get_running_loop()
    for asked in ({"event": "room:join"}, {"event": "room:history"}, {"event": "room:presence"}):
        began = loop.time()
        answer = await town.stranger.ask(asked["event"], room)
        assert loop.time() - began >= NO_SUCH_ROOM_SECONDS
        assert answer["error"] == {"code": "not_found", "message": "There is no such room.", "retryable": False}
    began = loop.time()
    status, body = await town.stranger.get(f"/api/rooms/{room}")
    assert loop.time() - began >= NO_SUCH_ROOM_SECONDS
    assert (status, json.loads(body)["error"]["message"]) == (404, "There is no such room.")


async def test_banned_account_is_told_of_a_private_room_what_a_stranger_is(town: Town) -> None:
    answer = await town.banned.ask("room:join", "private")
    assert answer["error"] == {"code": "not_found", "message": "There is no such room.", "retryable": False}
