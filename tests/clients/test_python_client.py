"""The Python client's connection and requests, against a small server that drops, refuses and forgets."""

from __future__ import annotations

import asyncio

import pytest

from parlour_client import ConnectionLost, Illegal, NotFound, Position, SignInRefused, Unauthorized
from tests.clients.fake_server import FakeServer
from tests.clients.kit import ADDRESS, KEY, connect, read, until

# ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_client_with_a_key_signs_in_and_is_welcomed(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        assert parlour.account == ADDRESS


async def test_client_without_a_key_is_a_guest(server: FakeServer) -> None:
    async with connect(server.url) as parlour:
        assert parlour.account == ""
    assert server.seen["nonce"] == 0


async def test_refused_sign_in_says_which_rule_failed(server: FakeServer) -> None:
    server.refuse["verify"] = [{"code": "domain", "message": "Another domain.", "retryable": False}]
    with pytest.raises(SignInRefused) as refused:
        async with connect(server.url, KEY):
            pass
    assert refused.value.code == "domain"


async def test_sign_in_with_a_lost_nonce_asks_for_another_once(server: FakeServer) -> None:
    server.refuse["verify"] = [{"code": "nonce", "message": "Unknown nonce.", "retryable": False}]
    async with connect(server.url, KEY) as parlour:
        assert parlour.account == ADDRESS
    assert server.seen["nonce"] == 2


async def test_token_near_its_end_is_refreshed_before_the_next_socket(server: FakeServer) -> None:
    server.token_life_ms = 60_000
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.cut()
        await until(lambda: server.seen["refresh"])
        await room.say("still signed in")
    assert server.seen["nonce"] == 1


async def test_forgotten_session_is_replaced_by_a_new_sign_in(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.tokens.clear()
        server.cut()
        await room.say("new session")
    assert server.seen["nonce"] == 2


async def test_connect_without_a_server_raises_connection_lost() -> None:
    with pytest.raises(ConnectionLost):
        async with connect("http://127.0.0.1:9", KEY, timeout=0.3):
            pass


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_post_is_acknowledged_with_its_number_and_heard(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        posted = await room.post("gm")
        assert (posted.seq, posted.duplicate) == (2, False)
        assert await read(room, 1) == ["gm"]
        assert room.position == Position(server.rooms["lobby"].epoch, 2, posted.hash)


async def test_post_with_a_lost_ack_is_sent_again_under_its_id(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.swallow["room:post"] = 1
        posted = await room.say("once")
        assert posted.duplicate
        assert await read(room, 1) == ["once"]
    assert [e["body"].get("text") for e in server.rooms["lobby"].entries[1:]] == ["once"]


async def test_posts_in_flight_keep_their_order_over_a_reconnect(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.cut()
        words = [str(n) for n in range(40)]
        await asyncio.gather(*(room.say(word) for word in words))
        assert await read(room, 40) == words


async def test_retryable_refusal_is_tried_again(server: FakeServer) -> None:
    busy = {"code": "unavailable", "message": "Busy.", "retryable": True, "retryAfter": 20}
    server.refuse["room:post"] = [dict(busy), dict(busy)]
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        assert (await room.say("third time")).seq == 2
    assert server.seen["room:post"] == 3


async def test_lasting_refusal_is_a_typed_error_with_its_reason(server: FakeServer) -> None:
    server.refuse["room:post"] = [
        {"code": "illegal", "reason": "cell_taken", "message": "Refused.", "retryable": False, "details": {"cell": 4}}
    ]
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        with pytest.raises(Illegal) as refused:
            await room.act("place", cell=4)
        assert (refused.value.reason, refused.value.details) == ("cell_taken", {"cell": 4})
    assert server.seen["room:post"] == 1


async def test_join_of_an_absent_room_raises_not_found(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour:
        with pytest.raises(NotFound):
            async with parlour.join("nowhere"):
                pass


async def test_signal_with_a_lost_ack_is_not_sent_again(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        server.swallow["room:signal"] = 1
        with pytest.raises(ConnectionLost):
            await room.signal("typing", {"on": True})
    assert len(server.signals) == 1


# ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_draining_server_is_left_alone_as_long_as_it_asks(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.sio.emit("closing", {"reason": "draining", "reconnect": True, "retryAfter": 400})
        await asyncio.sleep(0.05)
        server.cut()
        started = asyncio.get_running_loop().time()
        await room.say("back")
        assert asyncio.get_running_loop().time() - started >= 0.35


async def test_revoked_session_ends_everything(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.sio.emit("closing", {"reason": "revoked", "reconnect": False})
        await asyncio.sleep(0.05)
        server.cut()
        with pytest.raises(Unauthorized):
            await anext(room)
        with pytest.raises(Unauthorized):
            await room.say("nobody listens")


async def test_expired_session_signs_in_again_and_goes_on(server: FakeServer) -> None:
    async with connect(server.url, KEY) as parlour, parlour.join("lobby") as room:
        await server.sio.emit("closing", {"reason": "expired", "reconnect": False})
        await asyncio.sleep(0.05)
        server.cut()
        await room.say("signed in anew")
        assert server.seen["nonce"] == 2
