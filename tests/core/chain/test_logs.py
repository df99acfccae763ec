"""Logs: decoded like other programs decode them, routed to the watches that want them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.canonical_json import canonical
from parlour.core.chain.abi import read_abi
from parlour.core.chain.blocks import Header, Malformed
from parlour.core.chain.logs import Log, read_log, read_logs
from parlour.core.chain.receipts import logs_bloom
from parlour.core.chain.routes import Route, Routes

DATA = Path(__file__).parents[2] / "data"
TRANSFER = "Transfer(address indexed from, address indexed to, uint256 value)"
NFT_TRANSFER = "Transfer(address indexed from, address indexed to, uint256 indexed value)"
SWAP_V2 = (
    "Swap(address indexed sender, uint256 amount0In, uint256 amount1In, "
    "uint256 amount0Out, uint256 amount1Out, address indexed to)"
)
SWAP_V3 = (
    "Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, "
    "uint160 sqrtPriceX96, uint128 liquidity, int24 tick)"
)


def record(event: Any = TRANSFER, **more: Any) -> dict[str, Any]:
    base = {"id": "w1", "chain": 1, "event": event, "finality": "included", "confirm": []}
    return {**base, "from": {"number": 0, "hash": "0x"}, **more}


def raw(topics: list[str], data: str = "0x", **more: Any) -> dict[str, Any]:
    place = {"blockHash": "0x" + "aa" * 32, "blockNumber": "0x5", "logIndex": "0x0", "transactionIndex": "0x0"}
    return (
        {"address": "0x" + "11" * 20, "topics": topics, "data": data, "transactionHash": "0x" + "bb" * 32}
        | place
        | more
    )


def real_logs(number: int) -> list[Log]:
    data = json.loads((DATA / "blocks" / f"mainnet_{number}.json").read_text())
    return read_logs([log for r in data["receipts"] for log in r["logs"]])


@pytest.mark.parametrize("number", [17173049, 17173050])
def test_token_transfers_decode_as_in_another_program(number: int) -> None:
    expected = json.loads((DATA / "expected" / f"token_transfers_{number}.json").read_text())
    route = Route("r", record([TRANSFER, NFT_TRANSFER]))
    found = []
    for log in real_logs(number):
        if route.wants(log):
            args = route.body(log, "included")["args"]
            found.append((log.address, args["from"].lower(), args["to"].lower(), args["value"], log.tx, log.index))
    wanted = [
        (e["token_address"], e["from_address"], e["to_address"], e["value"], e["transaction_hash"], e["log_index"])
        for e in expected
    ]
    assert found == sorted(wanted, key=lambda w: w[5])
    assert len(wanted) in (114, 177)


def test_swaps_decode_to_the_expected_amounts_and_ticks() -> None:
    expected = json.loads((DATA / "expected" / "swaps_mainnet_blocks.json").read_text())
    v2, v3 = Route("r", record(SWAP_V2)), Route("r", record(SWAP_V3))
    checked = 0
    for number in {e["block"] for e in expected}:
        logs = {log.index: log for log in real_logs(number)}
        for swap in (e for e in expected if e["block"] == number):
            log = logs[swap["logIndex"]]
            if swap["kind"] == "v3":
                args = v3.body(log, "included")["args"]
                assert (args["amount0"], args["amount1"]) == (swap["amount0"], swap["amount1"])
                assert (args["sqrtPriceX96"], int(args["tick"])) == (swap["sqrtPriceX96"], swap["tick"])
            else:
                args = v2.body(log, "included")["args"]
                assert str(int(args["amount0In"]) - int(args["amount0Out"])) == swap["amount0"]
                assert str(int(args["amount1In"]) - int(args["amount1Out"])) == swap["amount1"]
            checked += 1
    assert checked == len(expected) > 50


def test_transfer_of_almost_everything_keeps_every_digit() -> None:
    for odd in json.loads((DATA / "logs" / "odd_transfers.json").read_text()):
        log = read_log({"blockHash": "0x" + "00" * 32, "transactionIndex": "0x0", **odd["log"]})
        assert Route("r", record()).body(log, "included")["args"]["value"] == odd["expected"]["value"]


def test_erc721_transfer_does_not_match_an_erc20_watch() -> None:
    nft = read_log(raw([*Route("r", record()).topics0, *["0x" + "00" * 32] * 3]))
    anywhere, here = Route("r", record()), Route("r", record(address="0x" + "11" * 20))
    assert not anywhere.wants(nft)
    assert here.wants(nft)
    body = here.body(nft, "included")
    assert "args" not in body
    assert body["topics"] == list(nft.topics)
    both = Route("r", record([TRANSFER, "Transfer(address indexed from, address indexed to, uint256 indexed id)"]))
    assert both.body(nft, "included")["args"]["id"] == "0"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"removed": True}, "removed"),
        ({"topics": None}, "not a log"),
        ({"blockNumber": "five"}, "not a log"),
        ({"topics": ["0x12"]}, "not a log"),
        ({"topics": ["0x" + "12" * 32] * 5}, "odd topics"),
        ({"topics": ["0x" + "zz" * 32]}, "not a log"),
        ({"address": "0x12"}, "not a log"),
        ({"blockNumber": hex(2**53)}, "not a log"),
        ({"blockNumber": "-0x5"}, "not a log"),
        ({"logIndex": hex(2**70)}, "not a log"),
        ({"transactionIndex": "0x_1"}, "not a log"),
        ({"data": "0xabc"}, "not a log"),
        ({"data": "0x\0\0"}, "not a log"),
        ({"transactionHash": "0x" + "ab" * 5000}, "not a log"),
        ({"transactionHash": "0x\0"}, "not a log"),
        ({"blockHash": "0xaa"}, "not a log"),
    ],
)
def test_log_that_cannot_be_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read_log(raw([]) | change)


def test_logs_of_another_block_or_logs_twice_are_refused() -> None:
    header = Header(5, "0x" + "aa" * 32, "0x" + "99" * 32, 0)
    assert len(read_logs([raw([]), raw([], logIndex="0x1")], header)) == 2
    with pytest.raises(Malformed, match="another block"):
        read_logs([raw([], blockHash="0x" + "ee" * 32)], header)
    with pytest.raises(Malformed, match="twice"):
        read_logs([raw([]), raw([])], header)
    with pytest.raises(Malformed, match="no transactions"):
        read_logs([raw([])], Header(5, "0x" + "aa" * 32, "0x", 0, transactions=0))
    with pytest.raises(Malformed, match="list"):
        read_logs(None)


def test_log_matches_watches_by_address_event_and_filter() -> None:
    one, two = "0x" + "11" * 20, "0x" + "22" * 20
    who = "0x" + "00" * 19 + "07"
    routes = Routes(
        [
            Route("a", record(id="here", address=one)),
            Route("b", record(id="there", address=two)),
            Route("c", record(id="either", address=[one, two])),
            Route("d", record(id="any")),
            Route("e", record(id="from7", where={"from": who})),
            Route("f", record("Approval(address indexed owner, address indexed to, uint256 value)", id="other")),
        ]
    )
    topics = [*next(iter(routes)).topics0, "0x" + "00" * 31 + "07", "0x" + "00" * 32]
    log = read_log(raw(topics, "0x" + "00" * 32))
    assert {r.id for r in routes.match(log)} == {"here", "either", "any", "from7"}
    topics[1] = "0x" + "00" * 31 + "08"
    assert {r.id for r in routes.match(read_log(raw(topics, "0x" + "00" * 32)))} == {"here", "either", "any"}
    assert routes.match(read_log(raw([]))) == []


def test_filter_names_what_all_watches_need_and_no_more() -> None:
    one = Route("a", record(address="0x" + "11" * 20))
    routes = Routes([one])
    assert routes.filter() == {"address": ["0x" + "11" * 20], "topics": [sorted(one.topics0)]}
    routes.add(Route("b", record(id="any")))
    assert "address" not in routes.filter()
    routes.remove("any")
    assert routes.filter()["address"] == ["0x" + "11" * 20]


def test_bloom_excludes_a_block_only_when_no_wanted_log_can_be_in_it() -> None:
    route = Route("a", record(address="0x" + "11" * 20))
    routes, topic = Routes([route]), next(iter(route.topics0))
    has = logs_bloom([{"address": "0x" + "11" * 20, "topics": [topic]}])
    lacks = logs_bloom([{"address": "0x" + "22" * 20, "topics": [topic]}])

    def header(bloom: int | None, transactions: int = 3) -> Header:
        return Header(1, "0x", "0x", 0, bloom, transactions)

    assert routes.possible(header(has))
    assert not routes.possible(header(lacks))
    assert routes.possible(header(lacks), trust_bloom=False)
    assert routes.possible(header(None))
    assert routes.possible(header(0)), "a zero bloom over transactions is not believed"
    assert not routes.possible(header(0, transactions=0))
    assert not Routes().possible(header(has))


# ── logs that fit no entry ───────────────────────────────────────────────────────────────────────────────────────

NUL = "t\0o"


def body_of(event: str, types: list[str], values: list[Any]) -> dict[str, Any]:
    """The body of `chain.event` for one log of an event whose parameters are all in the data."""
    route = Route("r", record(event, address="0x" + "11" * 20))
    log = read_log(raw([*route.topics0], "0x" + encode(types, values).hex()))
    assert route.wants(log)
    return route.body(log, "included")


@pytest.mark.parametrize(
    ("event", "types", "values"),
    [
        ("Str(string text)", ["string"], [NUL]),
        ("Strs(string[] texts)", ["string[]"], [["fine", NUL]]),
        ("Deep((string text)[] rows)", ["(string)[]"], [[(NUL,)]]),
        ("Many((uint8 a, uint8 b)[] rows)", ["(uint8,uint8)[]"], [[(1, 2)] * 600]),
    ],
)
def test_log_whose_arguments_fit_no_entry_is_shown_as_topics_and_data(
    event: str, types: list[str], values: list[Any]
) -> None:
    body = body_of(event, types, values)
    assert "args" not in body
    assert body["odd"]
    assert body["topics"]
    assert body["data"].startswith("0x")
    canonical(body)


@given(st.text(max_size=40))
def test_every_string_of_a_log_leads_to_a_body_that_a_room_can_store(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    body = body_of("Str(string text)", ["string"], [text])
    canonical(body)
    assert ("odd" in body) == ("\0" in text)


T1, T2 = "0x" + "ab" * 32, "0x" + "cd" * 32


def raw_route(*topics: list[str] | None, **more: Any) -> Route:
    base = {"id": "w2", "chain": 1, "topics": list(topics), "finality": "included", "confirm": []}
    return Route("r", {**base, "address": "0x" + "11" * 20, "from": {"number": 0, "hash": "0x"}, **more})


@pytest.mark.parametrize(
    ("topics", "matches"),
    [
        ((), [True, True, True]),
        ((None, [T2]), [False, False, True]),
        (([T1],), [False, True, True]),
        (([T2, T1], None), [False, True, True]),
        ((None, [T1]), [False, False, False]),
    ],
)
def test_raw_topics_match_anonymous_events_and_any_place(
    topics: tuple[list[str] | None, ...], matches: list[bool]
) -> None:
    logs = [read_log(raw([])), read_log(raw([T1])), read_log(raw([T1, T2]))]
    route = raw_route(*topics)
    routes = Routes([route, Route("r", record())])
    assert [route in routes.match(log) for log in logs] == matches
    assert [routes.wants(log) for log in logs] == matches


def test_raw_log_is_told_by_its_topics_and_data() -> None:
    body = raw_route().body(read_log(raw([], "0x1234")), "included")
    assert (body["topics"], body["data"]) == ([], "0x1234")
    assert body.keys().isdisjoint({"event", "signature", "args"})


def test_filter_for_raw_topics_asks_for_all_topics_of_its_contracts() -> None:
    routes = Routes([raw_route(None, [T2]), Route("r", record(address="0x" + "22" * 20))])
    assert routes.filter() == {"address": ["0x" + "11" * 20, "0x" + "22" * 20]}
    assert Routes([raw_route([T1])]).filter() == {"address": ["0x" + "11" * 20], "topics": [[T1]]}


def test_overloads_are_told_apart_by_their_signature() -> None:
    texts = ["Ping(uint256 value)", "Ping(address who)"]
    route = Route("r", record(texts))
    events = [e for text in texts for e in read_abi(text)]
    bodies = [route.body(read_log(raw([e.topic0], "0x" + "00" * 31 + "07")), "included") for e in events]
    assert [(b["event"], b["signature"]) for b in bodies] == [("Ping", "Ping(uint256)"), ("Ping", "Ping(address)")]


def test_log_is_decoded_once_for_all_rooms_that_watch_it() -> None:
    event = "Ping(uint256 value)"
    topic = read_abi(event)[0].topic0
    one, two = (read_log(raw([topic], "0x" + f"{value:064x}")) for value in (7, 8))
    routes = [Route(room, record(event)) for room in ("r", "s")]
    bodies = [route.body(log, "included") for log in (one, two, one) for route in routes]
    assert [body["args"]["value"] for body in bodies] == ["7", "7", "8", "8", "7", "7"]
    assert bodies[0]["args"] is bodies[1]["args"]
