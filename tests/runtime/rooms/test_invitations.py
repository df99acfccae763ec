"""Invitations: how often one account may send another one a notice."""

from __future__ import annotations

import pytest

from parlour.errors import RateLimited
from parlour.runtime.rooms.interface import Caller, Invitation
from tests.runtime.kit import ALICE, BOB, OWNER, Process


async def test_account_is_invited_so_often_by_one_other_and_no_more() -> None:
    process = Process()
    rooms = process.rooms
    for name in ("hall", "attic"):
        await process.create(name)
    first = await rooms.invite("hall", Caller(OWNER), Invitation(ALICE, None, None, "first"))
    for number in range(9):
        await rooms.invite("attic" if number % 2 else "hall", Caller(OWNER), Invitation(ALICE))
    with pytest.raises(RateLimited) as refused:
        await rooms.invite("hall", Caller(OWNER), Invitation(ALICE))
    assert (refused.value.reason, refused.value.retry_after) == ("invitations", 360_000)
    assert len(process.notices) == 10
    await rooms.invite("hall", Caller(OWNER), Invitation(BOB))
    await rooms.invite("hall", Caller(OWNER), Invitation())
    await process.clock.advance(360)
    again = await rooms.invite("hall", Caller(OWNER), Invitation(ALICE, None, None, "first"))
    assert again == first | {"duplicate": True}, "a repeat costs nothing"
    await rooms.invite("hall", Caller(OWNER), Invitation(ALICE))
