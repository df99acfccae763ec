"""Events, acks and ends of Socket.IO v5, with raw sockets."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import pytest

from parlour.adapters.engine import encode
from tests.adapters.engine.lab import (
    BINARY,
    EchoHandlers,
    Lab,
    running,
)
from tests.bounds import engine_limits


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with running(limits=engine_limits()) as lab:
        yield lab


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ('42["message",1,"2",{"3":[true]}]', '42["message-back",[1,"2",{"3":[true]}]]'),
        ('42["message","héé €😀"]', '42["message-back","héé €😀"]'),
        ('42456["other",1]', "43456[1]"),
        ('420["other",null]', "430[null]"),
        ('42/custom,7["other","x"]', '43/custom,7["x"]'),
    ],
)
async def test_event_reaches_its_handler_and_is_answered(lab: Lab, sent: str, answered: str) -> None:
    async with lab.client() as socket:
        socket.send("40/custom")
        await socket.text(), await socket.text()
        socket.send(sent)
        assert await socket.text() == answered


async def test_attachments_go_both_ways(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
        socket.send(b"\x01\x02\x03")
        socket.send(b"\x04\x05\x06")
        assert await socket.text() == (
            '452-["message-back",[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]]'
        )
        assert [await socket.message(), await socket.message()] == [
            (BINARY, b"\x01\x02\x03"),
            (BINARY, b"\x04\x05\x06"),
        ]
        socket.send('451-9["other",{"_placeholder":true,"num":0}]')
        socket.send(b"ack")
        assert await socket.text() == '461-9[{"_placeholder":true,"num":0}]'
        assert await socket.message() == (BINARY, b"ack")


async def test_events_of_one_client_are_handled_in_order(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.writer.write(b"")
        for number in range(500):
            socket.send(f'42["other",{number}]')
        socket.send('421["other"]')
        assert await socket.text() == "431[null]"
    assert [args for name, args in lab.handlers.events if args] == [[number] for number in range(500)]


@pytest.mark.parametrize(
    "packet",
    [
        "42{}",
        "42[]",
        "42[null]",
        '42abc["message",1]',
        '42["connect",{}]',
        '42["disconnect"]',
        '42["newListener",1]',
        '42["message",nan]',
        '4511-["message"]',
        '451-["message",{"_placeholder":true,"num":5}]',
        "44{}",
        "40[]",
        "41[]",
    ],
)
async def test_malformed_packet_closes_quietly(lab: Lab, packet: str, caplog: pytest.LogCaptureFixture) -> None:
    async with lab.client() as socket:
        socket.send(packet)
        socket.send(b"x")
        await socket.closed()
    assert await lab.handlers.until_gone() == ["parse error"]
    assert lab.handlers.events == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_text_between_attachments_closes(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
        socket.send(b"one")
        socket.send('42["message",1]')
        await socket.closed()
    assert lab.handlers.events == []


async def test_handler_that_raises_still_answers(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    async with lab.client() as socket:
        socket.send('423["raise"]')
        answer = json.loads((await socket.text())[3:])[0]
        assert (answer["ok"], answer["error"]["code"]) == (False, "internal")
        socket.send('424["other"]')
        assert await socket.text() == "434[null]"
    assert sum(record.levelno >= logging.ERROR for record in caplog.records) == 1


async def test_refused_json_of_stock_clients_is_answered(lab: Lab) -> None:
    async with lab.client() as socket:
        for number, what in enumerate((r'"\ud83d"', "NaN", '{"n":-Infinity}', "1e999", "[" * 2_000 + "]" * 2_000)):
            socket.send(f'42{number}["message",{what}]')
            answer = await socket.text()
            assert answer.startswith(f"43{number}[")
            assert json.loads(answer[3:])[0]["error"]["code"] == "invalid"
        socket.send('425["message","a\\u0000b"]')
        assert json.loads((await socket.text())[3:])[0]["error"]["code"] == "invalid"
        socket.send('426["message","' + "x" * 70_000 + '"]')
        assert json.loads((await socket.text())[3:])[0]["error"]["code"] == "too_large"
        socket.send('42["message","still here"]')
        assert await socket.text() == '42["message-back","still here"]'
    assert lab.handlers.events == [("message", ["still here"])]


async def test_ack_called_twice_is_sent_once(lab: Lab) -> None:
    acks = []

    class Keeping(EchoHandlers):
        def event(self, connection, name, args, ack) -> None:  # type: ignore[no-untyped-def]
            acks.append(ack)

    async with running(Keeping(), limits=engine_limits()) as lab, lab.client() as socket:
        socket.send('421["later"]')
        socket.send('422["later"]')
        while len(acks) < 2:
            await asyncio.sleep(0.005)
        acks[1]("second")
        acks[0]("first")
        acks[0]("again")
        assert [await socket.text(), await socket.text()] == ['432["second"]', '431["first"]']
        with pytest.raises(TimeoutError):
            await socket.message(0.1)


class Framing(EchoHandlers):
    """Joins frames, and answers an event with two events and its ack."""

    async def connect(self, connection, auth) -> None:  # type: ignore[no-untyped-def]
        await super().connect(connection, auth)
        connection.join_frames()

    def event(self, connection, name, args, ack) -> None:  # type: ignore[no-untyped-def]
        connection.write(encode("entry", {"args": args}))
        for _ in range(2):
            if ack is not None:
                ack({"ok": True})
        connection.write(encode("state", {}))


async def test_numbered_request_gets_its_events_and_its_ack_in_one_frame() -> None:
    async with running(Framing(), limits=engine_limits()) as lab, lab.client() as socket:
        socket.send('42["post",{"a":1},7]')
        packets = '["entry",{"args":[{"a":1}]}],["ack",{"n":7,"answer":{"ok":true}}],["state",{}]'
        assert await socket.text() == f'42["frame",{{"packets":[{packets}]}}]'
        socket.send('42["post",{"a":"\\u0000"},8]')
        assert (await socket.text()).startswith('42["ack",{"n":8,"answer":{"ok":false,"error":{"code":"invalid"')


@pytest.mark.parametrize(
    ("body", "code"), [(r'{"a":"\ud83d"}', "invalid"), ('{"a":"' + "x" * 70_000 + '"}', "too_large")]
)
async def test_numbered_request_that_is_refused_unread_gets_its_ack(body: str, code: str) -> None:
    async with running(Framing(), limits=engine_limits()) as lab, lab.client() as socket:
        socket.send(f'42["post",{body},9]')
        answer = f'42["ack",{{"n":9,"answer":{{"ok":false,"error":{{"code":"{code}"'
        assert (await socket.text()).startswith(answer)
        socket.send('42["post",{},10]')
        assert '["ack",{"n":10,"answer":{"ok":true}}]' in await socket.text()


async def test_request_without_a_number_is_answered_as_ever_in_a_framed_client() -> None:
    async with running(Framing(), limits=engine_limits()) as lab, lab.client() as socket:
        socket.send('425["post",{}]')
        assert [await socket.text() for _ in range(3)] == [
            '42["entry",{"args":[{}]}]',
            '435[{"ok":true}]',
            '42["state",{}]',
        ]
        socket.send('42["post",{},true]')
        assert await socket.text() == '42["frame",{"packets":[["entry",{"args":[{},true]}],["state",{}]]}]'


async def test_close_with_reconnect_sends_closing_and_nothing_after(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('42["drop"]')
        assert await socket.text() == '42["closing",{"reason":"draining","reconnect":true,"retryAfter":100}]'
        assert await socket.closed() == 1001
    assert await lab.handlers.until_gone() == ["draining"]


async def test_close_without_reconnect_ends_with_disconnect(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('42["out"]')
        assert await socket.text() == '42["closing",{"reason":"revoked","reconnect":false}]'
        assert await socket.text() == "41"
        assert await lab.handlers.until_gone() == ["revoked"]
        socket.send("40")
        assert (await socket.text()).startswith("40{"), "the namespace is free again"


@pytest.mark.parametrize(("event", "last"), [("drop", ""), ("out", "\x1e41")])
async def test_close_reaches_a_poller_and_ends_its_session(lab: Lab, event: str, last: str) -> None:
    async with lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        await poller.post(f'42["{event}"]')
        status, body = await poller.get()
        assert status == 200
        assert body.startswith('42["closing",')
        assert body.endswith("}]" + last)
        if event == "drop":
            assert (await poller.get())[0] == 400


async def test_write_to_a_closed_connection_does_nothing(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('42["drop"]')
        await socket.closed()
    await lab.handlers.until_gone()
    connection = lab.handlers.connected[0]
    lab.handlers.say(connection, "late", 1)
    connection.close("again", reconnect=True)
    assert not connection.open


async def test_broadcast_reaches_both_transports_with_its_attachment(lab: Lab) -> None:
    async with lab.client() as socket, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        frame = lab.engine.frame("doc", {"update": b"\x00\x01"})
        for connection in lab.handlers.connected:
            connection.write(frame)
        assert await socket.text() == '451-["doc",{"update":{"_placeholder":true,"num":0}}]'
        assert await socket.message() == (BINARY, b"\x00\x01")
        assert await poller.get() == (200, '451-["doc",{"update":{"_placeholder":true,"num":0}}]\x1ebAAE=')
