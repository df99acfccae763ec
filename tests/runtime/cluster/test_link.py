"""A link: whatever the bus loses, doubles and swaps, each message comes once and in order."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from parlour.runtime.cluster.envelope import DATA, NO_ID, Message
from parlour.runtime.cluster.link import Link

_nonces = count(1)


def draw() -> bytes:
    return next(_nonces).to_bytes(8, "big")


def seal(message: Message) -> bytes:
    return message.counter.to_bytes(8, "big") + message.payload


def linked() -> tuple[Link, Link]:
    one, two = Link(draw, 1 << 20), Link(draw, 1 << 20)
    greet(one, two)
    greet(two, one)
    greet(one, two)
    assert one.is_up
    assert two.is_up
    return one, two


def greet(speaker: Link, listener: Link) -> bool:
    return listener.heard(speaker.state())


def keep(link: Link, payload: bytes) -> bytes | None:
    return link.keep(Message(DATA, b"sender..", NO_ID, NO_ID, 0, payload), seal)


@given(st.data())
def test_messages_come_once_and_in_order_over_any_bus(data: st.DataObject) -> None:
    one, two = linked()
    got: list[bytes] = []

    def deliver(raw: bytes) -> None:
        if two.take(int.from_bytes(raw[:8], "big")):
            got.append(raw[8:])

    sent = data.draw(st.lists(st.binary(max_size=3), max_size=20))
    on_the_way: list[bytes] = []
    for payload in sent:
        raw = keep(one, payload)
        assert raw is not None
        on_the_way += [raw] * data.draw(st.integers(0, 2))
    for raw in data.draw(st.permutations(on_the_way)):
        deliver(raw)
    if two.is_behind(one.state().sent):
        for raw in one.after(two.got) or ():
            deliver(raw)
    assert got == sent
    greet(two, one)
    assert one.after(0) == ([] if not sent else None), "confirmed messages are not held"


def test_link_ends_where_the_other_end_begins_anew() -> None:
    one, two = linked()
    keep(one, b"lost")
    two.end()
    assert greet(two, one)
    assert not one.is_up
    greet(one, two)
    greet(two, one)
    greet(one, two)
    assert one.is_up
    assert two.is_up
    assert one.after(0) == []


def test_message_of_the_link_before_is_none_of_this_one() -> None:
    one, two = linked()
    old = Message(DATA, b"sender..", one.mine, one.yours, 1, b"")
    assert two.belongs(old)
    two.end()
    assert not two.belongs(old)


def test_link_that_holds_too_much_says_so() -> None:
    one, two = linked()
    assert keep(one, bytes(1 << 19)) is not None
    greet(two, one)
    assert keep(one, bytes(1 << 20)) is None
