"""Frames without a socket: what the server sends."""

import orjson
import pytest

from parlour.adapters.engine import encode, frames


def test_bytes_in_an_event_become_attachments() -> None:
    frame = encode("doc", {"a": b"one", "b": [bytearray(b"two"), memoryview(b"three")]})
    assert frame.text == (
        b'453-["doc",{"a":{"_placeholder":true,"num":0},"b":'
        b'[{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}]}]'
    )
    assert frame.attachments == (b"one", b"two", b"three")
    assert frame.wire.endswith(b"\x82\x03one\x82\x03two\x82\x05three")


def test_fragment_is_copied_as_it_is() -> None:
    assert encode("entry", {"body": orjson.Fragment(b'{"a":1}')}).text == b'42["entry",{"body":{"a":1}}]'
    assert frames.ack(3, {"entries": [orjson.Fragment(b"1")]}).text == b'433[{"entries":[1]}]'


def test_value_that_json_cannot_express_is_an_error() -> None:
    with pytest.raises(orjson.JSONEncodeError):
        encode("bad", {"x": object()})


def test_namespace_is_written_in_every_packet() -> None:
    assert encode("a", 1, "/console").text == b'42/console,["a",1]'
    assert frames.ack(3, b"x", "/console").text == b'461-/console,3[{"_placeholder":true,"num":0}]'
    assert frames.disconnect("/console").text == b"41/console,"


def test_polling_answer_holds_sixteen_packets_at_most() -> None:
    plain, binary = encode("a", 1), encode("b", [b"x"] * 10)
    assert frames.split_for_poll([plain] * 20) == ([plain] * 16, [plain] * 4)
    assert frames.split_for_poll([plain] * 6 + [binary]) == ([plain] * 6, [binary])
    assert frames.split_for_poll([binary, plain]) == ([binary, plain], [])
    assert frames.polling_body([plain, encode("b", b"\x01\x02")]).split(b"\x1e")[2] == b"bAQI="


def test_neighbouring_events_are_joined_into_one_frame() -> None:
    entry, state, large = encode("entry", {"seq": 1}), encode("state", {"seq": 1}), encode("big", "x" * 70_000)
    ack, binary, elsewhere = frames.ack(3, {}), encode("doc", b"x"), encode("a", 1, "/console")
    both = frames.Frame(b'42["frame",{"packets":[["entry",{"seq":1}],["state",{"seq":1}]]}]').wire
    assert frames.joined([entry, state]) == both
    assert frames.joined([entry]) == entry.wire
    for alone in (ack, binary, large, elsewhere, frames.PING):
        assert frames.joined([entry, state, alone, entry]) == both + alone.wire + entry.wire
        assert frames.joined([alone, entry, state]) == alone.wire + both
    assert frames.joined([]) == b""


@pytest.mark.parametrize("size", [0, 100, 110, 125, 126, 65_000, 65_535, 65_536, 70_000])
def test_frame_of_any_length_has_the_header_of_rfc_6455(size: int) -> None:
    frame = encode("a", "x" * size)
    assert frame.wire == frames.frame_bytes(frames.TEXT, frame.text)
