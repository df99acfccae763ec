"""HTTP long polling: GET, POST, their bodies and their limits."""

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import pytest

from tests.adapters.engine.lab import (
    CALM,
    EchoHandlers,
    Lab,
    running,
)

PINGED = (200, "2")


async def test_post_is_answered_ok_and_poll_fetches_the_replies(lab: Lab) -> None:
    async with lab.polling() as poller:
        assert await poller.post("40") == (200, "ok")
        status, body = await poller.get()
        assert status == 200
        assert body.startswith("40{")
        assert body.split("\x1e")[1] == '42["auth",{}]'
        assert await poller.post('42["message","one"]\x1e42["message","two"]') == (200, "ok")
        assert await poller.get() == (200, '42["message-back","one"]\x1e42["message-back","two"]')


async def test_attachment_on_polling_is_base64(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        assert (await poller.post('451-["message",{"_placeholder":true,"num":0}]\x1ebAQIDBA=='))[0] == 200
        status, body = await poller.get()
    assert (status, body) == (200, '451-["message-back",{"_placeholder":true,"num":0}]\x1ebAQIDBA==')
    assert lab.handlers.events == [("message", [b"\x01\x02\x03\x04"])]


@pytest.mark.parametrize("body", ["abc", "", "4", "0", "2", "5", "b!!!", "40\x1eabc", "4\x1e", b"\xff"])
async def test_malformed_payload_is_400_and_ends_the_session(lab: Lab, body: str | bytes) -> None:
    async with lab.polling() as poller:
        status, _ = await poller.post(body)
        assert status == 400
        assert (await poller.get())[0] == 400


async def test_second_poll_is_400_and_ends_the_session(lab: Lab) -> None:
    async with lab.polling() as poller:
        first = asyncio.ensure_future(poller.get())
        await asyncio.sleep(0.05)
        assert (await poller.get())[0] == 400
        assert await first == (200, "1")
        assert (await poller.get())[0] == 400


async def test_second_post_is_400_and_ends_the_session(lab: Lab) -> None:
    lab.handlers.gate = asyncio.Event()
    async with lab.polling() as poller:
        first = asyncio.ensure_future(poller.post('40\x1e42["message","x"]'))
        await asyncio.sleep(0.05)
        assert (await poller.post('42["message","y"]'))[0] == 400
        lab.handlers.gate.set()
        assert (await first)[0] == 400
        assert (await poller.get())[0] in (200, 400)
    assert lab.handlers.events == []


async def test_cancelled_poll_ends_the_session(lab: Lab) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(poller.get(), 0.1)
        assert await lab.handlers.until_gone() == ["transport close"], "with the next packet, which nobody fetches"
        assert (await poller.get())[0] == 400


async def test_close_packet_by_post_ends_the_session(lab: Lab) -> None:
    answer = PINGED
    while answer == PINGED:  # a ping may end the poll before the session is closed
        async with lab.polling() as poller:
            poll = asyncio.ensure_future(poller.get())
            await asyncio.sleep(0.05)
            assert await poller.post("1") == (200, "ok")
            answer = await poll
            assert (await poller.get())[0] == 400
    assert answer == (200, "6")


async def test_poll_whose_answer_is_never_read_is_dropped() -> None:
    async with running() as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        await poller.post('421["beyond",20000000]')
        others = len(lab.http.connections)
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port, limit=1_000)
        writer.write(f"GET /socket.io/?EIO=4&transport=polling&sid={poller.sid} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        async with asyncio.timeout(60):
            while len(lab.http.connections) <= others:
                await asyncio.sleep(0.01)
            while len(lab.http.connections) > others:
                await asyncio.sleep(0.01)
        read = 0
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 20):
                read += len(data)
        assert read < 20_000_000
        writer.close()


async def test_post_waits_while_too_many_requests_are_unanswered() -> None:
    acks: list[Callable[[Any], None]] = []

    class Keeping(EchoHandlers):
        def event(self, connection: Any, name: str, args: list[Any], ack: Any) -> None:
            acks.append(ack)

    async with running(Keeping(), limits=dataclasses.replace(CALM, outstanding=5)) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        post = asyncio.ensure_future(poller.post("\x1e".join(f'42{number}["post"]' for number in range(50))))
        async with asyncio.timeout(60):
            while len(acks) < 5:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert (len(acks), post.done()) == (5, False)
        answered = 0
        while answered < 50:
            for ack in acks[answered:]:
                ack(answered)
                answered += 1
            await asyncio.sleep(0)
        assert await post == (200, "ok")
        got = ""
        while got.count("43") < 50:
            got += (await poller.get())[1]


@pytest.mark.parametrize("pieces", [1, 2, 50])
async def test_body_in_pieces_is_read_whole(pieces: int) -> None:
    body = b"\x1e".join(b'42["message","%s"]' % (b"x" * 1_000) for _ in range(50))
    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        _, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        writer.write(
            f"POST /socket.io/?EIO=4&transport=polling&sid={poller.sid} HTTP/1.1\r\nHost: x\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        step = -(-len(body) // pieces)
        for at in range(0, len(body), step):
            writer.write(body[at : at + step])
            await asyncio.sleep(0.002)
        async with asyncio.timeout(60):
            while len(lab.handlers.events) < 50:
                await asyncio.sleep(0.01)
        writer.close()


async def test_chunked_body_is_read_like_any_other() -> None:
    async def chunks() -> Any:
        for number in range(20):
            yield (b"\x1e" if number else b"") + b'42["message",%d]' % number
            await asyncio.sleep(0.001)

    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        assert await poller.post(chunks()) == (200, "ok")
        assert [args[0] for _, args in lab.handlers.events] == list(range(20))


async def test_body_over_the_limit_is_413_and_a_compressed_one_400() -> None:
    async with running(limits=CALM) as lab:
        async with lab.polling() as poller:
            assert (await poller.post("4" * (CALM.body_bytes + 1)))[0] == 413
            assert (await poller.get())[0] == 400
        async with lab.polling() as poller:
            assert (await poller.post(b"40", headers={"Content-Encoding": "gzip"}))[0] == 400


async def test_body_that_takes_too_long_is_408() -> None:
    async with running(limits=dataclasses.replace(CALM, handshake_timeout=0.2)) as lab, lab.polling() as poller:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        writer.write(
            f"POST /socket.io/?EIO=4&transport=polling&sid={poller.sid} HTTP/1.1\r\nHost: x\r\n"
            "Content-Length: 100\r\n\r\n40".encode()
        )
        assert b" 408 " in await asyncio.wait_for(reader.readline(), 60)
        writer.close()


@pytest.mark.parametrize("head", ["Content-Length: 100\r\n\r\n42", "Transfer-Encoding: chunked\r\n\r\n5\r\n42"])
async def test_body_that_is_cut_off_ends_the_session_quietly(head: str, caplog: pytest.LogCaptureFixture) -> None:
    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        _, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        query, before = f"EIO=4&transport=polling&sid={poller.sid}", lab.engine.stats.bytes_in
        writer.write(f"POST /socket.io/?{query} HTTP/1.1\r\nHost: x\r\n{head}".encode())
        async with asyncio.timeout(60):
            while lab.engine.stats.bytes_in == before:
                await asyncio.sleep(0.005)
        writer.close()
        assert await lab.handlers.until_gone() == ["parse error"]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
