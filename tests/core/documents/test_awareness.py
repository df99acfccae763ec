"""Who is where: states belong to the connection that used a client id first, and go with it."""

from __future__ import annotations

import pytest

from parlour.core.documents.awareness import KEPT_BYTES, Awareness, ClientState, read_awareness, write_awareness
from parlour.errors import Forbidden, Invalid

ANN = ClientState(7, 1, b'{"name":"ann"}')


@pytest.mark.parametrize("raw", [b"", b"\x01", write_awareness([ANN]) + b"\x00", b"\x01\x01\x01\x02{:", b"\xff" * 9])
def test_bytes_that_are_no_awareness_update_are_invalid(raw: bytes) -> None:
    with pytest.raises(Invalid):
        read_awareness(raw)


def test_update_is_read_as_it_was_written() -> None:
    assert read_awareness(write_awareness([ANN, ClientState(2**32, 0, b"null")])) == [ANN, (2**32, 0, b"null")]


def test_client_of_somebody_else_is_refused_and_stays_as_it_was() -> None:
    awareness = Awareness()
    awareness.take(write_awareness([ANN]), "c1", "ann")
    for forged in ([ANN._replace(clock=2)], [ClientState(8, 1, b"{}"), ANN._replace(state=b"null")]):
        with pytest.raises(Forbidden):
            awareness.take(write_awareness(forged), "c2", "bea")
    assert awareness.whole() == write_awareness([ANN])


def test_guests_have_no_account_in_common() -> None:
    awareness = Awareness()
    awareness.take(write_awareness([ANN]), "c1", "")
    with pytest.raises(Forbidden):
        awareness.take(write_awareness([ANN._replace(clock=2)]), "c2", "")


def test_account_that_reconnects_takes_its_client_along() -> None:
    awareness = Awareness()
    awareness.take(write_awareness([ANN]), "c1", "ann")
    awareness.take(write_awareness([ANN._replace(clock=2)]), "c2", "ann")
    assert awareness.drop("c1") is None
    assert awareness.drop("c2") == write_awareness([ClientState(7, 3, b"null")])
    assert awareness.whole() is None


def test_state_that_is_older_or_gone_is_not_shown() -> None:
    awareness = Awareness()
    awareness.take(write_awareness([ANN._replace(clock=5)]), "c1", "ann")
    awareness.take(write_awareness([ANN._replace(clock=4, state=b"{}")]), "c1", "ann")
    assert awareness.whole() == write_awareness([ANN._replace(clock=5)])
    awareness.take(write_awareness([ANN._replace(clock=6, state=b"null")]), "c1", "ann")
    assert (awareness.whole(), awareness.drop("c1")) == (None, None)


def test_newcomer_gets_the_newest_states_that_fit() -> None:
    awareness = Awareness()
    large = b'"' + b"x" * (KEPT_BYTES // 3) + b'"'
    for client in range(4):
        awareness.take(write_awareness([ClientState(client, 1, large)]), f"c{client}", f"a{client}")
    assert [state.client for state in read_awareness(awareness.whole() or b"")] == [3, 2]
