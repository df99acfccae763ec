"""The line as a room: each ticket ends once, and its log alone brings it back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from parlour.core.matchmaking.commands import Ended, Make, Missed, Seek, Withdraw
from parlour.core.matchmaking.lineup import Lineup
from parlour.core.matchmaking.pairing import pair
from parlour.core.matchmaking.room import QueueRoom
from parlour.core.matchmaking.tickets import Ticket, ticket_id
from parlour.core.room import Moderate
from parlour.errors import Forbidden, Illegal, NotFound, RateLimited
from parlour.testing.kept_room import KeptRoom

DUEL = Lineup(2, 2)
CONFIRM_MS = 20_000
OPERATOR = 3


class QueueLine(KeptRoom[QueueRoom]):
    """A line in a test."""

    def __init__(self) -> None:
        super().__init__(QueueRoom, {"kind": "duel"}, 0)

    def seek(self, *accounts: str, request: str = "r1", **more: Any) -> str:
        ticket = Ticket(ticket_id("queue:duel", accounts[0], request), accounts, self.now, **more)
        self.submit(Seek(accounts[0], ticket=ticket))
        return ticket.id

    def make(self, lineup: Lineup = DUEL) -> list[str]:
        """Make the tables that can be made now, and return their rooms."""
        groups = [[t.id for t in group] for group in pair(self.room.line.in_order(), lineup, self.now)]
        before = len(self.log)
        self.submit(Make(groups=groups, lineup=lineup, confirm_ms=CONFIRM_MS))
        return [entry.body["room"] for entry in self.log[before:] if isinstance(entry.body, dict)]

    def waiting(self) -> list[str]:
        return [account for ticket in self.room.line.in_order() for account in ticket.accounts]


def test_two_who_seek_get_a_table_with_a_seat_each() -> None:
    line = QueueLine()
    ann, bob = line.seek("ann"), line.seek("bob")
    assert line.outcomes[-1].reply == {"ticket": bob, "waiting": 2}
    line.now += 4000
    (room,) = line.make()
    body = line.log[-1].body
    assert isinstance(body, dict)
    assert room.startswith("match-")
    assert body["tickets"] == [ann, bob]
    assert sorted(player["account"] for player in body["players"]) == ["ann", "bob"]
    assert [player["seat"] for player in body["players"]] == [0, 1]
    assert body["confirmBy"] == line.now + CONFIRM_MS
    assert line.view() == {"kind": "duel", "waiting": 0, "tables": 1, "eta": 4000}


def test_account_waits_once_and_its_ticket_is_its_own() -> None:
    line = QueueLine()
    ann = line.seek("ann")
    with pytest.raises(Illegal) as refused:
        line.seek("ann", request="r2")
    assert (refused.value.reason, refused.value.details) == ("already_waiting", {"ticket": ann})
    with pytest.raises(NotFound):
        line.submit(Withdraw("bob", ticket=ann))
    with pytest.raises(NotFound):
        line.submit(Withdraw("ann", ticket="forged"))
    line.submit(Withdraw("ann", ticket=ann))
    assert line.waiting() == []


def test_table_that_was_missed_puts_those_who_came_first_in_line() -> None:
    line = QueueLine()
    line.seek("ann")
    line.seek("bob")
    (room,) = line.make()
    line.seek("cid")
    line.submit(Missed(table=room, absent=["bob"]))
    assert line.waiting() == ["ann", "cid"]
    assert line.view()["tables"] == 0


def test_who_looked_again_meanwhile_waits_once_after_a_missed_table() -> None:
    line = QueueLine()
    line.seek("ann")
    line.seek("bob")
    (room,) = line.make()
    newer = line.seek("ann", request="r2")
    line.submit(Missed(table=room, absent=["bob"]))
    assert list(line.room.line.waiting) == [newer]
    assert line.make() == []


def test_who_misses_seats_waits_longer_each_time() -> None:
    line = QueueLine()
    for number, pause in enumerate((60_000, 120_000, 300_000, 300_000)):
        line.seek("ann", request=f"a{number}")
        line.seek("bob", request=f"b{number}")
        (room,) = line.make()
        line.submit(Missed(table=room, absent=["ann", "bob"]))
        with pytest.raises(RateLimited) as refused:
            line.seek("ann", request=f"again{number}")
        assert (refused.value.reason, refused.value.retry_after) == ("match", pause)
        line.now += pause


def test_seats_not_taken_are_forgotten_after_a_day() -> None:
    line = QueueLine()
    for day in range(2):
        line.seek("ann", request=f"a{day}")
        line.seek("bob", request=f"b{day}")
        (room,) = line.make()
        line.submit(Missed(table=room, absent=["ann"]))
        assert line.room.line.pause_until("ann") == line.now + 60_000
        line.submit(Withdraw(ticket=line.room.line.ticket_of("bob") or ""))
        line.now += 25 * 3_600_000


def test_banned_account_loses_its_ticket_and_gets_no_other() -> None:
    line = QueueLine()
    line.seek("ann")
    line.submit(Moderate("boss", OPERATOR, account="ann", action="ban"))
    assert line.log[-1].body["reason"] == "banned"  # type: ignore[index, call-overload]
    with pytest.raises(Forbidden):
        line.seek("ann", request="r2")


def test_group_with_a_ticket_that_is_gone_makes_no_table() -> None:
    line = QueueLine()
    ann, bob = line.seek("ann"), line.seek("bob")
    line.submit(Withdraw("bob", ticket=bob))
    line.submit(Make(groups=[[ann, bob], [ann]], lineup=DUEL, confirm_ms=CONFIRM_MS))
    assert line.waiting() == []
    assert [entry.type for entry in line.log].count("match.made") == 1


def test_rating_bots_and_options_of_the_longest_wait_are_in_the_table() -> None:
    line, lineup = QueueLine(), Lineup(2, 3, has_bot=True)
    line.seek("ann", options={"goal": 5}, ratings={"ann": 1600}, bots_after=0)
    line.now += 1
    line.seek("bob", options={"goal": 7}, ratings={"bob": 1580}, bots_after=0)
    line.make(lineup)
    body = line.log[-1].body
    assert isinstance(body, dict)
    assert body["options"] == {"goal": 5, "bots": 1}
    assert {player["account"]: player["rating"] for player in body["players"]} == {"ann": 1600, "bob": 1580}


PEOPLE = st.sampled_from(["ann", "bob", "cid", "dan", "eve"])


class EveryTicketEndsOnce(RuleBasedStateMachine):
    """Whatever happens, and however often the server dies: no ticket is lost, and none is seated twice."""

    def __init__(self) -> None:
        super().__init__()
        self.line = QueueLine()
        self.requests = 0

    @rule(people=st.lists(PEOPLE, min_size=1, max_size=2, unique=True))
    def seek(self, people: list[str]) -> None:
        self.requests += 1
        try:
            self.line.seek(*people, request=f"r{self.requests}")
        except (Illegal, RateLimited):
            return

    @rule(who=PEOPLE)
    def cancel(self, who: str) -> None:
        held = self.line.room.line.ticket_of(who)
        if held is not None:
            self.line.submit(Withdraw(who, ticket=held))

    @rule()
    def make(self) -> None:
        self.line.make(Lineup(2, 2))

    @precondition(lambda self: self.line.room.line.tables)
    @rule(data=st.data())
    def end_a_table(self, data: st.DataObject) -> None:
        room = data.draw(st.sampled_from(sorted(self.line.room.line.tables)))
        absent = data.draw(st.sets(st.sampled_from(sorted(self.line.room.line.tables[room].players))))
        missed = data.draw(st.booleans())
        self.line.submit(Missed(table=room, absent=sorted(absent)) if missed else Ended(table=room, end=9))

    @rule(seconds=st.integers(0, 400))
    def wait(self, seconds: int) -> None:
        self.line.now += seconds * 1000

    @rule()
    def die(self) -> None:
        self.line.room = self.line.replayed()

    @invariant()
    def tickets_are_where_the_log_says(self) -> None:
        alive: dict[str, str] = {}
        tables: dict[str, list[str]] = {}
        people_of: dict[str, list[str]] = {}
        for entry in self.line.log:
            body: Any = entry.body
            if entry.type == "match.sought":
                assert body["ticket"] not in alive
                alive[body["ticket"]], people_of[body["ticket"]] = "waiting", body["accounts"]
            elif entry.type == "match.withdrawn":
                assert alive[body["ticket"]] == "waiting"
                alive[body["ticket"]] = "over"
            elif entry.type == "match.made":
                assert all(alive[each] == "waiting" for each in body["tickets"])
                alive |= dict.fromkeys(body["tickets"], "seated")
                tables[body["room"]] = body["tickets"]
            elif entry.type in ("match.missed", "match.ended"):
                for each in tables.pop(body["room"]):
                    waiting = {a for ticket, people in people_of.items() if alive[ticket] == "waiting" for a in people}
                    gone = {*waiting, *body.get("absent", people_of[each])}
                    alive[each] = "waiting" if gone.isdisjoint(people_of[each]) else "over"
        assert set(self.line.room.line.waiting) == {each for each, state in alive.items() if state == "waiting"}
        assert set(self.line.room.line.tables) == set(tables)
        waiting = self.line.waiting()
        assert len(waiting) == len(set(waiting)), "nobody waits twice"

    @invariant()
    def snapshot_is_the_fold(self) -> None:
        again = self.line.restored(len(self.line.log))
        assert again.snapshot() == self.line.replayed().snapshot() == self.line.room.snapshot()


TestEveryTicketEndsOnce = EveryTicketEndsOnce.TestCase
TestEveryTicketEndsOnce.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
