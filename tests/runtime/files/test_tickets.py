"""Tickets stand for one file, one account and five minutes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.errors import Unauthorized
from parlour.runtime.files.tickets import TICKET_MS, Tickets
from parlour.runtime.identity.server_key import ServerKey
from parlour.testing.fakes import FakeClock

HASH, OTHER = b"\x01" * 32, b"\x02" * 32
ALICE = "0x" + "1" * 40


def tickets(clock: FakeClock | None = None, key: bytes = b"k" * 32) -> Tickets:
    return Tickets(ServerKey(key).code, clock or FakeClock())


@pytest.mark.parametrize("account", [ALICE, "", "solana:mainnet:abc", "app:shop"])
def test_ticket_names_its_account_in_any_spelling_of_the_room(account: str) -> None:
    ticket, _ = tickets().issue("Hall", HASH, account)
    assert tickets().read(ticket, "hALL", HASH) == account


async def test_ticket_ends_after_five_minutes() -> None:
    clock = FakeClock()
    own = tickets(clock)
    ticket, until = own.issue("hall", HASH, ALICE)
    assert until == clock.now() + TICKET_MS
    await clock.advance(TICKET_MS / 1000 - 1)
    assert own.read(ticket, "hall", HASH) == ALICE
    await clock.advance(1)
    with pytest.raises(Unauthorized):
        own.read(ticket, "hall", HASH)


def test_ticket_opens_nothing_else() -> None:
    ticket, _ = tickets().issue("hall", HASH, ALICE)
    for other, room, hash_ in (
        (tickets(), "hall", OTHER),
        (tickets(), "house", HASH),
        (tickets(key=b"x" * 32), "hall", HASH),
    ):
        with pytest.raises(Unauthorized):
            other.read(ticket, room, hash_)


@given(st.text(max_size=60), st.integers(0, 80), st.characters())
def test_forged_tickets_are_refused_in_one_way(text: str, at: int, char: str) -> None:
    ticket, _ = tickets().issue("hall", HASH, ALICE)
    for forged in (text, ticket[:at] + char + ticket[at + 1 :], ticket + char):
        if forged != ticket:
            with pytest.raises(Unauthorized):
                tickets().read(forged, "hall", HASH)
