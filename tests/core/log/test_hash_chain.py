"""The hash chain of protocol §6, against vectors made with another implementation of RFC 8785."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from parlour.core.canonical_json import MAX_SAFE_INTEGER, canonical
from parlour.core.log.hash_chain import ZERO_HASH, first_break, hash_body, seal
from parlour.core.room import Draft
from parlour.errors import Invalid, ParlourError, TooLarge

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "log" / "chain.json").read_text())


def body_of(vector: dict[str, Any]) -> Any:
    return bytes.fromhex(vector["bodyHex"].removeprefix("0x")) if "bodyHex" in vector else vector["body"]


@pytest.mark.parametrize("vector", VECTORS["entries"], ids=lambda v: f"{v['seq']}-{v['type']}")
def test_every_vector_hashes_as_published(vector: dict[str, Any]) -> None:
    salt, previous = (bytes.fromhex(vector[key][2:]) for key in ("salt", "prev"))
    body = body_of(vector)
    raw = canonical(body)
    draft = Draft(vector["type"], body, vector["author"], vector["id"], sig=vector["sig"])
    entry = seal(draft, (VECTORS["room"], VECTORS["epoch"], vector["seq"], vector["at"], previous), salt, raw)
    if "bodyCanonical" in vector and not isinstance(body, bytes):
        assert raw.decode() == vector["bodyCanonical"]
    assert "0x" + entry.body_hash.hex() == vector["bodyHash"]
    assert "0x" + entry.hash.hex() == vector["hash"]


def sealed(*texts: str) -> list[Any]:
    entries: list[Any] = []
    for text in texts:
        draft = Draft("chat.message", {"text": text}, "0x1", f"id-{len(entries)}")
        previous = entries[-1].hash if entries else ZERO_HASH
        raw = canonical(draft.body)
        entries.append(seal(draft, ("hall", "e", len(entries) + 1, 1000, previous), b"\x07" * 16, raw))
    return entries


def test_chain_that_was_not_touched_holds() -> None:
    assert first_break(sealed("a", "b", "c"), ZERO_HASH) is None


def test_changed_missing_and_moved_entries_are_found() -> None:
    changed, forged, missing, moved = (sealed("a", "b", "c") for _ in range(4))
    changed[1].raw = b'{"text":"B"}'
    forged[1].author = "0x2"
    del missing[1]
    moved[0], moved[1] = moved[1], moved[0]
    assert [first_break(entries, ZERO_HASH) for entries in (changed, forged, missing, moved)] == [2, 2, 3, 2]


def test_erased_body_leaves_a_chain_that_still_verifies() -> None:
    entries = sealed("a", "b", "c")
    entries[1].body = entries[1].raw = entries[1].salt = None
    assert first_break(entries, ZERO_HASH) is None


def test_body_hash_gives_nothing_away_without_its_salt() -> None:
    raw = canonical({"text": "yes"})
    assert hash_body(b"\x01" * 16, raw) != hash_body(b"\x02" * 16, raw)


def test_clients_own_salt_is_kept() -> None:
    draft = Draft("chat.message", {"text": "a"}, "0x1", "1", salt=b"\x09" * 16)
    assert seal(draft, ("hall", "e", 1, 0, ZERO_HASH), b"\x00" * 16, canonical(draft.body)).salt == b"\x09" * 16


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
KEYS = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=8)
NUMBERS = st.integers(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: not MAX_SAFE_INTEGER < abs(number) < 1e21
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abcXYZ_1", min_size=1, max_size=6), JSON, max_size=5))
def test_sorted_orjson_and_rfc_8785_agree(body: dict[str, Any]) -> None:
    assert canonical(body) == rfc8785.dumps(body)


@pytest.mark.parametrize(
    "body",
    [{"a": float("nan")}, {"a": float("inf")}, {"a": "x\x00"}, {"\x00": 1}, {"é": 1}, {"a": 2**53}, {"a": -(2**53)},
     {"a": float(2**53)}, {"a": [-1e20]}, {"a": orjson.loads("18446744073709551616")},
     {"a": {1, 2}}, {1: 2}, {"a": b"bytes"}],
)  # fmt: skip
def test_body_that_hashes_differently_elsewhere_is_invalid(body: Any) -> None:
    with pytest.raises(Invalid):
        canonical(body)


def test_depth_and_keys_are_bounded() -> None:
    deep: Any = {}
    for _ in range(40):
        deep = {"a": deep}
    with pytest.raises(Invalid):
        canonical(deep)
    with pytest.raises(TooLarge):
        canonical({f"k{n}": n for n in range(1001)})
    with pytest.raises(ParlourError):
        canonical({"a": [{f"k{n}": n for n in range(600)}] * 2})


def test_binary_body_is_its_bytes() -> None:
    assert canonical(b"\x00\xff") == b"\x00\xff"
