"""Messages between nodes: what goes in comes out, each connection's frames in order, and each frame once."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parlour.runtime.cluster import wire
from parlour.runtime.cluster.records import Incoming, Outgoing
from parlour.testing.fakes import Heard
from tests.runtime.cluster.kit import FakeCodec

FRAMES = [Heard("entry", {"seq": n}) for n in range(4)]
WRITES = st.tuples(st.integers(1, 6), st.sampled_from(FRAMES), st.booleans())
TELLS = st.integers(0, 9)


def sent(turns: list[list[Any]]) -> list[bytes]:
    messages: list[bytes] = []
    outgoing = Outgoing(FakeCodec(), messages.append, lambda flush: None)
    for turn in turns:
        for each in turn:
            if isinstance(each, int):
                outgoing.tell("n", each)
            else:
                outgoing.write(*each)
        outgoing.flush()
    return messages


@given(st.lists(st.lists(WRITES | TELLS, max_size=30), max_size=5))
def test_connection_gets_its_frames_in_order_with_what_was_told_between(turns: list[list[Any]]) -> None:
    heard: dict[int, list[Any]] = {n: [] for n in range(1, 7)}
    wanted: dict[int, list[Any]] = {n: [] for n in range(1, 7)}
    incoming = Incoming(FakeCodec())
    for message in sent(turns):
        for record in incoming.read(message):
            if isinstance(record, list):
                for each in heard.values():
                    each.append(record[1])
            else:
                frame, numbers, volatile = record
                for number in numbers:
                    heard[number].append((frame, volatile))
    for turn in turns:
        for each in turn:
            if isinstance(each, int):
                for mine in wanted.values():
                    mine.append(each)
            else:
                wanted[each[0]].append((each[1], each[2]))
    assert heard == wanted


def test_broadcast_is_one_record_and_costs_the_same_whatever_the_members() -> None:
    few = sent([[(n, FRAMES[0], False) for n in range(3)], [(n, FRAMES[1], False) for n in range(3)]])
    many = sent([[(n, FRAMES[0], False) for n in range(900)], [(n, FRAMES[1], False) for n in range(900)]])
    assert len(many) == 2
    assert len(many[1]) == len(few[1])


KEYS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    )
)
def test_value_with_bytes_anywhere_comes_out_as_it_was(value: Any) -> None:
    assert wire.loads(wire.dumps(value)) == value
