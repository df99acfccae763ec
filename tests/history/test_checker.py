"""The checker itself: silent on an honest server, loud on every dishonest one."""

from __future__ import annotations

import pytest

from tests.history.checker import Ack, Client, Final, Heard, Invoke, Item, Join, check
from tests.history.mutants import run


@pytest.mark.parametrize("seed", range(5))
def test_checker_of_an_honest_server_that_crashes_finds_nothing(seed: int) -> None:
    clients, finals, _ = run(None, posts=3000, crashes=20, seed=seed)
    verdict = check(clients, finals)
    assert not verdict.findings, str(verdict)
    assert verdict.counts["entries"] == 3000


@pytest.mark.parametrize(
    ("defect", "posts", "kinds"),
    [
        ("ack before commit", 2000, {"lost"}),
        ("drop one in ten thousand", 10_000, {"lost"}),
        ("swap two stored", 5000, {"order"}),
        ("swap two heard", 5000, {"gap"}),
        ("replay twice", 2000, {"replayed"}),
        ("resend stored twice", 2000, {"duplicated"}),
        ("refused but stored", 2000, {"phantom"}),
        ("forget one listener", 10_000, {"gap"}),
    ],
)
def test_checker_of_a_dishonest_server_finds_its_fault(defect: str, posts: int, kinds: set[str]) -> None:
    clients, finals, misdeeds = run(defect, posts=posts, crashes=10, seed=2)
    verdict = check(clients, finals)
    assert misdeeds
    assert kinds <= verdict.kinds, str(verdict)


def test_checker_names_one_lost_entry_in_ten_thousand() -> None:
    clients, finals, misdeeds = run("drop one in ten thousand", posts=10_000, crashes=5, seed=7)
    assert misdeeds == 1, "seed 7 is the night of a single drop"
    verdict = check(clients, finals)
    assert sum(finding.kind == "lost" for finding in verdict.findings) == 1


FIRST, SECOND = Item(1, "0xA", "a", "0x01"), Item(2, "0xB", "b", "0x02")


def history(*heard: Item, acked: Item | None = None) -> tuple[list[Client], dict[str, Final]]:
    one = Client("0xA", [Join("r", "e", 0, False), Invoke(1.0, "r", "a")])
    two = Client("0xB", [Invoke(2.0, "r", "b")])
    if acked:
        one.events.append(Ack(1.5, "r", acked.id, acked.seq, acked.hash))
    one.events += [Heard("r", item) for item in heard]
    return [one, two], {"r": Final("e", [FIRST, SECOND])}


def test_checker_of_the_smallest_history_finds_nothing() -> None:
    assert not check(*history(FIRST, SECOND, acked=FIRST)).findings


@pytest.mark.parametrize(
    ("heard", "kinds"),
    [
        ((SECOND,), {"gap"}),
        ((FIRST,), {"stale"}),
        ((FIRST, SECOND, SECOND), {"replayed"}),
        ((FIRST, Item(2, "0xB", "other", "0x02")), {"order"}),
        ((FIRST, Item(2, "0xB", "b", "0xff")), {"order"}),
        ((FIRST, SECOND, Item(3, "0xB", "c", "0x03")), {"lost"}),
    ],
)
def test_checker_when_a_client_got_other_entries_says_so(heard: tuple[Item, ...], kinds: set[str]) -> None:
    assert check(*history(*heard)).kinds == kinds


def test_checker_finds_an_ack_with_another_number_or_hash() -> None:
    assert check(*history(FIRST, SECOND, acked=Item(2, "0xA", "a", "0x01"))).kinds == {"order"}


def test_checker_finds_a_post_stored_before_an_earlier_one() -> None:
    clients, _ = history()
    clients[0].events = [Invoke(1.0, "r", "a"), Ack(1.5, "r", "a", 2, "0x02")]
    late = Final("e", [Item(1, "0xB", "b", "0x01"), Item(2, "0xA", "a", "0x02")])
    assert check(clients, {"r": late}).kinds == {"realtime"}


def test_checker_finds_a_hole_in_the_log_and_a_new_epoch() -> None:
    clients, _ = history(FIRST)
    holed = Final("other", [FIRST, Item(3, "0xB", "b", "0x02")])
    assert {"gap", "reset"} <= check(clients, {"r": holed}).kinds


def test_checker_finds_a_resume_that_skips_entries() -> None:
    clients, finals = history(FIRST)
    clients[0].events.append(Join("r", "e", 2, False))
    assert check(clients, finals).kinds == {"gap"}
