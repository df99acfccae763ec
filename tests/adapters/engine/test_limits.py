"""What one client may cost: sizes, queues, silence, floods, and who may knock at all."""

import asyncio
import contextlib
import dataclasses
import json
import logging
import resource
import select
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import aiohttp
import pytest

from parlour.adapters.engine import Engine, EngineConnection
from parlour.adapters.engine.admission import AdmissionPolicy, Refused, RequestHead
from parlour.adapters.http.access_log import LINE
from tests.adapters.engine.lab import PING, QUICK, TEXT, EchoHandlers, RawSocket, client_frame, running
from tests.bounds import engine_limits

CALM = engine_limits(close_timeout=0.5)


def stop_reading(socket: RawSocket) -> None:
    socket.writer.transport.pause_reading()  # type: ignore[attr-defined]


async def flooded(connection: EngineConnection, engine: Engine, *, ticks: int, size: int, **options: Any) -> None:
    frame = engine.frame("big", "x" * size)
    for _ in range(ticks):
        connection.write(frame, **options)
        await asyncio.sleep(0)


# --- slow readers


async def test_a_slow_reader_is_cut_at_its_limit_and_nobody_else_notices(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running(limits=CALM) as lab, lab.client() as slow, lab.client() as fine:
        stop_reading(slow)
        connection, other = lab.handlers.connected
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await flooded(connection, lab.engine, ticks=4_000, size=10_000)
        assert lab.engine.stats.slow == 1
        assert await lab.handlers.until_gone() == ["slow"]
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB; 40 MB were offered
        lab.handlers.say(other, "hello", 1)
        assert await fine.text() == '42["hello",1]'
        await asyncio.sleep(CALM.close_timeout + 0.3)
        assert len(lab.engine.sessions) == 1, "aborted although it never read"
        hung_up = select.poll()
        hung_up.register(slow.writer.get_extra_info("socket").fileno(), 0)
        assert hung_up.poll(1_000), "the peer hears of it although it has not read what came before"
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await slow.closed() == 0
    assert sum("too slowly" in record.message for record in caplog.records) == 1


async def test_what_a_client_does_not_read_waits_where_the_limit_counts_it() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        (connection,) = lab.handlers.connected
        frame, offered = lab.engine.frame("big", "x" * 10_000), 0
        while not lab.engine.stats.slow:
            connection.write(frame)
            offered += frame.size
            await asyncio.sleep(0)
        assert offered < 2 * CALM.send_queue_bytes, "the kernel took megabytes that nobody counts"


async def test_whoever_writes_to_a_slow_reader_is_not_called_back_meanwhile() -> None:
    """A room tells one connection after the other; one that is cut must not leave it in the middle of that."""
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        connection, frame = lab.handlers.connected[0], lab.engine.frame("big", "x" * 10_000)
        for _ in range(4_000):
            connection.write(frame)
        assert lab.handlers.gone == []
        assert await lab.handlers.until_gone() == ["slow"]
        assert lab.engine.stats.slow == 1


async def test_a_slow_reader_that_wakes_up_in_time_hears_why() -> None:
    async with running(limits=dataclasses.replace(CALM, close_timeout=5.0)) as lab, lab.client() as slow:
        stop_reading(slow)
        connection = lab.handlers.connected[0]
        await flooded(connection, lab.engine, ticks=2_000, size=10_000)
        assert await lab.handlers.until_gone() == ["slow"]
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        last = ""
        while (message := await slow.message())[0] == TEXT:
            last = str(message[1])
        assert last == '42["closing",{"reason":"slow","reconnect":true}]'
        assert message[1] != b"", "a close frame ends it"


async def test_volatile_frames_are_dropped_first() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        connection = lab.handlers.connected[0]
        await flooded(connection, lab.engine, ticks=3_000, size=10_000, volatile=True)
        assert lab.engine.stats.dropped > 1_000
        assert lab.engine.stats.slow == 0
        lab.handlers.say(connection, "kept", 1)
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        while (message := await slow.text()) != '42["kept",1]':
            assert message.startswith('42["big"')


async def test_a_poller_that_does_not_come_is_cut_and_hears_why() -> None:
    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        await flooded(lab.handlers.connected[0], lab.engine, ticks=200, size=10_000)
        assert await lab.handlers.until_gone() == ["slow"]
        assert await poller.get() == (200, '42["closing",{"reason":"slow","reconnect":true}]')
        assert (await poller.get())[0] == 400


async def test_a_poller_that_never_reads_its_answer_is_dropped_with_what_it_owes() -> None:
    async with running() as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        await poller.post('421["beyond",20000000]')
        others = len(lab.http.connections)
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port, limit=1_000)
        writer.write(f"GET /socket.io/?EIO=4&transport=polling&sid={poller.sid} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        async with asyncio.timeout(20):
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


async def test_a_flood_of_pings_that_nobody_reads_the_answers_of_is_cut() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        flood = client_frame(PING, b"x" * 125) * 500
        async with asyncio.timeout(10):
            while not lab.handlers.gone:
                slow.writer.write(flood)
                await asyncio.sleep(0)
        assert await lab.handlers.until_gone() == ["slow"]


async def test_a_join_answer_is_let_through_and_the_allowance_ends_with_it() -> None:
    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        connection = lab.handlers.connected[0]
        await poller.post('421["beyond",3000000]')
        assert len((await poller.get())[1]) > 3_000_000
        lab.handlers.say(connection, "again", "x" * 3_000_000)
        assert await lab.handlers.until_gone() == ["slow"]


async def test_an_allowance_holds_on_websocket_while_it_is_read() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        connection = lab.handlers.connected[0]
        for number in range(3):
            slow.send(f'42{number}["beyond",4000000]')
        async with asyncio.timeout(5):
            while not connection.congested:
                await asyncio.sleep(0.005)
        assert lab.handlers.gone == []
        slow.send('42["message","waits"]')
        await asyncio.sleep(0.05)
        assert ("message", ["waits"]) not in lab.handlers.events, "a client that does not read is not read"
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        for _ in range(3):
            assert len(await slow.text()) > 4_000_000
        assert await slow.text() == '42["message-back","waits"]'


async def test_an_allowance_is_for_all_that_waits_and_not_only_for_what_the_transport_has() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        connection = lab.handlers.connected[0]
        slow.send('420["beyond",8000000]')
        await until(lambda: connection.congested)
        slow.send('421["beyond",8000000]')
        await until(lambda: len(lab.handlers.events) == 2)
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert (await slow.text()).startswith("430[")
        for number in range(3):
            lab.handlers.say(connection, "between", "x" * 100_000)
            await asyncio.sleep(0.01 * number)
        assert (await slow.text()).startswith("431[")
        assert [(await slow.text())[:12] for _ in range(3)] == ['42["between"'] * 3


async def test_an_allowance_outlives_what_leaves_before_it_in_the_same_tick() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        connection = lab.handlers.connected[0]
        asked = ('420["other",1]', '421["beyond",20000000]')
        slow.writer.write(b"".join(client_frame(TEXT, text.encode()) for text in asked))
        await until(lambda: connection.congested)
        await asyncio.sleep(0)
        lab.handlers.say(connection, "after", "x" * 100_000)
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert [(await slow.text())[:11] for _ in range(3)] == ["430[1]", '431["xxxxxx', '42["after",']


async def test_allowances_do_not_add_up_while_something_always_waits() -> None:
    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        connection = lab.handlers.connected[0]
        lab.handlers.say(connection, "left", 1)
        for _ in range(20):  # a poll fetches sixteen packets, which leaves one each time
            await poller.post('421["beyond",900000]')
            for number in range(15):
                lab.handlers.say(connection, "n", number)
            assert len((await poller.get())[1]) > 900_000
        await flooded(connection, lab.engine, ticks=500, size=10_000)
        assert await lab.handlers.until_gone() == ["slow"]


async def test_whoever_read_a_large_answer_is_heard_again_though_others_never_stop_talking() -> None:
    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        connection = lab.handlers.connected[0]
        lab.handlers.say(connection, "left", 1)
        await poller.post('421["beyond",2000000]')
        post = asyncio.ensure_future(poller.post('42["other",1]'))
        async with asyncio.timeout(5):
            while not post.done():
                for number in range(16):
                    lab.handlers.say(connection, "n", number)
                await poller.get()
        assert not lab.engine.sessions[poller.sid].send_queue.empty
        assert await post == (200, "ok")


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)


# --- what comes in


async def test_requests_without_an_answer_stop_the_reading_and_lose_nothing() -> None:
    acks: list[Callable[[Any], None]] = []
    most, answered = 0, 0

    class Keeping(EchoHandlers):
        def event(self, connection: Any, name: str, args: list[Any], ack: Any) -> None:
            nonlocal most
            acks.append(ack)
            most = max(most, len(acks) - answered)

    async with running(Keeping(), limits=dataclasses.replace(CALM, outstanding=10)) as lab, lab.client() as socket:
        sent = (f'42{number}["post",{number}]' for number in range(1_000))
        socket.writer.write(b"".join(client_frame(TEXT, text.encode()) for text in sent))
        await asyncio.sleep(0.1)
        assert len(acks) == 10
        while answered < 1_000:
            answered += 1
            acks[answered - 1](answered - 1)
            await asyncio.sleep(0)
        for number in range(1_000):
            assert await socket.text() == f"43{number}[{number}]"
    assert most == 10


async def test_an_ack_never_brings_the_next_event_while_it_is_being_called() -> None:
    """Who acknowledges is in the middle of something, and must not be asked for more there."""
    acks: list[Callable[[Any], None]] = []

    class Keeping(EchoHandlers):
        def event(self, connection: Any, name: str, args: list[Any], ack: Any) -> None:
            acks.append(ack)

    async with running(Keeping(), limits=dataclasses.replace(CALM, outstanding=1)) as lab, lab.client() as socket:
        socket.send('421["post"]')
        socket.send('422["post"]')
        await asyncio.sleep(0.05)
        acks[0](1)
        assert len(acks) == 1
        await asyncio.sleep(0.05)
        assert len(acks) == 2


async def test_what_a_held_client_goes_on_sending_stays_in_its_own_kernel() -> None:
    class Silent(EchoHandlers):
        def event(self, connection: Any, name: str, args: list[Any], ack: Any) -> None: ...

    async with running(Silent(), limits=dataclasses.replace(CALM, outstanding=1)) as lab, lab.client() as socket:
        for number in range(300):
            socket.send(f'42{number}["post","{"x" * 60_000}"]')
        await asyncio.sleep(0.3)
        assert socket.writer.transport.get_write_buffer_size() > 9_000_000  # of 18 MB


async def test_one_outstanding_request_answered_inside_its_handler_does_not_recurse(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with running(limits=dataclasses.replace(CALM, outstanding=1)) as lab, lab.client() as socket:
        sent = (f'42{number}["other",{number}]' for number in range(3_000))
        socket.writer.write(b"".join(client_frame(TEXT, text.encode()) for text in sent))
        for number in range(3_000):
            assert await socket.text() == f"43{number}[{number}]"
    assert caplog.records == []


async def test_a_polling_body_waits_where_too_many_requests_are_open() -> None:
    acks: list[Callable[[Any], None]] = []

    class Keeping(EchoHandlers):
        def event(self, connection: Any, name: str, args: list[Any], ack: Any) -> None:
            acks.append(ack)

    async with running(Keeping(), limits=dataclasses.replace(CALM, outstanding=5)) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        post = asyncio.ensure_future(poller.post("\x1e".join(f'42{number}["post"]' for number in range(50))))
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
async def test_a_polling_body_is_read_whole_however_it_arrives(pieces: int) -> None:
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
        async with asyncio.timeout(5):
            while len(lab.handlers.events) < 50:
                await asyncio.sleep(0.01)
        writer.close()


async def test_a_chunked_body_is_read_like_any_other() -> None:
    async def chunks() -> Any:
        for number in range(20):
            yield (b"\x1e" if number else b"") + b'42["message",%d]' % number
            await asyncio.sleep(0.001)

    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        assert await poller.post(chunks()) == (200, "ok")
        assert [args[0] for _, args in lab.handlers.events] == list(range(20))


async def test_a_body_over_the_limit_is_413_and_a_compressed_one_400() -> None:
    async with running(limits=CALM) as lab:
        async with lab.polling() as poller:
            assert (await poller.post("4" * (CALM.body_bytes + 1)))[0] == 413
            assert (await poller.get())[0] == 400
        async with lab.polling() as poller:
            assert (await poller.post(b"40", headers={"Content-Encoding": "gzip"}))[0] == 400


async def test_a_body_that_takes_too_long_is_408() -> None:
    async with running(limits=dataclasses.replace(CALM, handshake_timeout=0.2)) as lab, lab.polling() as poller:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        writer.write(
            f"POST /socket.io/?EIO=4&transport=polling&sid={poller.sid} HTTP/1.1\r\nHost: x\r\n"
            "Content-Length: 100\r\n\r\n40".encode()
        )
        assert b" 408 " in await asyncio.wait_for(reader.readline(), 3)
        writer.close()


@pytest.mark.parametrize("head", ["Content-Length: 100\r\n\r\n42", "Transfer-Encoding: chunked\r\n\r\n5\r\n42"])
async def test_a_body_that_is_cut_off_ends_the_session_quietly(head: str, caplog: pytest.LogCaptureFixture) -> None:
    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        _, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        query, before = f"EIO=4&transport=polling&sid={poller.sid}", lab.engine.stats.bytes_in
        writer.write(f"POST /socket.io/?{query} HTTP/1.1\r\nHost: x\r\n{head}".encode())
        async with asyncio.timeout(5):
            while lab.engine.stats.bytes_in == before:
                await asyncio.sleep(0.005)
        writer.close()
        assert await lab.handlers.until_gone() == ["parse error"]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_message_over_the_hard_limit_closes_with_1009() -> None:
    async with running(limits=CALM) as lab, lab.client() as socket:
        socket.send("4" + "x" * CALM.frame_bytes)
        assert await socket.closed() == 1009


NASTY: dict[str, Callable[[RawSocket], object]] = {
    "an empty text": lambda socket: socket.send(""),
    "an empty binary": lambda socket: socket.send(b""),
    "a huge message": lambda socket: socket.writer.write(b"\x82\xff" + (1 << 40).to_bytes(8, "big") + b"mask"),
    "a huge control frame": lambda socket: socket.frame(9, b"x" * 126),
    "fragments without end": lambda socket: [socket.frame(0 if n else 2, b"x" * 9_999, final=False) for n in range(40)],
    "a fragment of nothing": lambda socket: socket.frame(0, b"x"),
    "a fragmented ping": lambda socket: socket.frame(9, b"x", final=False),
    "silence, as of a half-open connection": lambda socket: socket.writer.transport.pause_reading(),  # type: ignore[attr-defined]
    "a half-closed connection": lambda socket: socket.writer.write_eof(),
    "a connection reset": lambda socket: socket.writer.transport.abort(),
    "no JSON": lambda socket: socket.send("42[,]"),
}


@pytest.mark.parametrize("what", NASTY)
async def test_every_way_to_be_nasty_ends_and_is_worth_one_line_at_most(
    what: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running() as lab, lab.client() as socket:
        NASTY[what](socket)
        await lab.handlers.until_empty()
        assert len(lab.handlers.gone) == 1
    lines = [record for record in caplog.records if record.levelno >= logging.INFO]
    assert len(lines) <= 1, [record.getMessage() for record in lines]
    assert not any(record.exc_info for record in lines)


async def test_endless_fragments_close_with_1009_and_use_no_memory() -> None:
    async with running(limits=CALM) as lab, lab.client() as socket:
        socket.frame(2, b"", final=False)
        for _ in range(20_000):
            socket.frame(0, b"", final=False)
        for _ in range(100):
            socket.frame(0, b"x" * 4_000, final=False)
        assert await socket.closed() == 1009


async def test_a_document_update_of_256_kb_fits() -> None:
    async with running(limits=CALM) as lab, lab.client() as socket:
        socket.send('451-1["other",{"_placeholder":true,"num":0}]')
        socket.send(b"x" * 262_144)
        assert await socket.text() == '461-1[{"_placeholder":true,"num":0}]'
        assert await socket.message() == (2, b"x" * 262_144)


async def test_an_announcement_of_many_attachments_costs_nothing() -> None:
    async with running(limits=CALM) as lab, lab.client() as socket:
        socket.send('459999999999-["message"]')
        await socket.closed()
        assert await lab.handlers.until_gone() == ["parse error"]


# --- silence


async def test_a_transport_that_never_connects_is_closed() -> None:
    limits = dataclasses.replace(CALM, connect_timeout=0.2)
    async with running(limits=limits) as lab, lab.websocket(greeted=True) as socket, lab.polling() as poller:
        await socket.closed()
        await lab.handlers.until_empty()
        assert (await poller.get())[0] == 400


async def test_nothing_waits_for_a_client_that_has_gone() -> None:
    async with running(limits=CALM) as lab:
        async with lab.client(), lab.client():
            assert (len(lab.engine.table.pings), len(lab.engine.table.connects)) == (2, 2)
        await lab.handlers.until_gone(2)
        assert (len(lab.engine.table.pings), len(lab.engine.table.connects), len(lab.engine.table.pongs)) == (0, 0, 0)


async def test_a_transport_left_without_a_namespace_is_closed() -> None:
    limits = dataclasses.replace(CALM, connect_timeout=0.3)
    async with running(limits=limits) as lab, lab.client() as socket:
        await asyncio.sleep(0.4)
        socket.send("41")
        await lab.handlers.until_gone()
        await socket.closed()
        await lab.handlers.until_empty()


async def test_a_client_that_stays_is_not_closed_by_the_connect_timeout() -> None:
    async with running(limits=dataclasses.replace(CALM, connect_timeout=0.1)) as lab, lab.client() as socket:
        await asyncio.sleep(0.3)
        socket.send('42["message",1]')
        assert await socket.text() == '42["message-back",1]'
        assert lab.handlers.connected[0].headers == {}


async def test_a_stall_of_the_server_disconnects_nobody() -> None:
    limits = dataclasses.replace(CALM, ping_interval=0.2, ping_timeout=0.3)
    async with running(limits=limits) as lab, lab.client() as socket:
        assert (await socket.message())[1] == "2"
        socket.send("3")
        await socket.writer.drain()
        time.sleep(0.9)  # the loop stands still; the answer lies in the kernel
        for _ in range(3):
            assert (await socket.message())[1] == "2"
            socket.send("3")
        assert lab.handlers.gone == []


async def test_a_client_we_do_not_read_is_not_blamed_for_silence() -> None:
    limits = dataclasses.replace(CALM, ping_interval=0.1, ping_timeout=0.1, connect_timeout=5.0)
    async with running(limits=limits) as lab, lab.websocket(greeted=True) as socket:
        lab.handlers.gate = asyncio.Event()
        socket.send("40")
        assert (await socket.message())[1] == "2"
        socket.send("3")
        await asyncio.sleep(0.6)  # the handler still thinks; the answer lies unread
        lab.handlers.gate.set()
        assert (await socket.text()).startswith("40{")


async def test_a_peer_that_never_finishes_closing_is_aborted() -> None:
    async with running(limits=dataclasses.replace(CALM, close_timeout=0.2)) as lab, lab.client() as socket:
        stop_reading(socket)
        lab.handlers.connected[0].close("draining", reconnect=True)
        await lab.handlers.until_empty()


# --- the door


async def test_a_draining_engine_answers_503_with_retry_after() -> None:
    async with running(limits=CALM) as lab, lab.client() as inside:
        lab.engine.refuse(retry_after=2_500)
        async with lab.websocket() as socket:
            assert socket.status == 503
            assert b"Retry-After: 3" in socket.head
        url = f"{lab.url}/socket.io/?EIO=4&transport=polling"
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            assert response.status == 503
            assert response.headers["Retry-After"] == "3"
            assert (await response.json())["error"] == {
                "code": "unavailable",
                "message": "The server is restarting; come back.",
                "retryable": True,
                "retryAfter": 2_500,
            }
        inside.send('42["message","still served"]')
        assert await inside.text() == '42["message-back","still served"]'
        lab.engine.admit()
        async with lab.client():
            pass


async def test_a_full_engine_answers_503_until_there_is_room() -> None:
    async with running(limits=dataclasses.replace(CALM, connections=1)) as lab:
        async with lab.client(), lab.websocket() as second:
            assert second.status == 503
        await lab.handlers.until_gone()
        async with lab.client():
            pass


async def test_handshakes_in_flight_are_bounded() -> None:
    async with running(limits=dataclasses.replace(CALM, connecting=2)) as lab:
        lab.handlers.gate = asyncio.Event()
        async with lab.websocket(greeted=True) as first, lab.websocket(greeted=True) as second:
            first.send("40")
            second.send("40")
            await asyncio.sleep(0.05)
            async with lab.websocket() as third:
                assert third.status == 503
            lab.handlers.gate.set()
            await first.text(), await second.text()
            async with lab.client():
                pass


@pytest.mark.parametrize(
    ("options", "headers", "status"),
    [
        ({}, "", 101),
        ({}, "Origin: http://127.0.0.1:{port}\r\n", 101),
        ({}, "Origin: http://evil.example\r\n", 403),
        ({}, "Origin: null\r\n", 403),
        ({}, "Origin: http://evil.example\r\nX-Forwarded-Host: evil.example\r\n", 403),
        ({"origins": ["https://app.example"]}, "Origin: https://app.example\r\n", 101),
        ({"origins": ["https://app.example"]}, "Origin: https://app.example.evil.example\r\n", 403),
        ({"origins": ["https://app.example"]}, "Origin: http://app.example\r\n", 403),
        ({"origins": ["*"]}, "Origin: https://anybody.example\r\n", 101),
        ({"hosts": ["parlour.example"]}, "Host: parlour.example\r\n", 101),
        ({"hosts": ["parlour.example"]}, "Host: parlour.example:8443\r\n", 101),
        ({"hosts": ["parlour.example"]}, "Host: rebound.example\r\n", 403),
        (
            {"trusted_proxies": ["127.0.0.0/8"]},
            "Origin: https://app.example\r\nX-Forwarded-Host: app.example\r\n",
            101,
        ),
    ],
)
@pytest.mark.parametrize("front", [True, False])
async def test_the_door_reads_host_and_origin(options: dict[str, Any], headers: str, status: int, front: bool) -> None:
    async with running(limits=CALM, front=front, policy=AdmissionPolicy(**options)) as lab:
        async with lab.websocket(headers=headers.format(port=lab.port)) as socket:
            assert socket.status == status
        given = dict(line.split(": ") for line in headers.format(port=lab.port).splitlines())
        url = f"{lab.url}/socket.io/?EIO=4&transport=polling"
        async with aiohttp.ClientSession() as http, http.get(url, headers=given) as response:
            assert response.status == (200 if status == 101 else status)
            allowed = response.headers.get("Access-Control-Allow-Origin")
            assert allowed == (given.get("Origin") if status == 101 else None)
            assert "Access-Control-Allow-Credentials" not in response.headers


async def test_a_preflight_is_answered_for_listed_origins_only() -> None:
    async with (
        running(limits=CALM, policy=AdmissionPolicy(origins=["https://app.example"])) as lab,
        aiohttp.ClientSession() as http,
    ):
        for origin, status in (("https://app.example", 204), ("https://evil.example", 403)):
            async with http.options(
                f"{lab.url}/socket.io/?EIO=4&transport=polling", headers={"Origin": origin}
            ) as response:
                assert response.status == status
                assert ("Access-Control-Allow-Methods" in response.headers) is (status == 204)
        asked = {"Origin": "https://app.example", "Access-Control-Request-Headers": "x-mine, content-type"}
        async with http.options(f"{lab.url}/socket.io/?EIO=4&transport=polling", headers=asked) as response:
            assert response.headers["Access-Control-Allow-Headers"] == "x-mine, content-type"


async def test_a_handshake_is_logged_in_one_line_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log_handshake = partial(logging.getLogger("access").info, LINE)
    policy = AdmissionPolicy(origins=["https://app.example"])
    async with running(limits=CALM, policy=policy, log_handshake=log_handshake) as lab, lab.polling() as poller:
        async with lab.websocket(f"EIO=4&transport=websocket&sid={poller.sid}"):
            pass
        async with lab.websocket(headers="Origin: https://evil.example\r\n"):
            pass
        lines = [record.getMessage() for record in caplog.records if record.name == "access"]
    assert lines == ['127.0.0.1 "GET /socket.io/" 101', '127.0.0.1 "GET /socket.io/" 403']


def test_every_origin_together_with_credentials_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="credentials"):
        AdmissionPolicy(origins=["*"], credentials=True)


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "remote"),
    [
        ([], "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4, 10.0.0.9", "1.2.3.4"),
        (["10.0.0.0/8"], "10.0.0.1", "nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "nonsense, 10.0.0.9", "10.0.0.9"),
        (["10.0.0.0/8"], "9.9.9.9", "1.2.3.4", "9.9.9.9"),
        (["::1/128"], "::1", "2001:db8::1", "2001:db8::1"),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", "1.2.3.4, ::ffff:10.0.0.9", "1.2.3.4"),
    ],
)
def test_only_trusted_proxies_name_the_client(proxies: list[str], peer: str, forwarded: str, remote: str) -> None:
    door = AdmissionPolicy(origins=None, hosts=None, trusted_proxies=proxies)
    headers = {"host": "x", **({"x-forwarded-for": forwarded} if forwarded else {})}
    assert door.remote(RequestHead("GET", "/", {}, headers, peer)) == remote


def test_a_refusal_reads_like_every_other_error() -> None:
    door = AdmissionPolicy(origins=[], hosts=None, trusted_proxies=[])
    with pytest.raises(Refused) as caught:
        door.check(RequestHead("GET", "/", {}, {"host": "x", "origin": "http://x"}, ""))
    assert (caught.value.status, caught.value.body()["error"]["code"]) == (403, "forbidden")
    json.dumps(caught.value.body())


async def test_the_default_limits_are_those_of_the_protocol() -> None:
    limits = engine_limits()
    assert (limits.message_bytes, limits.attachment_bytes, limits.send_queue_bytes) == (65_536, 262_144, 1 << 20)
    assert (limits.outstanding, limits.attachments, limits.json_depth, limits.json_keys) == (256, 10, 32, 1_000)
    assert (limits.connect_timeout, limits.ping_interval, limits.ping_timeout) == (10.0, 25.0, 20.0)
    assert QUICK.connect_timeout < limits.connect_timeout
