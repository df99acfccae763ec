"""What is an update and what is not: whatever comes, reading it takes time in proportion to its bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, get_state

from parlour.core.documents.contents import Contents
from parlour.core.documents.encoding import NotAnUpdate, read_vector, write_uint, write_vector
from parlour.core.documents.updates import TooManyStructs, read_update
from tests.core.documents import hostile_peer

ROOT = Path(__file__).parents[3]


def document() -> bytes:
    """Everything that pycrdt writes: text with formats and an emoji, a map, an array, XML, nested types, deletions."""
    doc: Doc[Any] = Doc(client_id=7)
    text = doc.get("t", type=Text)
    text += "gm 📊 ok"
    text.format(0, 2, {"bold": True})
    text.insert_embed(0, {"image": 1})
    del text[1:2]
    doc.get("m", type=Map)["k"] = {"deep": [1, 2.5, None, True, "x", b"\x00"]}
    doc.get("m", type=Map)["in"] = Text("in")
    doc.get("a", type=Array).extend([1, "two", b"\x03", -5, 2**40])
    doc.get("x", type=XmlFragment).children.append(XmlElement("p", {"class": "c"}, ["text"]))
    return doc.get_update()


WHOLE = document()


def uints(*numbers: int) -> bytes:
    return b"".join(map(write_uint, numbers))


def test_update_says_who_wrote_what_and_how_it_is_deleted() -> None:
    update = read_update(WHOLE)
    [run] = update.runs.values()
    last = run[-1]
    assert (list(update.runs), run[0].clock) == ([7], 0)
    assert state_of(WHOLE) == {7: last.clock + last.length}
    contents = Contents()
    contents.take(WHOLE, update)
    assert contents.roots == {"t": "text", "m": "map", "a": "array", "x": "xml"}
    assert [client for client, _, _ in update.deletes] == [7] * len(update.deletes) != []
    assert update.pairs != []


def state_of(update: bytes) -> dict[int, int]:
    return read_vector(get_state(update))


HOSTILE = {
    "nothing": b"",
    "a cut": WHOLE[:-3],
    "bytes after the end": WHOLE + b"\x00",
    "a million clients": uints(1_000_000),
    "structs that are not there": uints(1, 5_000, 1, 0),
    "a clock of 2^53": uints(1, 1, 1, 2**53 - 1) + b"\x00" + uints(5, 0),
    "a number without an end": b"\xff" * 20,
    "a struct without a length": uints(1, 1, 1, 0) + b"\x00" + uints(0, 0),
    "a struct of no type": uints(1, 1, 1, 0) + b"\x1e" + uints(0),
    "text that is no UTF-8": uints(1, 1, 1, 0) + b"\x04" + uints(1) + b"\x01t" + uints(2) + b"\xff\xfe" + uints(0),
    "an embed that is no JSON": uints(1, 1, 1, 0) + b"\x05" + uints(1) + b"\x01t" + uints(2) + b"{:" + uints(0),
    "a client twice": uints(2, 1, 1, 0) + b"\x00\x01" + uints(1, 1, 0) + b"\x00\x01" + uints(0),
    "a deep value": uints(1, 1, 1, 0) + b"\x08\x01\x01t" + uints(1) + b"\x75\x01" * 5_000 + b"\x7f" + uints(0),
    "deletions of 2^53": uints(0, 1, 1, 1, 2**53 - 1, 2**53 - 1),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bytes_are_no_update(raw: bytes) -> None:
    with pytest.raises(NotAnUpdate):
        read_update(raw, 5_000)


@pytest.mark.parametrize("raw", [uints(1, 10**6, 1, 0) + b"\x00\x01" * 10**6, uints(0, 1, 1, 10**6)])
def test_update_of_a_million_structs_is_refused_by_its_head(raw: bytes) -> None:
    with pytest.raises(TooManyStructs):
        read_update(raw, 5_000)


def test_hostile_bytes_take_bounded_memory_and_time() -> None:
    """Shown in a process of its own, which fails beyond its memory and is killed beyond its time."""
    command = [sys.executable, "-m", "tests.core.documents.hostile_peer"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.count("\n") == len(hostile_peer.REFUSED) + 8, told.stdout


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_update_with_a_byte_changed_is_read_or_refused(place: int, byte: int) -> None:
    raw = WHOLE[:place] + bytes((byte,)) + WHOLE[place + 1 :]
    try:
        read_update(raw, 5_000)
    except (NotAnUpdate, TooManyStructs):
        pass


@given(st.dictionaries(st.integers(0, 2**53 - 1), st.integers(1, 2**31 - 1)))
def test_vector_is_read_as_it_was_written(vector: dict[int, int]) -> None:
    assert read_vector(write_vector(vector)) == vector


@pytest.mark.parametrize("raw", [b"", b"\x01", b"\x01\x01", b"\x00\x00"])
def test_bytes_that_are_no_vector_are_refused(raw: bytes) -> None:
    with pytest.raises(NotAnUpdate):
        read_vector(raw)
