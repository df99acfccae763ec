"""What a node believes of what is on the bus: nothing that is not sealed by this cluster, now, in this version."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.runtime.cluster.envelope import DATA, KEY_OVERLAP_MS, KEY_PERIOD_MS, Message, Seals
from tests.runtime.cluster.kit import secret

IDS = st.binary(min_size=8, max_size=8)


def seals(now: int = 5 * KEY_PERIOD_MS, prefix: str = "") -> Seals:
    return Seals(lambda *words: secret(prefix, *words), lambda: now)


@given(IDS, IDS, IDS, st.integers(0, 2**64 - 1), st.binary())
def test_message_is_opened_as_it_was_sealed(sender: bytes, mine: bytes, yours: bytes, n: int, payload: bytes) -> None:
    message = Message(DATA, sender, mine, yours, n, payload)
    assert seals().open(seals().seal(message)) == message


@given(st.data())
def test_message_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    raw = bytearray(seals().seal(Message(DATA, b"sender..", b"mine....", b"yours...", 7, b"payload")))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    one = seals()
    assert one.open(bytes(raw)) is None
    assert one.refused.total() == 1


@pytest.mark.parametrize(("raw", "reason"), [(b"", "malformed"), (b"x" * 60, "malformed"), (b"x" * 200, "cluster")])
def test_what_is_no_message_is_refused_by_reason(raw: bytes, reason: str) -> None:
    one = seals()
    assert one.open(raw) is None
    assert dict(one.refused) == {reason: 1}


def test_message_of_another_version_is_left_alone() -> None:
    one, raw = seals(), seals().seal(Message(DATA, b"sender..", b"mine....", b"yours...", 7, b""))
    assert one.open(bytes([2]) + raw[1:]) is None
    assert dict(one.refused) == {"version": 1}


def test_message_of_another_cluster_is_refused() -> None:
    one, raw = seals(), seals(prefix="other").seal(Message(DATA, b"sender..", b"mine....", b"yours...", 7, b""))
    assert one.open(raw) is None
    assert dict(one.refused) == {"cluster": 1}


@pytest.mark.parametrize(
    ("later_ms", "opens"), [(KEY_OVERLAP_MS - 1, True), (KEY_OVERLAP_MS, False), (-KEY_OVERLAP_MS, True)]
)
def test_key_of_yesterday_opens_for_an_hour(later_ms: int, opens: bool) -> None:
    midnight = 5 * KEY_PERIOD_MS
    before = min(midnight - 1, midnight + later_ms)
    raw = seals(before).seal(Message(DATA, b"sender..", b"mine....", b"yours...", 7, b""))
    assert (seals(max(midnight, midnight + later_ms)).open(raw) is not None) is opens
