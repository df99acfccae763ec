"""The chain of audit rows: it holds as written and without erased texts, and no changed row passes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from parlour.core.audit.hash_chain import ZERO_HASH, SealedRow, digest_of, hash_of, judge

TEXTS = st.fixed_dictionaries({"whom": st.text(), "reason": st.text(), "after": st.none() | st.just({"a": 1})})


@st.composite
def chains(draw: st.DrawFn) -> list[SealedRow]:
    rows, last = list[SealedRow](), ZERO_HASH
    for n, texts in enumerate(draw(st.lists(TEXTS, min_size=1, max_size=5)), 1):
        salt = bytes([n]) * 16
        row = SealedRow(n, draw(st.text()), f"id{n}", "room.close", n, digest_of(salt, texts), salt, texts, b"")
        last = hash_of(last, row)
        rows.append(replace(row, hash=last))
    return rows


@given(chains())
def test_chain_as_it_was_sealed_holds_to_its_end(rows: list[SealedRow]) -> None:
    verdict = judge(rows)
    assert (verdict.rows, verdict.hash, verdict.wrong) == (len(rows), rows[-1].hash, None)
    half = len(rows) // 2
    assert judge(rows[half:], judge(rows[:half])) == verdict


@given(chains(), st.data())
def test_chain_with_erased_texts_holds(rows: list[SealedRow], data: st.DataObject) -> None:
    gone = data.draw(st.integers(0, len(rows) - 1))
    rows[gone] = replace(rows[gone], salt=None, texts=None)
    assert judge(rows).wrong is None


@given(chains(), st.data())
def test_chain_with_one_changed_row_is_good_before_it_alone(rows: list[SealedRow], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    texts = rows[at].texts
    assert texts is not None
    changes = [
        {"by": rows[at].by + "x"},
        {"at": 0},
        {"id": "other"},
        {"what": "room.open"},
        {"texts": {**texts, "reason": texts["reason"] + "!"}},
        {"digest": bytes(32), "salt": None, "texts": None},
    ]
    rows[at] = replace(rows[at], **data.draw(st.sampled_from(changes)))
    verdict = judge(rows)
    assert verdict.rows == at
    assert verdict.wrong is not None


@given(chains(), st.data())
def test_chain_without_a_row_is_broken_there(rows: list[SealedRow], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    rest = rows[:at] + rows[at + 1 :]
    assert judge(rest).rows == at
    assert bool(judge(rest).wrong) is (at < len(rows) - 1)
