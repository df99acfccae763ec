"""Socket.IO packets without a socket: what clients send."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.adapters.engine import packets
from parlour.adapters.engine.packets import ACK, CONNECT, DISCONNECT, EVENT, Malformed, check_event, decode, plain_event
from tests.bounds import engine_limits

LIMITS = engine_limits()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", (CONNECT, "/", None, None)),
        ('0{"token":"x"}', (CONNECT, "/", None, {"token": "x"})),
        ("0/console", (CONNECT, "/console", None, None)),
        ('0/console?a=1,{"token":"x"}', (CONNECT, "/console", None, {"token": "x"})),
        ("1", (DISCONNECT, "/", None, None)),
        ("1/console,", (DISCONNECT, "/console", None, None)),
        ('2["a"]', (EVENT, "/", None, ["a"])),
        ('212["a",1]', (EVENT, "/", 12, ["a", 1])),
        ('2/console,0["a"]', (EVENT, "/console", 0, ["a"])),
        ('22147483648["a"]', (EVENT, "/", 2**31, ["a"])),
        ("37[]", (ACK, "/", 7, [])),
    ],
)
def test_packet_is_decoded(text: str, expected: tuple[object, ...]) -> None:
    packet = decode(text, LIMITS)
    assert (packet.type, packet.namespace, packet.id, packet.data) == expected
    assert packet.error is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('42["a"]', (None, ["a"])),
        ('420["a",{"b":[1]}]', (0, ["a", {"b": [1]}])),
        ('42999999999["é","\\n"]', (999_999_999, ["é", "\n"])),
        ('422147483648["a"]', None),
        ('42["a","\\u0000"]', None),
        ('42/console,1["a"]', None),
        ('42["connect"]', None),
        ('42["a",' + "[" * 31 + "]" * 31 + "]", (None, ["a", json.loads("[" * 31 + "]" * 31)])),
        ('42["a",' + "[" * 32 + "]" * 32 + "]", None),
        ('42["a","' + "x" * 4_000 + '"]', None),
        ("3", None),
        ("", None),
    ],
)
def test_plain_event_decodes_short_events_and_leaves_the_rest(message: str, expected: object) -> None:
    assert plain_event(message, LIMITS) == expected


MALFORMED = pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "abc",
        "2",
        "2[]",
        "2{}",
        "2[null]",
        "2[true]",
        '2["a"',
        '2abc["a"]',
        '2-1["a"]',
        '22147483649["a"]',
        '299999999999999999999["a"]',
        '2٣["a"]',
        "0[]",
        "0null",
        "1[]",
        "3{}",
        "3",
        "4{}",
        '4{"message":"x"}',
        '5["a"]',
        '50-["a"]',
        '511-["a"]',
        '5-["a"]',
        '5٣-["a"]',
        '59999999999-["a"]',
        '2["a",nan]',
        '0{"token":NaN}',
        "3[NaN]",
    ],
)


@MALFORMED
def test_plain_event_leaves_malformed_packets(text: str) -> None:
    assert plain_event("4" + text, LIMITS) is None


@MALFORMED
def test_packet_that_no_stock_client_sends_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        decode(text, LIMITS)


@pytest.mark.parametrize("name", sorted(packets.RESERVED))
def test_reserved_event_from_a_client_is_malformed(name: str) -> None:
    for text in (f'2["{name}",{{}}]', f'21["{name}"]', f'2/console,["{name}"]', f'51-["{name}"]'):
        with pytest.raises(Malformed):
            decode(text, LIMITS)


def nested(depth: int) -> str:
    return "[" * (depth - 1) + "]" * (depth - 1)


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (nested(32), False),
        (nested(33), True),
        ('"' + "[" * 50 + '"', False),
        (json.dumps(dict.fromkeys(map(str, range(1_000)))), False),
        (json.dumps(dict.fromkeys(map(str, range(1_001)))), True),
        (json.dumps([{str(key): 1} for key in range(2_000)]), False),
        (r'"a\u0000b"', True),
        (r'{"\u0000":1}', True),
        (r'"a\\u0000b"', False),
        (r'"\ud83d"', True),
        (r'{"\uDE00":1}', True),
        (r'"\ud83d\ude00"', False),
        (r'"\\ud83d"', False),
        ("NaN", True),
        ('{"n":[-Infinity]}', True),
        ("1e999", True),
        ("9" * 5_000, True),
        ("[" * 3_000 + "]" * 3_000, True),
    ],
)
def test_json_beyond_the_limits_carries_an_error(body: str, refused: bool) -> None:
    assert (plain_event(f'421["a",{body}]', LIMITS) is None) or not refused
    packet = decode(f'21["a",{body}]', LIMITS)
    assert packet.id == 1
    assert (packet.error is not None) is refused
    if packet.error is not None:
        assert packet.error.code == "invalid"


@pytest.mark.parametrize("name", ["1", "-1.5", "0"])
def test_number_as_an_event_name_carries_an_error(name: str) -> None:
    assert plain_event(f"421[{name}]", LIMITS) is None
    packet = decode(f"21[{name},{{}}]", LIMITS)
    assert packet.error is not None
    assert (packet.id, packet.error.code) == (1, "invalid")


def test_event_named_error_is_like_any_other() -> None:
    assert decode('21["error",{}]', LIMITS).error is None


def test_message_over_the_limit_carries_an_error() -> None:
    packet = decode('25["a","' + "x" * 65_536 + '"]', LIMITS)
    assert packet.error is not None
    assert (packet.id, packet.error.code, packet.data) == (5, "too_large", [""])
    assert decode('25["a","' + "é" * 32_761 + '"]', LIMITS).error is None
    assert decode('25["a","' + "é" * 32_768 + '"]', LIMITS).error is not None


@pytest.mark.parametrize(
    "body", ['"' + "x" * 65_536 + '"', r'"\ud83d"', "NaN", "9" * 5_000, "[" * 3_000 + "]" * 3_000, '{"n":1e999}']
)
def test_refused_event_keeps_its_number(body: str) -> None:
    packet = decode(f'2["a",{body},12]', LIMITS)
    assert packet.error is not None
    assert packet.data == ["", None, 12]


def test_connect_over_the_limit_is_malformed() -> None:
    with pytest.raises(Malformed):
        decode('0{"token":"' + "x" * 65_536 + '"}', LIMITS)


def test_attachments_fill_their_placeholders() -> None:
    packet = decode('52-7["a",{"x":{"_placeholder":true,"num":1}},[{"_placeholder":true,"num":0}]]', LIMITS)
    assert not packet.add_attachment(b"zero", LIMITS)
    assert packet.add_attachment(b"one", LIMITS)
    assert (packet.type, packet.data) == (EVENT, ["a", {"x": b"one"}, [b"zero"]])


@pytest.mark.parametrize("number", ["2", "-1", '"0"', "0.0", "true", "null", "1e0"])
def test_placeholder_of_nothing_is_malformed(number: str) -> None:
    packet = decode(f'51-["a",{{"_placeholder":true,"num":{number}}}]', LIMITS)
    with pytest.raises(Malformed):
        packet.add_attachment(b"", LIMITS)


def test_attachments_over_the_limit_carry_an_error_and_are_dropped() -> None:
    packet = decode('52-7["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', LIMITS)
    packet.add_attachment(b"x" * 200_000, LIMITS)
    assert packet.add_attachment(b"x" * 100_000, LIMITS)
    assert packet.error is not None
    assert packet.error.code == "too_large"
    assert packet.attachments == []


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from((0.5, float("nan"), float("inf")))
    | st.text()
    | st.binary(max_size=4)
    | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_check_of_a_decoded_event_when_it_looks_plain_says_what_a_walk_says(value: Any) -> None:
    limits, walked = (engine_limits(json_depth=3, json_keys=12, message_bytes=192) for _ in range(2))
    object.__setattr__(walked, "short", -1)
    quick, slow = (check_event(["event", value], each) for each in (limits, walked))
    assert (quick and quick.to_json()) == (slow and slow.to_json())
