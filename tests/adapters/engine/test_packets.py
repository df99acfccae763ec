"""Socket.IO packets and frames without a socket."""

import json

import orjson
import pytest

from parlour.adapters.engine import encode, frames, packets
from parlour.adapters.engine.packets import ACK, CONNECT, DISCONNECT, EVENT, Malformed, decode, plain_event
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
def test_a_packet_is_read(text: str, expected: tuple[object, ...]) -> None:
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
def test_the_short_way_takes_plain_events_and_leaves_the_rest(message: str, expected: object) -> None:
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
def test_the_short_way_never_takes_what_is_malformed(text: str) -> None:
    assert plain_event("4" + text, LIMITS) is None


@MALFORMED
def test_what_no_stock_client_sends_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        decode(text, LIMITS)


@pytest.mark.parametrize("name", sorted(packets.RESERVED))
def test_a_client_cannot_forge_a_reserved_event(name: str) -> None:
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
def test_json_beyond_the_limits_is_refused_and_not_disconnected(body: str, refused: bool) -> None:
    assert (plain_event(f'421["a",{body}]', LIMITS) is None) or not refused
    packet = decode(f'21["a",{body}]', LIMITS)
    assert packet.id == 1
    assert (packet.error is not None) is refused
    if packet.error is not None:
        assert packet.error.code == "invalid"


@pytest.mark.parametrize("name", ["1", "-1.5", "0"])
def test_a_number_for_a_name_as_stock_javascript_takes_it_is_answered(name: str) -> None:
    assert plain_event(f"421[{name}]", LIMITS) is None
    packet = decode(f"21[{name},{{}}]", LIMITS)
    assert packet.error is not None
    assert (packet.id, packet.error.code) == (1, "invalid")


def test_error_is_a_name_like_any_other_since_version_3() -> None:
    assert decode('21["error",{}]', LIMITS).error is None


def test_a_message_over_the_limit_is_an_answerable_error() -> None:
    packet = decode('25["a","' + "x" * 65_536 + '"]', LIMITS)
    assert packet.error is not None
    assert (packet.id, packet.error.code, packet.data) == (5, "too_large", None)
    assert decode('25["a","' + "é" * 32_761 + '"]', LIMITS).error is None
    assert decode('25["a","' + "é" * 32_768 + '"]', LIMITS).error is not None


def test_an_oversized_connect_is_malformed() -> None:
    with pytest.raises(Malformed):
        decode('0{"token":"' + "x" * 65_536 + '"}', LIMITS)


def test_attachments_fill_their_placeholders() -> None:
    packet = decode('52-7["a",{"x":{"_placeholder":true,"num":1}},[{"_placeholder":true,"num":0}]]', LIMITS)
    assert not packet.add_attachment(b"zero", LIMITS)
    assert packet.add_attachment(b"one", LIMITS)
    assert (packet.type, packet.data) == (EVENT, ["a", {"x": b"one"}, [b"zero"]])


@pytest.mark.parametrize("number", ["2", "-1", '"0"', "0.0", "true", "null", "1e0"])
def test_a_placeholder_of_nothing_is_malformed(number: str) -> None:
    packet = decode(f'51-["a",{{"_placeholder":true,"num":{number}}}]', LIMITS)
    with pytest.raises(Malformed):
        packet.add_attachment(b"", LIMITS)


def test_attachments_over_the_limit_are_an_answerable_error_and_not_kept() -> None:
    packet = decode('52-7["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', LIMITS)
    packet.add_attachment(b"x" * 200_000, LIMITS)
    assert packet.add_attachment(b"x" * 100_000, LIMITS)
    assert packet.error is not None
    assert packet.error.code == "too_large"
    assert packet.attachments == []


def test_bytes_become_attachments_of_an_event() -> None:
    frame = encode("doc", {"a": b"one", "b": [bytearray(b"two"), memoryview(b"three")]})
    assert frame.text == (
        b'453-["doc",{"a":{"_placeholder":true,"num":0},"b":'
        b'[{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]}]'
    )
    assert frame.attachments == (b"one", b"two", b"three")
    assert frame.wire.endswith(b"\x82\x03one\x82\x03two\x82\x05three")


def test_a_fragment_is_put_in_as_it_is() -> None:
    assert encode("entry", {"body": orjson.Fragment(b'{"a":1}')}).text == b'42["entry",{"body":{"a":1}}]'
    assert frames.ack(3, {"entries": [orjson.Fragment(b"1")]}).text == b'433[{"entries":[1]}]'


def test_what_json_cannot_say_is_an_error_here_and_not_at_a_client() -> None:
    with pytest.raises(orjson.JSONEncodeError):
        encode("bad", {"x": object()})


def test_namespaces_are_written_in_every_packet() -> None:
    assert encode("a", 1, "/console").text == b'42/console,["a",1]'
    assert frames.ack(3, b"x", "/console").text == b'461-/console,3[{"_placeholder":true,"num":0}]'
    assert frames.disconnect("/console").text == b"41/console,"


def test_a_polling_answer_never_holds_more_than_sixteen_packets() -> None:
    plain, binary = encode("a", 1), encode("b", [b"x"] * 10)
    assert frames.split_for_poll([plain] * 20) == ([plain] * 16, [plain] * 4)
    assert frames.split_for_poll([plain] * 6 + [binary]) == ([plain] * 6, [binary])
    assert frames.split_for_poll([binary, plain]) == ([binary, plain], [])
    assert frames.polling_body([plain, encode("b", b"\x01\x02")]).split(b"\x1e")[2] == b"bAQI="
