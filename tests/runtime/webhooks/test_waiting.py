"""News that wait for webhooks: in order, again after failures, and for receivers of all rooms alone."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest

from parlour.core.webhooks.hook import NEWS, Hook, body_of
from parlour.errors import Invalid
from parlour.runtime.delivery import Delivery
from parlour.runtime.webhooks.receivers import Receivers
from parlour.runtime.webhooks.sending import LEASE_MS, RULES, Webhooks
from parlour.runtime.webhooks.waiting import WaitingEntries, WaitingEntry
from tests.runtime.webhooks.test_webhooks import AUDIT, HOOK, Town

TOLD = Hook("https://example.org/news", "secret", types=("account.*",), name="hook-news")


async def test_news_are_posted_in_order_and_again_after_failures() -> None:
    town, took = Town(), list[str]()

    async def send(_key: str, rows: Sequence[WaitingEntry]) -> None:
        for row in rows:
            if town.away:
                raise ConnectionError("refused")
            told = orjson.loads(body_of(TOLD, row.room, row.entry))
            assert (told["room"], sorted(told)) == (None, ["data", "id", "room", "type"])
            took.append(told["id"])

    queue = WaitingEntries(TOLD, town.outside("one"), town.results)
    delivery = Delivery("webhook", queue, send, town.clock, RULES)
    assert await town.places.hold(TOLD.name, "one", LEASE_MS, town.clock.now())
    for type_ in ("account.muted", "account.banned", "chain.halted"):
        town.news.tell(type_)
    for away, seen in ((True, []), (False, ["n1", "n2"])):
        town.away = away
        for _ in range(100):
            await town.clock.advance(1.0)
            await delivery.drain()
        assert took == seen, "one of another type is not told"
    assert (await town.places.place(TOLD.name, NEWS)).upto == 3
    town.news.tell("account.unmuted")
    await town.clock.advance(2.0)
    await delivery.drain()
    assert took == ["n1", "n2", "n4"]


async def test_receiver_of_certain_rooms_gets_no_news() -> None:
    town = Town()
    town.news.tell("chat.news")
    hooks = Webhooks(Receivers([HOOK], town.made, most=0), town.outside("one"), town.on_stored)
    with pytest.raises(Invalid):
        await hooks.replay(HOOK.name, NEWS, 1, AUDIT)
    await town.begin()
    await town.pass_time(120)
    assert town.got == []
