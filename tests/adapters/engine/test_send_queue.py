"""What waits for a slow reader: limits, dropped frames, allowances, and one write for each turn."""

import asyncio
import dataclasses
import logging
import resource
import select

import pytest

from tests.adapters.engine.lab import (
    CALM,
    PING,
    TEXT,
    Lab,
    client_frame,
    running,
)
from tests.adapters.engine.slow_client import flooded, stop_reading, until


async def test_frames_of_one_turn_leave_in_one_write(lab: Lab) -> None:
    async with lab.client() as socket:
        for number in range(8):
            lab.handlers.say(lab.handlers.connected[0], "n", number)
        data = await socket.reader.read(65_536)
        assert data.count(b'42["n"') == 8


async def test_slow_reader_at_its_limit_is_cut_and_nobody_else_notices(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running(limits=CALM) as lab, lab.client() as slow, lab.client() as fine:
        stop_reading(slow)
        connection, other = lab.handlers.connected
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await flooded(connection, lab.engine, turns=4_000, size=10_000)
        assert lab.engine.stats.slow == 1
        assert await lab.handlers.until_gone() == ["slow"]
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KiB; 40 MB were offered
        lab.handlers.say(other, "hello", 1)
        assert await fine.text() == '42["hello",1]'
        await asyncio.sleep(CALM.close_timeout + 0.3)
        assert len(lab.engine.sessions) == 1, "the session is aborted although the client never read"
        hung_up = select.poll()
        hung_up.register(slow.writer.get_extra_info("socket").fileno(), 0)
        assert hung_up.poll(1_000), "the reset arrives although earlier bytes are unread"
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await slow.closed() == 0
    assert sum("too slowly" in record.message for record in caplog.records) == 1


async def test_unread_bytes_wait_where_the_limit_counts_them() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        (connection,) = lab.handlers.connected
        frame, offered = lab.engine.frame("big", "x" * 10_000), 0
        while not lab.engine.stats.slow:
            connection.write(frame)
            offered += frame.size
            await asyncio.sleep(0)
        assert offered < 2 * CALM.send_queue_bytes, "the kernel took megabytes that no limit counts"


async def test_writing_to_a_slow_reader_calls_nobody_back() -> None:
    """A room writes to its connections in a loop; a handler called inside could change its members."""
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        connection, frame = lab.handlers.connected[0], lab.engine.frame("big", "x" * 10_000)
        for _ in range(4_000):
            connection.write(frame)
        assert lab.handlers.gone == []
        assert await lab.handlers.until_gone() == ["slow"]
        assert lab.engine.stats.slow == 1


async def test_slow_reader_that_reads_in_time_receives_closing() -> None:
    async with running(limits=dataclasses.replace(CALM, close_timeout=5.0)) as lab, lab.client() as slow:
        stop_reading(slow)
        connection = lab.handlers.connected[0]
        await flooded(connection, lab.engine, turns=2_000, size=10_000)
        assert await lab.handlers.until_gone() == ["slow"]
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        last = ""
        while (message := await slow.message())[0] == TEXT:
            last = str(message[1])
        assert last == '42["closing",{"reason":"slow","reconnect":true}]'
        assert message[1] != b"", "the socket ends with a close frame"


async def test_volatile_frames_to_a_slow_reader_are_dropped_first() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        connection = lab.handlers.connected[0]
        await flooded(connection, lab.engine, turns=3_000, size=10_000, volatile=True)
        assert lab.engine.stats.dropped > 1_000
        assert lab.engine.stats.slow == 0
        lab.handlers.say(connection, "kept", 1)
        slow.writer.transport.resume_reading()  # type: ignore[attr-defined]
        while (message := await slow.text()) != '42["kept",1]':
            assert message.startswith('42["big"')


async def test_poller_that_does_not_come_is_cut_and_fetches_closing() -> None:
    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        await flooded(lab.handlers.connected[0], lab.engine, turns=200, size=10_000)
        assert await lab.handlers.until_gone() == ["slow"]
        assert await poller.get() == (200, '42["closing",{"reason":"slow","reconnect":true}]')
        assert (await poller.get())[0] == 400


async def test_flood_of_pings_with_unread_pongs_is_cut() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        flood = client_frame(PING, b"x" * 125) * 500
        async with asyncio.timeout(60):
            while not lab.handlers.gone:
                slow.writer.write(flood)
                await asyncio.sleep(0)
        assert await lab.handlers.until_gone() == ["slow"]


async def test_allowance_ends_with_the_answer_it_was_for() -> None:
    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        connection = lab.handlers.connected[0]
        await poller.post('421["beyond",3000000]')
        assert len((await poller.get())[1]) > 3_000_000
        lab.handlers.say(connection, "again", "x" * 3_000_000)
        assert await lab.handlers.until_gone() == ["slow"]


async def test_allowance_holds_while_its_answer_is_read() -> None:
    async with running(limits=CALM) as lab, lab.client() as slow:
        stop_reading(slow)
        connection = lab.handlers.connected[0]
        for number in range(3):
            slow.send(f'42{number}["beyond",4000000]')
        async with asyncio.timeout(60):
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


async def test_allowance_covers_queued_frames_too() -> None:
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


async def test_allowance_outlives_frames_sent_before_it_in_the_same_turn() -> None:
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


async def test_allowances_do_not_add_up_in_a_busy_room() -> None:
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
        await flooded(connection, lab.engine, turns=500, size=10_000)
        assert await lab.handlers.until_gone() == ["slow"]


async def test_client_that_read_its_answer_is_read_again_in_a_busy_room() -> None:
    async with running(limits=CALM) as lab, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        connection = lab.handlers.connected[0]
        lab.handlers.say(connection, "left", 1)
        await poller.post('421["beyond",2000000]')
        post = asyncio.ensure_future(poller.post('42["other",1]'))
        async with asyncio.timeout(60):
            while not post.done():
                for number in range(16):
                    lab.handlers.say(connection, "n", number)
                await poller.get()
        assert not lab.engine.sessions[poller.sid].send_queue.empty
        assert await post == (200, "ok")
