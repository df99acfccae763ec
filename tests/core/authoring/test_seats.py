"""Who sits where, and what is asked of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parlour.core.authoring.seats import Seat, Seats
from parlour.core.authoring.values import Player

SEAT = st.builds(
    Seat, st.sampled_from(["ann", "ben", "bot:1"]), st.booleans(), st.none() | st.integers(0, 9), st.booleans()
)
SEATS = st.lists(st.none() | SEAT, max_size=5).map(Seats)


@given(SEATS, st.integers(-1, 5))
def test_next_seat_goes_round_and_leaves_out_who_left(seats: Seats, number: int):
    there = [n for n, seat in enumerate(seats) if seat is not None and not seat.gone]
    found = [n for step in range(1, len(seats) + 1) if (n := (number + step) % len(seats)) in there]
    if number < len(seats):
        assert seats.after(number) == (found[0] if found else None)


@given(SEATS)
def test_account_has_the_first_seat_that_it_still_plays_from(seats: Seats):
    for account in ("ann", "ben", "zoe"):
        own = [n for n, seat in enumerate(seats) if seat is not None and seat.account == account and not seat.gone]
        assert seats.numbers.get(account) == (own[0] if own else None)


@given(SEATS)
def test_views_show_accounts_and_who_is_absent_or_left(seats: Seats):
    assert seats.accounts == [seat and seat.account for seat in seats]
    assert seats.left == [n for n, seat in enumerate(seats) if seat and seat.gone]
    assert seats.absent == [n for n, seat in enumerate(seats) if seat and (seat.gone or seat.away is not None)]


def test_first_away_is_the_longest_absence_of_who_may_come_back():
    seats = Seats([Seat("ann", away=30), Seat("ben", away=10, gone=True), Seat("cay", away=20), None])
    assert seats.first_away == 20
    assert Seats([Seat("ann")]).first_away is None


def test_replaced_seats_leave_the_old_ones_as_they_were():
    before = Seats([Seat("ann"), None])
    after = before.replaced(1, Seat("ben", away=5))
    assert before == (Seat("ann"), None)
    assert after.players == {0: Player(0, "ann"), 1: Player(1, "ben", away=True)}
