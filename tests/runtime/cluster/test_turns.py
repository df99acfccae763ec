"""Requests to a room whose owner changes: none passes an earlier one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from parlour.runtime.cluster.turns import LONGEST_SECONDS, Turns
from parlour.testing.fakes import FakeClock

A, B = object(), object()


class Sender:
    """Sends requests, each to the owner of its moment, and notes which went in which order."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.turns = Turns(self.clock)
        self.owner: object = A
        self.went: list[int] = []

    def ask(self) -> int:
        number = self.turns.number()
        self._send(number)
        return number

    def _send(self, number: int) -> None:
        again: Callable[[], None] = partial(self._send, number)
        if not self.turns.holds("hall", number, again) and self.turns.goes("hall", number, self.owner, again):
            self.went.append(number)

    def refuse(self, number: int) -> None:
        self.went.remove(number)
        self.turns.refused("hall", number, partial(self._send, number), 0.1)


async def test_requests_go_at_once_while_the_owner_stays() -> None:
    sender = Sender()
    assert [sender.ask(), sender.ask()] == sender.went
    assert not sender.turns.is_idle("hall")
    for _ in range(2):
        sender.turns.answered("hall")
    assert sender.turns.is_idle("hall")


async def test_request_that_is_asked_again_is_passed_by_nobody() -> None:
    sender = Sender()
    first, second = sender.ask(), sender.ask()
    sender.refuse(first)
    third = sender.ask()
    sender.refuse(second)
    assert sender.went == []
    await sender.clock.advance(0.1)
    assert sender.went == [first, second, third]


async def test_pause_that_is_over_waits_for_what_is_not_answered() -> None:
    sender = Sender()
    first, second = sender.ask(), sender.ask()
    sender.refuse(first)
    await sender.clock.advance(0.1)
    assert sender.went == [second]
    sender.refuse(second)
    await sender.clock.advance(0.1)
    assert sender.went == [first, second]


async def test_request_to_a_new_owner_waits_for_the_old_ones_answers() -> None:
    sender = Sender()
    first = sender.ask()
    sender.owner = B
    second = sender.ask()
    assert sender.went == [first]
    sender.turns.answered("hall")
    assert sender.went == [first, second]


async def test_answer_that_never_comes_holds_nobody_for_ever() -> None:
    sender = Sender()
    first = sender.ask()
    sender.owner = B
    second = sender.ask()
    await sender.clock.advance(LONGEST_SECONDS)
    assert sender.went == [first, second]
    for _ in range(2):
        sender.turns.answered("hall")
    assert sender.turns.is_idle("hall")
