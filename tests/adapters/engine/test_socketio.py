"""Every rule of the Socket.IO v5 protocol text that a server keeps, said with raw sockets."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import pytest

from tests.adapters.engine.lab import BINARY, EchoHandlers, Lab, RawSocket, running
from tests.bounds import engine_limits


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    async with running(limits=engine_limits()) as lab:
        yield lab


# --- connecting


async def test_connect_answers_with_a_public_id_and_what_the_handler_wrote_follows(lab: Lab) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.send('40{"token":"123"}')
        answer = await socket.text()
        assert await socket.text() == '42["auth",{"token":"123"}]'
    assert answer.startswith("40{")
    sid = json.loads(answer[2:])["sid"]
    assert sid == lab.handlers.connected[0].id
    assert sid not in lab.engine.sessions, "the Engine.IO sid is a secret"


async def test_a_custom_namespace_is_connected_beside_the_main_one(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('40/custom,{"token":"abc"}')
        assert (await socket.text()).startswith('40/custom,{"sid":')
        assert await socket.text() == '42/custom,["auth",{"token":"abc"}]'
        socket.send("41/custom")
        socket.send('42["message","to main"]')
        assert await socket.text() == '42["message-back","to main"]'
    assert lab.handlers.gone[0][1] == "client namespace disconnect"


async def test_an_unknown_namespace_is_invalid(lab: Lab) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.send("40/random")
        assert await socket.text() == '44/random,{"message":"Invalid namespace"}'
        socket.send("40")
        assert (await socket.text()).startswith("40{")


async def test_a_refusal_carries_its_data(lab: Lab) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.send('40{"token":"bad"}')
        assert json.loads((await socket.text())[2:]) == {
            "message": "Sign in first.",
            "data": {"code": "unauthorized", "message": "Sign in first."},
        }
    assert lab.handlers.gone == []


async def test_a_broken_connect_handler_drops_the_transport_so_that_the_client_comes_back(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    async with lab.websocket(greeted=True) as socket:
        socket.send('40{"token":"broken"}')
        assert await socket.closed() == 1001
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
        "the connect handler failed"
    ]


@pytest.mark.parametrize(
    "packet",
    [
        '42["message",1]',
        "41",
        '43["x"]',
        '430["x"]',
        '42/custom,["message",1]',
        '452-["message"]',
        '461-0[{"_placeholder":true,"num":0}]',
        "40",
        "4abc",
        "42{}",
    ],
)
async def test_no_packet_but_connect_comes_first(lab: Lab, packet: str) -> None:
    async with lab.websocket(greeted=True) as socket:
        if packet == "40":  # a second CONNECT
            socket.send("40")
        socket.send(packet)
        await socket.closed()
    assert lab.handlers.events == []


async def test_an_event_sent_before_the_answer_waits_for_it(lab: Lab) -> None:
    lab.handlers.gate = asyncio.Event()
    async with lab.websocket(greeted=True) as socket:
        socket.send("40")
        socket.send('42["message",1]')
        await asyncio.sleep(0.05)
        assert lab.handlers.events == []
        lab.handlers.gate.set()
        assert (await socket.text()).startswith("40{")
        assert (await socket.text()).startswith('42["auth"')
        assert await socket.text() == '42["message-back",1]'


async def test_leaving_while_the_handler_thinks_ends_exactly_once(lab: Lab) -> None:
    lab.handlers.gate = asyncio.Event()
    async with lab.websocket(greeted=True) as socket:
        socket.send("40")
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.05)
    assert lab.handlers.gone == []
    lab.handlers.gate.set()
    assert await lab.handlers.until_gone() == ["transport close"]
    await asyncio.sleep(0.05)
    assert len(lab.handlers.gone) == 1


# --- events


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
async def test_an_event_reaches_its_handler_and_its_answer_comes_back(lab: Lab, sent: str, answered: str) -> None:
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


async def test_events_of_one_client_are_handled_in_the_order_sent(lab: Lab) -> None:
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
async def test_a_malformed_packet_closes_quietly(lab: Lab, packet: str, caplog: pytest.LogCaptureFixture) -> None:
    async with lab.client() as socket:
        socket.send(packet)
        socket.send(b"x")
        await socket.closed()
    assert await lab.handlers.until_gone() == ["parse error"]
    assert lab.handlers.events == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("packet", ['431["x"]', "43/custom,1[]", '461-1[{"_placeholder":true,"num":0}]', "41/custom"])
async def test_a_namespace_is_spoken_in_only_after_its_connect(lab: Lab, packet: str) -> None:
    elsewhere = "/custom" in packet
    async with lab.client() as socket:
        socket.send(packet)
        if packet[1] == "6":
            socket.send(b"x")
        socket.send('421["other",1]')
        if elsewhere:
            await socket.closed()
        else:  # an acknowledgement of nothing
            assert await socket.text() == "431[1]"


async def test_text_between_attachments_closes(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
        socket.send(b"one")
        socket.send('42["message",1]')
        await socket.closed()
    assert lab.handlers.events == []


async def test_a_handler_that_raises_still_answers(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    async with lab.client() as socket:
        socket.send('423["raise"]')
        answer = json.loads((await socket.text())[3:])[0]
        assert (answer["ok"], answer["error"]["code"]) == (False, "internal")
        socket.send('424["other"]')
        assert await socket.text() == "434[null]"
    assert sum(record.levelno >= logging.ERROR for record in caplog.records) == 1


async def test_what_stock_clients_send_gets_an_answer_and_not_a_disconnect(lab: Lab) -> None:
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


async def test_an_answer_is_sent_once(lab: Lab) -> None:
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


# --- ends


async def test_a_client_that_disconnects_is_gone_and_its_transport_stays_a_while(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send("41")
        assert await lab.handlers.until_gone() == ["client namespace disconnect"]
        socket.send("40")
        assert (await socket.text()).startswith("40{")


async def test_close_with_reconnect_says_closing_and_then_nothing(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('42["drop"]')
        assert await socket.text() == '42["closing",{"reason":"draining","reconnect":true,"retryAfter":100}]'
        assert await socket.closed() == 1001
    assert await lab.handlers.until_gone() == ["draining"]


async def test_close_without_reconnect_ends_with_a_disconnect(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('42["out"]')
        assert await socket.text() == '42["closing",{"reason":"revoked","reconnect":false}]'
        assert await socket.text() == "41"
        assert await lab.handlers.until_gone() == ["revoked"]
        socket.send("40")
        assert (await socket.text()).startswith("40{"), "the namespace is free again"


@pytest.mark.parametrize(("event", "last"), [("drop", ""), ("out", "\x1e41")])
async def test_close_reaches_a_poller_and_then_the_session_is_unknown(lab: Lab, event: str, last: str) -> None:
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


async def test_writing_to_a_closed_connection_is_harmless(lab: Lab) -> None:
    async with lab.client() as socket:
        socket.send('42["drop"]')
        await socket.closed()
    await lab.handlers.until_gone()
    connection = lab.handlers.connected[0]
    lab.handlers.say(connection, "late", 1)
    connection.close("again", reconnect=True)
    assert not connection.open


async def test_one_broadcast_reaches_websocket_and_polling_with_its_attachment(lab: Lab) -> None:
    async with lab.client() as socket, lab.polling() as poller:
        await poller.post("40")
        await poller.get()
        frame = lab.engine.frame("doc", {"update": b"\x00\x01"})
        for connection in lab.handlers.connected:
            connection.write(frame)
        assert await socket.text() == '451-["doc",{"update":{"_placeholder":true,"num":0}}]'
        assert await socket.message() == (BINARY, b"\x00\x01")
        assert await poller.get() == (200, '451-["doc",{"update":{"_placeholder":true,"num":0}}]\x1ebAAE=')


async def test_everything_of_one_tick_leaves_in_one_write(lab: Lab) -> None:
    async with lab.client() as socket:
        for number in range(8):
            lab.handlers.say(lab.handlers.connected[0], "n", number)
        data = await socket.reader.read(65_536)
        assert data.count(b'42["n"') == 8


async def test_closing_the_engine_ends_everybody_at_once() -> None:
    async with running(limits=engine_limits()) as lab:
        sockets: list[RawSocket] = []
        async with lab.client() as first, lab.client() as second, lab.polling() as poller:
            sockets += [first, second]
            poll = asyncio.ensure_future(poller.get())
            await asyncio.sleep(0.05)
            closing = asyncio.ensure_future(lab.engine.close())
            assert [await socket.closed() for socket in sockets] == [1001, 1001]
            assert (await poll)[0] == 200
            await closing
            assert sorted(await lab.handlers.until_gone(2)) == ["draining", "draining"]
            assert lab.engine.sessions == {}
            async with lab.websocket() as late:
                assert late.status == 503
