"""The host's own code in rooms: rights, limits and ids hold; it hears what was stored, and may refuse posts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour import Caller, Entry, Parlour, Post, Reject, Room
from parlour.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    OverQuota,
    ParlourError,
    RateLimited,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from parlour.testing.processes import free_port
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, fresh, post, refused
from tests.e2e.stock import PythonClient, until
from tests.embedding.kit import database, in_aiohttp

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANN, BEN = Caller(wallet("ann").address), Caller(wallet("ben").address)
HI = ("chat.message", {"text": "hi"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parlour(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Parlour]:
    """A Parlour below `/rooms/` of an aiohttp application."""
    port = free_port()
    limits: dict[str, Any] = {"rooms_owned": 20, "http_per_minute": 60, "http_burst": 60, "body_bytes": 4096}
    url = f"http://127.0.0.1:{port}/rooms/"
    parlour = Parlour(url=url, database_url=database(tmp_path_factory.mktemp("embedding")), **limits)
    async with in_aiohttp(parlour, port):
        yield parlour


# ── rights, limits and ids ───────────────────────────────────────────────────────────────────────────────────────────


async def test_host_writes_in_its_own_name_and_reads_what_it_wrote(parlour: Parlour) -> None:
    room = await parlour.rooms.create("chat", fresh(), title="Lobby")
    receipt = await room.post(*HI)
    page = await room.history(limit=1)
    told = [(entry["seq"], entry["author"], entry["body"]) for entry in page["entries"]]
    assert told == [(receipt["seq"], "app:host", {"text": "hi"})]
    assert room.id in [each["id"] for each in (await parlour.rooms.list(query="Lobby"))["rooms"]]


async def test_callers_have_their_own_rights_alone(parlour: Parlour) -> None:
    private = await parlour.rooms.create("chat", fresh(), caller=ANN, visibility="private")
    with pytest.raises(NotFound):
        await parlour.rooms.get(private.id, caller=BEN)
    public = await parlour.rooms.create("chat", fresh(), caller=ANN)
    seen = await parlour.rooms.get(public.id, caller=BEN)
    await seen.post(*HI)
    with pytest.raises(Forbidden):
        await seen.close()
    await public.close("done")
    with pytest.raises(Exception, match="closed"):
        await seen.post(*HI)


async def test_guest_never_writes_in_the_servers_name(parlour: Parlour) -> None:
    room = await parlour.rooms.create("chat", fresh())
    as_guest = await parlour.rooms.get(room.id, caller=Caller())
    for attempt in (as_guest.post(*HI), as_guest.close(), parlour.rooms.create("chat", caller=Caller())):
        with pytest.raises(Unauthorized):
            await attempt


async def test_id_that_comes_again_is_a_duplicate_or_a_conflict(parlour: Parlour) -> None:
    room = await parlour.rooms.create("chat", fresh())
    assert (await parlour.rooms.create("chat", room.id)).id == room.id
    first = await room.post(*HI, id="once")
    assert await room.post(*HI, id="once") == {**first, "duplicate": True}
    with pytest.raises(Conflict):
        await room.post("chat.message", {"text": "another"}, id="once")


async def test_limits_and_models_hold_for_the_hosts_calls(parlour: Parlour) -> None:
    room = await parlour.rooms.create("chat", fresh())
    for wrong in ({"kind": "chat", "id": "a b"}, {"kind": "chess-boxing"}, {"kind": "chat", "gate": {"x": 1}}):
        with pytest.raises(Invalid):
            await parlour.rooms.create(**wrong)
    with pytest.raises(TooLarge):
        await room.post("app.big", {"text": "x" * 5000})
    with pytest.raises(Invalid):
        await room.history(limit=0)
    rooms = [parlour.rooms.create("chat", fresh(), caller=BEN) for _ in range(21)]
    with pytest.raises(OverQuota):
        await asyncio.gather(*rooms)
    lists = [parlour.rooms.list(caller=Caller(wallet("busy").address)) for _ in range(61)]
    with pytest.raises(RateLimited):
        await asyncio.gather(*lists)


async def test_token_of_a_session_gives_its_account(parlour: Parlour) -> None:
    async with aiohttp.ClientSession() as http:
        token = (await sign_in(http, parlour.address.origin + "/rooms", wallet("ann")))["token"]
    assert await parlour.authenticate(token) == ANN
    with pytest.raises(Unauthorized):
        await parlour.authenticate("nonsense")


async def test_parlour_that_does_not_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not running"):
        await Parlour(url="http://localhost/", database_url=database(tmp_path)).rooms.get("lobby")


# ── functions that rooms call ────────────────────────────────────────────────────────────────────────────────────────


async def test_function_hears_stored_entries_in_order_and_may_answer(parlour: Parlour) -> None:
    seen: list[tuple[str, int]] = []

    @parlour.on("app.ping")
    async def answer(room: Room, entry: Entry) -> None:
        await asyncio.sleep(0)
        seen.append((room.id, entry.seq))
        await room.post("app.pong", {"to": entry.seq})

    room = await parlour.rooms.create("chat", fresh(), caller=ANN)
    receipts = await asyncio.gather(*(room.post("app.ping", {"n": n}) for n in range(20)))
    await until(lambda: len(seen) == 20)
    assert seen == sorted((room.id, receipt["seq"]) for receipt in receipts)
    pongs = [e for e in (await room.history(limit=100))["entries"] if e["type"] == "app.pong"]
    assert [pong["body"]["to"] for pong in pongs] == [seq for _, seq in seen][: len(pongs)]


async def test_function_hears_the_first_entry_of_a_room(parlour: Parlour) -> None:
    created: list[str] = []
    parlour.on("room.created")(lambda room, entry: created.append(f"{room.id} {entry.seq}"))
    room = await parlour.rooms.create("chat", fresh())
    await until(lambda: created == [f"{room.id} 1"])


async def test_function_that_raises_costs_nobody_anything(parlour: Parlour) -> None:
    heard: list[int] = []

    @parlour.on("app.odd")
    def fail(room: Room, entry: Entry) -> None:
        raise RuntimeError("on purpose")

    parlour.on("app.odd")(lambda room, entry: heard.append(entry.seq))
    room = await parlour.rooms.create("chat", fresh())
    seqs = [(await room.post("app.odd", {}))["seq"] for _ in range(3)]
    await until(lambda: heard == seqs)


async def test_check_refuses_a_post_on_every_path_and_nothing_is_stored(parlour: Parlour) -> None:
    @parlour.before("app.vote")
    def check(room: Room, post: Post) -> None:
        if post.body == {"for": "nobody"}:
            raise Reject("no_such_choice")

    room = await parlour.rooms.create("chat", fresh())
    with pytest.raises(Reject) as refusal:
        await room.post("app.vote", {"for": "nobody"})
    assert refusal.value.reason == "no_such_choice"
    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as client:
        token = (await sign_in(http, parlour.address.origin + "/rooms", wallet("ann")))["token"]
        await client.connect(parlour.address.origin, token, socketio_path="/rooms/socket.io")
        vote = post(room.id, "app.vote", {"for": "nobody"})
        assert await refused(client, "room:post", **vote) == ("illegal", "no_such_choice")
        await done(client, "room:post", **post(room.id, "app.vote", {"for": "ann"}))
    assert [e["type"] for e in (await room.history())["entries"]] == ["room.created", "app.vote"]


async def test_check_is_not_asked_again_about_a_post_that_was_stored(parlour: Parlour) -> None:
    asked = 0

    @parlour.before("app.once")
    def check(room: Room, post: Post) -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise Reject("too_late")

    room = await parlour.rooms.create("chat", fresh())
    first = await room.post("app.once", {}, id="x")
    assert await room.post("app.once", {}, id="x") == {**first, "duplicate": True}


async def test_oldest_entries_are_skipped_where_a_function_is_stuck(tmp_path: Path) -> None:
    goes_on, heard = asyncio.Event(), list[int]()
    parlour = Parlour(url="http://localhost/", database_url=database(tmp_path), handler_entries=3)

    @parlour.on("app.x")
    async def slow(room: Room, entry: Entry) -> None:
        await goes_on.wait()
        heard.append(entry.seq)

    async with parlour:
        room = await parlour.rooms.create("chat", fresh())
        for _ in range(8):
            await room.post("app.x", {})
        goes_on.set()
    assert heard == [2, 7, 8, 9], "the stop waits for them"


async def test_functions_are_called_in_sealed_rooms_where_they_ask_for_it(parlour: Parlour) -> None:
    met: list[tuple[str, str]] = []
    for asked in (False, True):
        name = "asked" if asked else "plain"
        parlour.on("app.secret", sealed=asked)(lambda room, entry, name=name: met.append((f"on {name}", room.id)))
        parlour.before("app.secret", sealed=asked)(lambda room, post, name=name: met.append((name, room.id)))

    @parlour.before("app.shout", sealed=True)
    def no_shouting(room: Room, post: Post) -> None:
        raise Reject("shouting")

    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as client:
        tokens = [
            (await sign_in(http, parlour.address.origin + "/rooms", wallet(who)))["token"] for who in ("ann", "ben")
        ]
        await client.connect(parlour.address.origin, tokens[0], socketio_path="/rooms/socket.io")
        direct = (await done(client, "dm:open", accounts=[BEN.account]))["room"]["id"]
        own = (await done(client, "room:join", room=f"wallet:{ANN.account}"))["room"]["id"]
        public = (await done(client, "room:create", kind="chat"))["room"]["id"]
        for room in (direct, own, public):
            await done(client, "room:post", **post(room, "app.secret", {}))
            assert await refused(client, "room:post", **post(room, "app.shout", {})) == ("illegal", "shouting")
    everywhere = [(how, room) for room in (direct, own, public) for how in ("asked", "on asked")]
    expected = sorted([*everywhere, ("plain", public), ("on plain", public)])
    await until(lambda: len(met) >= len(expected))
    assert sorted(met) == expected


async def test_host_hears_a_sealed_room_and_has_no_right_in_it(parlour: Parlour) -> None:
    refusals: list[str] = []

    @parlour.on("app.aside", sealed=True)
    async def pry(room: Room, entry: Entry) -> None:
        for attempt in (room.post(*HI), room.history(), room.close()):
            try:
                await attempt
            except ParlourError as refusal:
                refusals.append(refusal.code)

    async with aiohttp.ClientSession() as http, PythonClient(["websocket"]) as client:
        token = (await sign_in(http, parlour.address.origin + "/rooms", wallet("ann")))["token"]
        await client.connect(parlour.address.origin, token, socketio_path="/rooms/socket.io")
        own = (await done(client, "room:join", room=f"wallet:{ANN.account}"))["room"]["id"]
        await done(client, "room:post", **post(own, "app.aside", {}))
    await until(lambda: len(refusals) == 3)
    assert refusals == ["not_found"] * 3
