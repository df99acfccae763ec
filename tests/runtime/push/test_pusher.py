"""What is pushed, when, and how often: unread notices after a delay, once each, until their browser is gone."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest

from parlour.errors import Illegal, Invalid
from parlour.runtime.notice_records import NoticeRecord
from parlour.runtime.push.pusher import LATE_MS, PAGE, TRIES, Due, Place, Pusher, Sent
from parlour.runtime.push.subscriptions import Subscription, Subscriptions, is_served
from parlour.testing.fakes import FakeClock
from tests.runtime.kit import ALICE, BOB

BROWSER = Subscription(ALICE, "https://push.example/a", "key", "auth")
HOSTS = ("push.example", "*.windows.example")


class Rows:
    """Notices and browsers in memory."""

    def __init__(self) -> None:
        self.stored: list[Due] = []
        self.browsers: dict[str, Subscription] = {}
        self.upto: int | None = None

    async def add(self, subscription: Subscription, most: int, now: int) -> bool:
        others = [b for b in self.browsers.values() if b.account == subscription.account]
        if len(others) >= most:
            return False
        self.browsers[subscription.endpoint] = subscription
        return True

    async def remove(self, endpoint: str, account: str | None = None) -> None:
        if account in (None, self.browsers[endpoint].account):
            del self.browsers[endpoint]

    async def mark(self, now: int) -> int:
        if self.upto is None:
            self.upto = now
        return self.upto

    async def move_mark(self, upto: int) -> None:
        self.upto = upto

    async def due(self, after: Place, upto: int, now: int, with_text: bool) -> Sequence[Due]:
        fresh = [each for each in self.stored if each.place > after and each.notice.at <= upto and not each.notice.read]
        return sorted(fresh, key=lambda each: each.place)[:PAGE]


class World:
    """A pusher over rows in memory, whose service answers as told."""

    def __init__(self) -> None:
        self.rows, self.clock = Rows(), FakeClock()
        self.answers: list[Sent] = []
        self.posted: list[tuple[str, str]] = []
        self.pusher = Pusher(self.rows, self.send, self.clock, delay_ms=5_000, with_text=False)

    async def send(self, to: Subscription, payload: bytes, topic: str) -> Sent:
        self.posted.append((to.endpoint, topic))
        return self.answers.pop(0) if self.answers else "sent"

    def store(self, name: str, late_ms: int = 0, to: Subscription = BROWSER, read: bool = False) -> None:
        notice = NoticeRecord(to.account, name, "hall", 7, "mention", BOB, self.clock.now() - late_ms, read=read)
        self.rows.stored.append(Due(notice, to))
        self.rows.browsers[to.endpoint] = to

    async def pass_seconds(self, seconds: int) -> None:
        for _ in range(seconds):
            await self.pusher.look()
            self.clock.spend(1)


@pytest.fixture
async def world() -> World:
    world = World()
    await world.pass_seconds(1)
    return world


async def test_notice_is_pushed_once_after_the_delay(world: World) -> None:
    world.store("n1")
    await world.pass_seconds(4)
    assert world.posted == []
    await world.pass_seconds(30)
    assert world.posted == [(BROWSER.endpoint, "n1")]


async def test_notice_that_was_read_meanwhile_is_not_pushed(world: World) -> None:
    world.store("n1", read=True)
    await world.pass_seconds(30)
    assert world.posted == []


async def test_notice_that_was_stored_late_is_pushed(world: World) -> None:
    await world.pass_seconds(20)
    world.store("late", late_ms=LATE_MS - 2_000)
    await world.pass_seconds(5)
    assert world.posted == [(BROWSER.endpoint, "late")]


async def test_notices_from_before_the_first_start_are_not_pushed() -> None:
    world = World()
    world.store("old", late_ms=3_600_000)
    await world.pass_seconds(30)
    assert world.posted == []


async def test_browser_that_is_gone_is_forgotten(world: World) -> None:
    world.store("n1")
    world.answers = ["gone"]
    await world.pass_seconds(30)
    assert world.rows.browsers == {}
    assert world.pusher.results == {"gone": 1}


async def test_service_that_is_down_is_tried_again_a_few_times(world: World) -> None:
    world.store("n1")
    world.answers = ["later"] * 100
    await world.pass_seconds(60)
    assert len(world.posted) == TRIES
    world.store("n2")
    world.answers = ["later", "sent"]
    await world.pass_seconds(60)
    assert [topic for _, topic in world.posted[TRIES:]] == ["n2", "n2"]


async def test_more_notices_than_a_page_are_all_pushed_once(world: World) -> None:
    for number in range(2 * PAGE + 3):
        world.store(f"n{number:05}")
    await world.pass_seconds(20)
    assert sorted(topic for _, topic in world.posted) == [f"n{number:05}" for number in range(2 * PAGE + 3)]


def test_payload_has_no_invitation_and_the_text_of_messages_alone() -> None:
    said = NoticeRecord(ALICE, "n", "hall", 7, "mention", BOB, 5, invite="secret")
    told = orjson.loads(Due(said, BROWSER, "x" * 900).payload())
    assert told == {"id": "n", "room": "hall", "seq": 7, "type": "mention", "from": BOB, "at": 5, "text": "x" * 240}
    turn = NoticeRecord(ALICE, "n", "hall", 7, "turn", BOB, 5)
    assert "text" not in orjson.loads(Due(turn, BROWSER, "hidden").payload())


@pytest.mark.parametrize(
    ("endpoint", "served"),
    [
        ("https://push.example/x", True),
        ("https://db5p.windows.example/w", True),
        ("http://push.example/x", False),
        ("https://push.example.evil/x", False),
        ("https://windows.example/x", False),
        ("https://push.example:8443/x", False),
        ("https://user@push.example/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1/x", False),
        ("", False),
    ],
)
def test_endpoint_is_served_where_its_host_is_a_push_service(endpoint: str, served: bool) -> None:
    assert is_served(endpoint, HOSTS) is served


async def test_subscribing_is_refused_where_it_leads_nowhere() -> None:
    rows, clock = Rows(), FakeClock()
    off = Subscriptions(rows, clock, None, HOSTS, 2)
    with pytest.raises(Illegal) as refused:
        await off.subscribe(BROWSER)
    assert refused.value.reason == "push_off"
    kept = Subscriptions(rows, clock, "public", HOSTS, 2)
    with pytest.raises(Invalid):
        await kept.subscribe(Subscription(ALICE, "https://elsewhere.example/x", "key", "auth"))
    for number in range(2):
        await kept.subscribe(Subscription(ALICE, f"https://push.example/{number}", "key", "auth"))
    with pytest.raises(Illegal) as full:
        await kept.subscribe(BROWSER)
    assert full.value.reason == "push_subscriptions"
    await kept.unsubscribe(BOB, "https://push.example/0")
    assert len(rows.browsers) == 2, "another account's browser stays"
