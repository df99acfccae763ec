"""A file is what its bytes say, whatever it is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.files.types import IMAGES, OTHER, SHOWN, TextCheck, type_of
from tests.core.files.pictures import jpeg, png, webp

EBML = bytes.fromhex("1a45dfa3") + b"\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x86\x81\x01\x42\x82\x84webm" + b"\x00" * 40


@pytest.mark.parametrize(
    ("head", "type_"),
    [
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (b"GIF89a" + b"\x00" * 10, "image/gif"),
        (webp(), "image/webp"),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf", "image/avif"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", "audio/mpeg"),
        (b"OggS\x00\x02" + b"\x00" * 20, "audio/ogg"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "video/mp4"),
        (EBML, "video/webm"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", OTHER),
        (b"<!doctype html><script>alert(1)</script>", OTHER),
        (b"PK\x03\x04", OTHER),
        (b"\x7fELF", OTHER),
        (b"", OTHER),
    ],
)
def test_type_is_found_from_the_first_bytes(head: bytes, type_: str) -> None:
    assert type_of(head) == type_


def test_nothing_that_runs_is_shown() -> None:
    assert IMAGES <= SHOWN
    assert not {"image/svg+xml", "text/html", "application/pdf", "text/plain"} & SHOWN


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=50), st.integers(1, 5))
def test_text_is_known_however_it_is_cut(text: str, step: int) -> None:
    raw, check = (text + "\r\n\tend").encode(), TextCheck()
    for at in range(0, len(raw), step):
        check.add(raw[at : at + step])
    check.add(b"", last=True)
    assert check.holds


@pytest.mark.parametrize("raw", [b"a\x00b", b"\xff\xfe", b"half \xe2\x82", b"\x1b[31m"])
def test_what_is_no_text_is_known(raw: bytes) -> None:
    check = TextCheck()
    check.add(raw)
    check.add(b"", last=True)
    assert not check.holds


@given(st.binary(max_size=300))
def test_any_bytes_have_a_type(head: bytes) -> None:
    assert type_of(head) in SHOWN | {OTHER, "application/pdf"}
