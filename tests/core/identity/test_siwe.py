"""EIP-4361 texts: the published vectors, and what must hold for every text."""

from __future__ import annotations

import json
import string
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.identity import siwe
from parlour.core.identity.accounts import checksum
from parlour.core.identity.siwe import Message, build, milliseconds, parse, rfc3339
from parlour.errors import SignInRefused

VECTORS = Path(__file__).parents[2] / "vectors" / "siwe"
FIELDS = {
    "chainId": "chain_id",
    "issuedAt": "issued_at",
    "expirationTime": "expiration_time",
    "notBefore": "not_before",
    "requestId": "request_id",
}
GOOD = Message(
    domain="app.example",
    address=checksum("0x" + "ab" * 20),
    uri="https://app.example",
    chain_id="1",
    nonce="0123456789abcdef",
    issued_at="2026-11-22T13:00:00.000Z",
)


def vectors(name: str) -> list[Any]:
    return [pytest.param(vector, id=title) for title, vector in json.loads((VECTORS / name).read_text()).items()]


def parsed(text: str) -> Message | None:
    """The message, or None for a text that is refused as malformed; any other error fails the test."""
    try:
        return parse(text)
    except SignInRefused as refused:
        if refused.code != "malformed":
            raise
        return None


def assert_malformed(text: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        parse(text)
    assert refused.value.code == "malformed"


# ── vectors ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("vector", vectors("parsing_positive.json"))
def test_vector_that_must_parse_gives_its_fields(vector: dict[str, Any]) -> None:
    message = parse(vector["message"])
    for name, value in vector["fields"].items():
        found = getattr(message, FIELDS.get(name, name))
        assert found == (str(value) if name == "chainId" else tuple(value) if isinstance(value, list) else value)
    assert build(message) == vector["message"]


@pytest.mark.parametrize("text", vectors("parsing_negative.json"))
def test_vector_that_must_not_parse_is_malformed(text: str) -> None:
    assert_malformed(text)


@pytest.mark.parametrize("text", vectors("erc4361_examples.json"))
def test_examples_of_the_eip_when_rebuilt_are_equal_bytes(text: str) -> None:
    assert build(parse(text)) == text


# ── by hand ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text + "\n",
        lambda text: text + " ",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: " " + text,
        lambda text: "\ufeff" + text,
        lambda text: text.replace("app.example", "\u0430pp.example", 1),
        lambda text: text.replace("URI: ", "URI: \t"),
        lambda text: text.replace("URI: ", "URI:"),
        lambda text: text.replace("Nonce: ", "nonce: "),
        lambda text: text.replace("Nonce: ", "Nonce: \x00"),
        lambda text: text.replace("Version: 1", "Version: 01"),
        lambda text: text.replace("Chain ID: 1", "Chain ID: \u0661"),
        lambda text: text.replace("Chain ID: 1", "Chain ID: -1"),
        lambda text: text.replace("Chain ID: 1", "Chain ID: 1e3"),
        lambda text: text.replace("\n\n\n", "\n\n"),
        lambda text: text.replace("\n\n\n", "\n\n\n\n\n"),
        lambda text: text + "\nResources:\n- https://a.example\n",
        lambda text: text + "\nResources: https://a.example",
        lambda text: text + "\nRequest ID: a b",
        lambda text: text + "\nRequest ID: %2",
        lambda text: text.replace("https://app.example", "https://[::g]"),
        lambda text: text.replace("https://app.example", "https://a example"),
        lambda text: text.replace("https://app.example", "//app.example"),
        lambda text: text + "\n" + text,
    ],
)
def test_text_with_a_small_deviation_is_malformed(spoil: Any) -> None:
    text = build(GOOD)
    parse(text)
    assert_malformed(spoil(text))


@pytest.mark.parametrize("character", '"%<>{}|\\^`\n\r\t\x7f\x00é')
def test_statement_with_a_forbidden_character_is_malformed(character: str) -> None:
    assert_malformed(build(Message(**{**as_fields(GOOD), "statement": f"I agree{character}here"})))


def as_fields(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in Message.__slots__}


def test_empty_statement_differs_from_none() -> None:
    empty = Message(**{**as_fields(GOOD), "statement": ""})
    assert parse(build(empty)) == empty
    assert parse(build(GOOD)).statement is None


def test_bare_resources_and_an_empty_request_id_parse() -> None:
    message = parse(build(GOOD) + "\nRequest ID: \nResources:")
    assert (message.request_id, message.resources) == ("", ())


def test_text_that_only_policy_refuses_parses() -> None:
    text = build(GOOD).replace("app.example wants", "user@app.example: wants").replace("Chain ID: 1", "Chain ID: 0001")
    message = parse(text)
    assert (message.domain, message.chain_id) == ("user@app.example:", "0001")
    assert build(message) == text


def test_text_over_four_kilobytes_is_not_parsed() -> None:
    room = siwe.MAX_BYTES - len(build(GOOD)) - 1
    parse(build(Message(**{**as_fields(GOOD), "statement": "a" * room})))
    assert_malformed(build(Message(**{**as_fields(GOOD), "statement": "a" * (room + 1)})))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2021-09-30T16:25:24.000Z", 1633019124000),
        ("2021-09-30T16:25:24.123456789Z", 1633019124123),
        ("2021-09-30T16:25:24.5Z", 1633019124500),
        ("2021-09-30T18:25:24+02:00", 1633019124000),
        ("2021-09-30T14:25:24-02:00", 1633019124000),
    ],
)
def test_time_is_read_as_milliseconds(text: str, at: int) -> None:
    assert milliseconds(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "2021-09-30t16:25:24Z",
        "2021-09-30T16:25:24z",
        "2021-09-30T16:25:24",
        "2021-09-30T16:25:60Z",
        "2021-02-30T16:25:24Z",
        "2021-13-01T00:00:00Z",
        "2021-09-30T24:00:00Z",
        "0000-01-01T00:00:00Z",
        "2021-09-30T16:25Z",
        "2021-09-30T16:25:24.Z",
        "2021-09-30T16:25:24+0200",
        "2021-09-30T16:25:24+24:00",
        "2021-09-30T16:25:24+02:60",
        "20210930T162524Z",
        "2021-W39-4",
        "٢٠٢١-09-30T16:25:24Z",
        "1633019124",
    ],
)
def test_time_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        milliseconds(text)


@given(st.integers(0, 4_102_444_800_000))
def test_time_when_written_and_read_is_equal(at: int) -> None:
    assert milliseconds(rfc3339(at)) == at


# ── properties ───────────────────────────────────────────────────────────────────────────────────────────────────

ALNUM = string.ascii_letters + string.digits
STATEMENT = ALNUM + "-._~:/?#[]@!$&'()*+,;= "
times = st.integers(0, 4_102_444_800_000).map(rfc3339) | st.just("2021-09-30T16:25:24.123456789+02:00")
uris = st.sampled_from(["https://a.example", "http://[::1]:8080/x?y=%20#z", "urn:a:b", "ipfs://bafy/", "did:key:z6Mk"])
messages = st.builds(
    Message,
    scheme=st.none() | st.sampled_from(["https", "http", "a+b"]),
    domain=st.from_regex(r"\A[a-z0-9.-]{1,40}(:[0-9]{0,5})?\Z") | st.sampled_from(["[::1]:80", "u@h:1", "%41.example"]),
    address=st.binary(min_size=20, max_size=20).map(lambda raw: checksum("0x" + raw.hex())),
    uri=uris,
    chain_id=st.text(string.digits, min_size=1, max_size=80),
    nonce=st.text(ALNUM, min_size=8, max_size=64),
    issued_at=times,
    statement=st.none() | st.text(STATEMENT, max_size=200),
    expiration_time=st.none() | times,
    not_before=st.none() | times,
    request_id=st.none() | st.text(ALNUM + "-._~!$&'()*+,;=:@", max_size=30),
    resources=st.none() | st.lists(uris, max_size=5).map(tuple),
)


@given(messages)
def test_message_when_built_and_parsed_is_equal(message: Message) -> None:
    text = build(message)
    assert parse(text) == message
    assert build(parse(text)) == text


@given(messages, st.data())
def test_text_when_tampered_with_parses_to_itself_or_is_refused(message: Message, data: st.DataObject) -> None:
    text = build(message)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    put = data.draw(st.text(max_size=3) | st.sampled_from(["\n", "\n\n", " ", "\r\n"]))
    spoiled = text[:at] + put + text[at + cut :]
    found = parsed(spoiled)
    assert found is None or build(found) == spoiled


@given(st.text(max_size=400) | st.binary(max_size=400).map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_parsed_or_malformed(text: str) -> None:
    parsed(text)


HOSTILE = {
    "statement": lambda n: build(Message(**{**as_fields(GOOD), "statement": "a " * (n // 2)})),
    "bad statement": lambda n: build(Message(**{**as_fields(GOOD), "statement": "a " * (n // 2) + "<"})),
    "resources": lambda n: build(Message(**{**as_fields(GOOD), "resources": ("a:b",) * (n // 6)})),
    "lines": lambda n: "\n" * n,
    "userinfo": lambda n: build(Message(**{**as_fields(GOOD), "domain": "a:" * (n // 2) + "<"})),
    "percent": lambda n: build(Message(**{**as_fields(GOOD), "uri": "https://h/" + "%41" * (n // 3) + "%"})),
    "authority": lambda n: build(Message(**{**as_fields(GOOD), "uri": "https://" + "a@" * (n // 2)})),
    "digits": lambda n: build(Message(**{**as_fields(GOOD), "chain_id": "1" * n})),
    "fraction": lambda n: build(Message(**{**as_fields(GOOD), "issued_at": f"2026-11-22T13:00:00.{'1' * n}Z"})),
    "colons": lambda n: build(Message(**{**as_fields(GOOD), "domain": "://" * (n // 3)})),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_parser_takes_linear_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the cap, so that a quadratic step would show: 16 times the text may take about 16 times as long."""
    monkeypatch.setattr(siwe, "MAX_BYTES", 10**9)
    short, long = (_seconds(HOSTILE[name](n)) for n in (16_000, 256_000))
    assert long < max(0.02, short * 16 * 3)


def _seconds(text: str) -> float:
    best = 9.9
    for _ in range(3):
        start = time.thread_time()  # what other processes do meanwhile does not count
        parsed(text)
        best = min(best, time.thread_time() - start)
    return best
