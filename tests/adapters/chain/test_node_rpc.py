"""JSON-RPC clients: what providers answer, and what they fail to."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from parlour.adapters.chain.endpoint_words import public_name
from parlour.adapters.chain.node_rpc import connect
from parlour.core.chain.blocks import Malformed, read_header
from parlour.core.chain.logs import read_logs
from parlour.core.chain.receipts import receipts_root
from parlour.core.chain.routes import Route, Routes
from parlour.runtime.nodes.node import (
    Absent,
    Disconnected,
    RangeTooLarge,
    RateLimited,
    Refused,
    Reverted,
    Unsupported,
    range_error,
    read_error,
)
from parlour.runtime.nodes.ranges import RangeReader
from parlour.runtime.nodes.reader import Finality
from parlour.testing.fake_node import FakeNode
from parlour.testing.faults import Fault
from parlour.testing.simchain import PING, SimChain

TESTS = Path(__file__).parents[2]
PATTERNS = json.loads((TESTS / "vectors" / "providers" / "getlogs_error_patterns.json").read_text())
APIS = TESTS / "data" / "execution-apis"


def words(pattern: str) -> tuple[str, list[int]]:
    """A message that the provider's pattern matches, and the numbers filled into it."""
    if not pattern.startswith("/"):
        return pattern.strip('"'), []
    text, numbers = pattern.strip("/"), []
    groups = re.findall(r"\(\\d\+\)|\(\[\\d\]\+\)|\(\[\\d,\.\]\+\)|\(\[0-9a-fA-F\]\+\)|\\d\+", text)
    for n, group in enumerate(groups):
        numbers.append(100 + 50 * n)
        filled = f"{numbers[-1]:x}" if "a-f" in group else str(numbers[-1])
        text = text.replace(group, filled, 1)
    return text.replace(",\\s*", ", ").replace("\\", ""), numbers


@pytest.mark.parametrize("vector", PATTERNS, ids=lambda v: v["provider"])
async def test_f18_every_providers_range_error_is_understood(vector: dict[str, str]) -> None:
    message, numbers = words(vector["pattern"])
    found = range_error(f"error: {message}.")
    assert found is not None
    if "0x" in message:
        assert found.suggested == (numbers[0], numbers[1])
    elif numbers:
        assert found.size == numbers[-1]
    sim = SimChain(final=0)
    for value in range(300):
        sim.mine([sim.ping(value)] if value % 10 == 0 else [])
    node = FakeNode(sim)
    node.faults.range_limit(numbers[-1] if numbers and "0x" not in message else 90, f"error: {message}.")
    record = {"id": "w", "chain": 1337, "event": PING, "finality": "included", "confirm": [], "from": {"number": 0}}
    read = [
        log
        async for _, logs in RangeReader(1000).read(node, Routes([Route("r", record)]), 1, 300, Finality(True, 0))
        for log in logs
    ]
    assert [log.number for log in read] == list(range(1, 301, 10))


@pytest.mark.parametrize("message", ["limited to a 10,000 range", "range is too large, max is 10k blocks"])
def test_numbers_in_range_errors_are_read_as_people_write_them(message: str) -> None:
    found = range_error(message)
    assert found is not None
    assert found.size == 10_000


def test_other_errors_are_no_range_errors() -> None:
    assert range_error("insufficient funds") is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": -32601, "message": "the method eth_x does not exist"}, Unsupported),
        ({"code": -32005, "message": "limit exceeded"}, RateLimited),
        ({"code": 429, "message": "slow down"}, RateLimited),
        ({"code": -32000, "message": "Too Many Requests"}, RateLimited),
        ({"code": -32000, "message": "unknown block"}, Absent),
        ({"code": -32000, "message": "header not found"}, Absent),
        ({"code": -32001, "message": "Resource not found"}, Absent),
        ({"code": 3, "message": "execution reverted: no", "data": "0x08c379a0"}, Reverted),
        ({"code": -32603, "message": "Not implemented"}, Unsupported),
        ({"code": -32602, "message": "block range extends beyond current head block"}, Refused),
        ("nonsense", Refused),
    ],
)
def test_errors_are_sorted_by_what_can_be_done_about_them(error: Any, kind: type) -> None:
    assert type(read_error(error)) is kind


def test_revert_carries_its_data_and_a_limit_its_pause() -> None:
    reverted = read_error({"code": 3, "message": "execution reverted", "data": "0xabcd"})
    assert isinstance(reverted, Reverted)
    assert reverted.data == "0xabcd"
    for odd in ("nan", "inf", "-inf", "1e999", None, [], {}, 10**400):
        limited = read_error({"code": -32005, "message": "x", "data": {"rate": {"backoff_seconds": odd}}})
        assert isinstance(limited, RateLimited)
        assert limited.retry_after is None
    limited = read_error({"code": -32005, "message": "x", "data": {"rate": {"backoff_seconds": 7}}})
    assert isinstance(limited, RateLimited)
    assert limited.retry_after == 7.0


def test_names_shown_to_operators_hold_no_keys() -> None:
    assert public_name("https://user:pw@rpc.example.org/v3/secret?key=secret") == "https://rpc.example.org"
    assert public_name("ws://127.0.0.1:8545") == "ws://127.0.0.1:8545"


def exchanges(folder: str) -> list[tuple[str, Any]]:
    found = []
    for path in sorted((APIS / folder).glob("*.io")):
        answers = [line[3:] for line in path.read_text().splitlines() if line.startswith("<< ")]
        found += [(path.stem, json.loads(a)) for a in answers]
    return found


@pytest.mark.parametrize(("name", "answer"), exchanges("eth_getLogs"), ids=lambda v: v if isinstance(v, str) else "")
def test_log_answers_of_a_conforming_client_are_read(name: str, answer: Any) -> None:
    if "error" in answer:
        assert isinstance(read_error(answer["error"], "eth_getLogs"), Refused | RangeTooLarge)
    else:
        assert len(read_logs(answer["result"])) == len(answer["result"])


@pytest.mark.parametrize("folder", ["eth_getBlockByHash", "eth_getBlockByNumber"])
def test_blocks_of_a_conforming_client_are_read(folder: str) -> None:
    read = 0
    for _, answer in exchanges(folder):
        if answer.get("result") is None:
            with pytest.raises(Malformed):
                read_header(answer.get("result"))
        else:
            assert read_header(answer["result"]).transactions >= 0
            read += 1
    assert read >= 1


def test_receipts_of_a_conforming_client_give_the_roots_of_its_blocks() -> None:
    blocks = [answer["result"] for _, answer in exchanges("eth_getBlockByNumber") if answer.get("result")]
    roots = {block["hash"]: block["receiptsRoot"] for block in blocks}
    checked = 0
    for _, answer in exchanges("eth_getBlockReceipts"):
        receipts = answer.get("result")
        if receipts and receipts[0]["blockHash"] in roots:
            assert receipts_root(receipts) == roots[receipts[0]["blockHash"]]
            checked += 1
    assert checked >= 1


# ── over the wire ────────────────────────────────────────────────────────────────────────────────────────────────


class Server:
    """An endpoint that answers as a test says."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body: bytes | None = None
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        if self.body is not None:
            return web.Response(status=self.status, headers=self.headers, body=self.body)
        calls = asked if isinstance(asked, list) else [asked]
        answers = [{"jsonrpc": "2.0", "id": call["id"], "result": call["method"]} for call in calls]
        return web.json_response(answers[::-1] if isinstance(asked, list) else answers[0])


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_post("/", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield server
    await runner.cleanup()


async def test_answers_of_a_batch_are_matched_by_id_whatever_their_order(server: Server) -> None:
    node = connect(server.url)
    assert await node.batch([(f"m{n}", []) for n in range(250)]) == [f"m{n}" for n in range(250)]
    await node.close()


@pytest.mark.parametrize("id_", [b"[1]", b"{}", b"null", b"1.5", b'"1"', b"true"])
async def test_answers_with_an_id_that_is_none_are_errors_of_the_endpoint(server: Server, id_: bytes) -> None:
    server.body = b'[{"jsonrpc":"2.0","id":%s,"result":"0x1"},{"jsonrpc":"2.0","id":2,"result":"0x2"}]' % id_
    node = connect(server.url)
    lost, found = await node.batch([("m1", []), ("m2", [])])
    assert (type(lost), found) == (Disconnected, "0x2")
    await node.close()


@pytest.mark.parametrize("seconds", ["nan", "inf", "soon"])
async def test_pause_that_is_no_number_is_not_waited_for(server: Server, seconds: str) -> None:
    server.status, server.headers, server.body = 429, {"Retry-After": seconds}, b""
    node = connect(server.url)
    with pytest.raises(RateLimited) as limited:
        await node.call("eth_blockNumber", [])
    assert limited.value.retry_after is None
    await node.close()


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind"),
    [
        (429, {"Retry-After": "7"}, b"slow", RateLimited),
        (502, {}, b"<html>bad gateway</html>", Disconnected),
        (503, {}, b"{}", Disconnected),
        (200, {}, b"not json", Disconnected),
        (200, {}, b"[1, 2]", Disconnected),
        (413, {}, b"", RangeTooLarge),
        (200, {}, b'{"id":1,"error":{"code":-32601,"message":"no"}}', Unsupported),
    ],
)
async def test_http_failures_are_errors_of_the_endpoint(
    server: Server, status: int, headers: dict[str, str], body: bytes, kind: type
) -> None:
    server.status, server.headers, server.body = status, headers, body
    node = connect(server.url)
    with pytest.raises(kind) as caught:
        await node.call("eth_getLogs", [{}])
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == 7.0
    await node.close()


async def test_refused_connection_is_a_failure_and_not_a_crash() -> None:
    for url in ("http://127.0.0.1:1", "ws://127.0.0.1:1"):
        node = connect(url, timeout=1.0)
        with pytest.raises(Disconnected):
            await node.call("eth_chainId", [])
        await node.close()


async def test_http_endpoint_cannot_push() -> None:
    node = connect("http://127.0.0.1:1")
    for follow in (node.follow_heads, node.follow_pending):
        with pytest.raises(Unsupported):
            await follow(lambda news: None)


@pytest.mark.parametrize("whole", [True, False])
async def test_pending_transactions_are_asked_for_whole_then_by_hash(whole: bool) -> None:
    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        asked = await socket.receive_json()
        if len(asked["params"]) == 2 and not whole:
            error = {"code": -32602, "message": "invalid params"}
            await socket.send_json({"jsonrpc": "2.0", "id": asked["id"], "error": error})
            return socket
        await socket.send_json({"jsonrpc": "2.0", "id": asked["id"], "result": "0x1"})
        news = {"hash": "0xaa"} if len(asked["params"]) == 2 else "0xaa"
        pushed = {"method": "eth_subscription", "params": {"subscription": "0x1", "result": news}}
        await socket.send_json({"jsonrpc": "2.0", **pushed})
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    node, heard = connect(f"ws://127.0.0.1:{runner.addresses[0][1]}/", timeout=60.0), list[Any]()
    with pytest.raises(Disconnected):
        await node.follow_pending(heard.append)
    assert heard == ([{"hash": "0xaa"}] if whole else ["0xaa"])
    await node.close()
    await runner.cleanup()


def test_url_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="http"):
        connect("ftp://example.org")


async def test_socket_that_dies_fails_waiting_calls_and_reconnects_at_the_next() -> None:
    sockets: list[web.WebSocketResponse] = []

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        sockets.append(socket)
        async for message in socket:
            asked = message.json()
            if asked["method"] == "ping":
                await socket.send_str("garbage")
                await socket.send_json({"jsonrpc": "2.0", "id": asked["id"], "result": "pong"})
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    node = connect(f"ws://127.0.0.1:{runner.addresses[0][1]}/", timeout=2.0)
    assert await node.call("ping", []) == "pong"
    stuck = [asyncio.create_task(node.call("never", [])) for _ in range(3)]
    await asyncio.sleep(0.05)
    await sockets[0].close()
    for failed in await asyncio.gather(*stuck, return_exceptions=True):
        assert isinstance(failed, Disconnected)
    assert await node.call("ping", []) == "pong"
    assert len(sockets) == 2
    await node.close()
    await runner.cleanup()


async def test_fault_of_the_fake_is_the_error_a_real_client_raises() -> None:
    node = FakeNode(SimChain())
    node.faults.error(-32000, "header not found")
    with pytest.raises(Absent):
        await node.call("eth_getBlockByHash", ["0x"])
    with pytest.raises(Fault):
        SimChain().rpc("eth_nope", [])
