"""WebSocket frames without a socket. The whole of RFC 6455 is in `test_kosoku.py`."""

import os
import subprocess
import sys

import aiohttp
import pytest

from parlour.adapters.engine import rfc6455
from parlour.adapters.engine.rfc6455 import (
    FrameReader,
    WebSocketError,
    accept_key,
    close_code,
    frame_bytes,
    unmask,
    unmask_slowly,
)
from tests.adapters.engine.lab import BINARY, CLOSE, PING, TEXT, client_frame


def read_all(reader: FrameReader, data: bytes) -> list[tuple[int, str | bytes]]:
    reader.feed(data)
    messages = []
    while (message := reader.next_message()) is not None:
        messages.append(message)
    return messages


def test_accept_key_is_that_of_the_rfc() -> None:
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("key", ["", "short", "dGhlIHNhbXBsZSBub25jZQ", "é" * 24])
def test_key_that_is_not_sixteen_bytes_is_refused(key: str) -> None:
    assert accept_key(key) is None


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_message_of_any_length_is_read_whole_and_byte_by_byte(size: int) -> None:
    payload = os.urandom(size)
    whole = client_frame(BINARY, payload)
    assert read_all(FrameReader(1 << 20), whole) == [(BINARY, payload)]
    reader, got = FrameReader(1 << 20), []
    for at in range(0, len(whole), 1 if size < 1_000 else 997):
        got += read_all(reader, whole[at : at + (1 if size < 1_000 else 997)])
    assert got == [(BINARY, payload)]


@pytest.mark.parametrize("size", [0, 1, 2, 125, 126, 127, 4_000, 65_535, 65_536])
def test_whole_text_reads_short_texts_like_next_message(size: int) -> None:
    whole = client_frame(TEXT, b"x" * size)
    text = FrameReader(1 << 20).whole_text(whole)
    assert text == (None if size < 2 or size > 65_535 else "x" * size)  # a frame under 8 bytes may lack its length
    assert read_all(FrameReader(1 << 20), whole) == [(TEXT, "x" * size)]


@pytest.mark.parametrize(
    "data",
    [
        client_frame(TEXT, b"one") + client_frame(TEXT, b"two"),
        client_frame(TEXT, b"cut short")[:-1],
        client_frame(TEXT, b"x" * 200)[:-1],
        client_frame(TEXT, b"x" * 4_000),
        client_frame(TEXT, b"fragment", final=False),
        client_frame(BINARY, b"not a text"),
        client_frame(TEXT, b"not UTF-8 \xff"),
        client_frame(PING, b"not a text"),
        b"\x81\x08unmasked",
        b"\xc1" + client_frame(TEXT, b"RSV1")[1:],
        b"\x81\xff" + (125).to_bytes(8, "big") + b"mask" + bytes(125),
    ],
)
def test_whole_text_leaves_everything_else(data: bytes) -> None:
    assert FrameReader(1_000).whole_text(data) is None


def test_whole_text_overtakes_no_frame_that_waits() -> None:
    reader = FrameReader(1_000)
    first, second = client_frame(TEXT, b"first"), client_frame(TEXT, b"second")
    assert read_all(reader, first[:4]) == []
    assert reader.whole_text(second) is None
    assert read_all(reader, first[4:]) == [(TEXT, "first")]
    assert read_all(reader, client_frame(TEXT, b"he", final=False)) == []
    assert reader.whole_text(second) is None, "a message is half read: this would be a fragment out of place"


def test_frames_in_one_read_come_out_in_order() -> None:
    data = b"".join(client_frame(TEXT, str(number).encode()) for number in range(50))
    assert [payload for _, payload in read_all(FrameReader(100), data)] == [str(number) for number in range(50)]


def test_ping_between_fragments_comes_out_first() -> None:
    data = client_frame(TEXT, b"he", final=False) + client_frame(PING, b"?") + client_frame(0, b"y")
    assert read_all(FrameReader(100), data) == [(PING, b"?"), (TEXT, "hey")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x05hello", 1002),  # not masked
        (b"\xc1" + client_frame(TEXT, b"x")[1:], 1002),  # RSV1 without an extension
        (client_frame(3, b""), 1002),
        (client_frame(0xB, b""), 1002),
        (client_frame(PING, b"x", final=False), 1002),
        (client_frame(PING, b"x" * 126), 1002),
        (client_frame(0, b"x"), 1002),
        (client_frame(TEXT, b"x", final=False) + client_frame(TEXT, b"y"), 1002),
        (client_frame(TEXT, b"\xff"), 1007),
        (client_frame(TEXT, b"\xed\xa0\x80"), 1007),
        (client_frame(BINARY, b"x" * 101), 1009),
        (b"\x82\xff" + (1 << 62).to_bytes(8, "big") + b"mask", 1009),  # refused before a byte of it is kept
        (client_frame(BINARY, b"x" * 60, final=False) + client_frame(0, b"x" * 60), 1009),
    ],
)
def test_broken_frame_names_its_close_code(data: bytes, code: int) -> None:
    with pytest.raises(WebSocketError) as caught:
        read_all(FrameReader(100), data)
    assert caught.value.code == code


def test_control_frame_does_not_count_against_a_message() -> None:
    data = client_frame(BINARY, b"x" * 100, final=False) + client_frame(PING, b"y" * 125) + client_frame(0, b"")
    assert read_all(FrameReader(100), data) == [(PING, b"y" * 125), (BINARY, b"x" * 100)]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", 1000),
        (b"\x03", 1002),
        (b"\x03\xe8", 1000),
        (b"\x03\xe8bye", 1000),
        (b"\x03\xe8\xff", 1007),
        (b"\x03\xed", 1002),
        (b"\x0b\xb8", 3000),
        (b"\x13\x88", 1002),
    ],
)
def test_close_frame_is_answered_with_its_code_or_its_error(payload: bytes, code: int) -> None:
    assert close_code(payload) == code


def test_frame_bytes_are_final_and_unmasked() -> None:
    assert frame_bytes(TEXT, b"hi") == b"\x81\x02hi"
    assert frame_bytes(BINARY, b"x" * 126)[:4] == b"\x82\x7e\x00\x7e"
    assert frame_bytes(CLOSE, b"x" * 65_536)[:10] == b"\x88\x7f" + (65_536).to_bytes(8, "big")


def test_unmask_of_aiohttp_agrees_with_ours() -> None:
    """`websocket_mask` is a private name of aiohttp: this test notices when it goes or changes."""
    assert rfc6455.unmask is aiohttp._websocket.helpers.websocket_mask
    for size in (0, 1, 3, 4, 5, 130, 4_099):
        ours, theirs = bytearray(os.urandom(size)), bytearray(size)
        theirs[:] = ours
        unmask_slowly(b"abcd", ours)
        unmask(b"abcd", theirs)
        assert ours == theirs


def test_unmask_without_aiohttp_is_ours() -> None:
    program = """
import aiohttp._websocket.helpers
del aiohttp._websocket.helpers.websocket_mask
from parlour.adapters.engine.rfc6455 import FrameReader, unmask
assert unmask.__module__ == "parlour.adapters.engine.rfc6455"
reader = FrameReader(100)
assert reader.whole_text(bytes.fromhex("818537fa213d7f9f4d5158")) == "Hello"
reader.feed(bytes.fromhex("818537fa213d7f9f4d5158"))
assert reader.next_message() == (1, "Hello")
"""
    subprocess.run([sys.executable, "-c", program], check=True)
