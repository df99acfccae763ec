"""runtime/webhooks: every wanted entry is posted, in order per room, at least once; under failures and restarts."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import orjson
import pytest

from parlour.core.audit.record import AuditRecord
from parlour.core.room import Draft, Entry, RoomId
from parlour.core.webhooks.hook import Hook, body_of
from parlour.errors import Conflict, Invalid, NotFound, OverQuota, Unavailable
from parlour.runtime.delivery import Delivery
from parlour.runtime.rooms.interface import Bounds, Caller, RoomService
from parlour.runtime.store import RoomRecord, StoreError
from parlour.runtime.webhooks import sending
from parlour.runtime.webhooks.outside import Heard, Outside
from parlour.runtime.webhooks.places import Parked
from parlour.runtime.webhooks.receivers import Receivers
from parlour.runtime.webhooks.sending import (
    DAY_S,
    LEASE_MS,
    PAUSES,
    RULES,
    Webhooks,
    tries_of_a_day,
)
from parlour.runtime.webhooks.waiting import LOOK_SECONDS, WaitingEntries, WaitingEntry
from parlour.testing import FakeClock, settle
from tests.logs import ALICE, Log
from tests.runtime.webhooks.memory_hooks import MemoryHooks
from tests.runtime.webhooks.memory_places import MemoryNews, MemoryPlaces

HOOK = Hook("https://example.org/all", "secret", rooms="hall*", types=("chat.*",))
AUDIT = AuditRecord("ann", "1", "webhook.replay", HOOK.name, "it was down", "127.0.0.1", 0)


class Town:
    """Logs in memory that answer `RoomService.history`, a receiver, and one webhook between them.

    Attributes:
        got: (room, seq) of each entry that the receiver took.
        sent: (webhook, room, seq) of each entry that any receiver took.
        away: whether the receiver refuses everything.
        gone: rooms that are not there any more.
        made: the webhooks that operators made.
        chance: of a failure, of the receiver and of the store.
    """

    def __init__(self, chance: float = 0.0, seed: int = 0) -> None:
        self.clock = FakeClock()
        self.got: list[tuple[RoomId, int]] = []
        self.sent: list[tuple[str, RoomId, int]] = []
        self.away = False
        self.gone: set[RoomId] = set()
        self.chance = chance
        self.results: Counter[str] = Counter()
        self._logs: dict[RoomId, list[str]] = {}
        self._times: dict[RoomId, list[int]] = {}
        self._random = random.Random(seed)
        self.places = MemoryPlaces(self._times, self._fails)
        self.made = MemoryHooks()
        self.news = MemoryNews()
        self.on_stored: list[Heard] = []
        self.restart()

    def restart(self) -> None:
        """Forget what a process keeps in memory."""
        self.queue = WaitingEntries(HOOK, self.outside("one"), self.results)
        self._delivery = Delivery("webhook", self.queue, self._send, self.clock, RULES)

    def webhooks(self, owner: str) -> Webhooks:
        return Webhooks(Receivers([HOOK], self.made, most=2), self.outside(owner), self.on_stored)

    def outside(self, owner: str) -> Outside:
        return Outside(self.places, cast(RoomService, self), self.news, self.post, self.clock, owner)

    def store(self, room: RoomId, *types: str, told: bool = True) -> list[Entry]:
        self._logs.setdefault(room, []).extend(types)
        self._times.setdefault(room, []).extend(self.clock.now() for _ in types)
        if told and HOOK.takes_room(room):
            self.queue.note(room)
        return Log(room).draft(*(Draft(type_, {}, ALICE, f"{n}") for n, type_ in enumerate(types)))

    async def begin(self) -> None:
        """Make the webhook known: it gets what is stored from now on."""
        assert await self.places.hold(HOOK.name, "one", LEASE_MS, self.clock.now())

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        for _ in range(math.ceil(seconds / step)):
            await self.clock.advance(step)
            with contextlib.suppress(StoreError):
                await self._delivery.drain()

    async def history(self, room: RoomId, caller: Caller, bounds: Bounds, *, proof: bool = False) -> dict[str, Any]:
        room = next(each for each in self._logs if each.lower() == room.lower())
        if room in self.gone:
            raise NotFound("There is no such room.")
        if self._fails():
            raise Unavailable("Another process has the room.")
        after, limit = bounds.after or 0, bounds.limit or 1
        numbered = list(enumerate(self._logs[room], 1))[after : after + limit]
        entries = [{"room": room, "seq": seq, "type": type_, "hash": f"0x{room}{seq}"} for seq, type_ in numbered]
        return {"entries": entries, "more": after + limit < len(self._logs[room])}

    def wanted(self) -> dict[RoomId, list[int]]:
        return {
            room: [seq for seq, type_ in enumerate(log, 1) if type_.startswith("chat.")]
            for room, log in self._logs.items()
            if room.lower().startswith("hall")
        }

    def received(self) -> dict[RoomId, list[int]]:
        """What came, without the repeats; fails where an entry came before an earlier one had."""
        found: dict[RoomId, list[int]] = {room: [] for room in self.wanted()}
        for room, seq in self.got:
            if seq not in found[room]:
                assert found[room] == sorted(found[room])
                found[room].append(seq)
        return found

    async def _send(self, _key: str, rows: Sequence[WaitingEntry]) -> None:
        for row in rows:
            await self.post(HOOK, body_of(HOOK, row.room, row.entry))

    async def post(self, hook: Hook, body: bytes) -> None:
        told = orjson.loads(body)
        if self.away or self._fails():
            raise ConnectionError("refused")
        where = (told["room"], told["entry"]["seq"])
        if hook == HOOK:
            self.got.append(where)
        self.sent.append((hook.name, *where))

    def _fails(self) -> bool:
        return self._random.random() < self.chance


async def test_wanted_entries_are_posted_in_the_order_of_their_room() -> None:
    town = Town()
    await town.begin()
    town.store("hall-1", "room.created", "chat.message", "chat.edit")
    town.store("Kitchen", "chat.message")
    town.store("Hall-2", *["chat.message"] * 250)
    town.store("hall-1", "game.action", "chat.message")
    await town.pass_time(2)
    assert town.received() == town.wanted()
    assert town.wanted() == {"hall-1": [2, 3, 5], "Hall-2": [*range(1, 251)]}
    assert len(town.got) == 253


async def test_new_hook_gets_what_is_stored_from_its_start_on() -> None:
    town = Town()
    town.store("hall-1", "chat.message", "chat.message", told=False)
    await town.clock.advance(1)
    await town.begin()
    town.store("hall-1", "chat.message")
    await town.pass_time(2)
    assert town.got == [("hall-1", 3)]


async def test_entries_of_other_processes_are_found_by_a_look() -> None:
    town = Town()
    await town.begin()
    await town.pass_time(1)
    town.store("hall-1", "chat.message", told=False)
    await town.pass_time(LOOK_SECONDS + 2)
    assert town.got == [("hall-1", 1)]


async def test_receiver_that_comes_back_gets_everything_in_order() -> None:
    town = Town()
    town.away = True
    await town.begin()
    town.store("hall-1", "chat.message", "chat.message")
    await town.pass_time(5)
    town.store("hall-1", "chat.message")
    town.away = False
    await town.pass_time(30)
    assert town.got == [("hall-1", 1), ("hall-1", 2), ("hall-1", 3)]
    assert town.results["failed"] >= 2


async def test_entry_that_fails_for_a_day_is_parked_and_the_next_go_on() -> None:
    town = Town()
    town.away = True
    await town.begin()
    town.store("hall-1", "chat.message", "chat.message")
    await town.pass_time(DAY_S + 7_200, step=60)
    parked = await town.places.parked(HOOK.name, 10)
    assert [(each.room, each.seq, each.error) for each in parked] == [("hall-1", 1, "ConnectionError: refused")]
    town.away = False
    await town.pass_time(7_200, step=60)
    assert town.got == [("hall-1", 2)]
    assert town.results["parked"] == 1


async def test_entry_that_could_not_be_parked_is_not_passed_over() -> None:
    town = Town()
    await town.begin()
    town.store("hall-1", "chat.message", "chat.message")
    rows = await town.queue.pending(10, ())
    town.chance = 1.0
    with pytest.raises(StoreError):
        await town.queue.failed(rows["hall-1"][0].seq, "refused", park=True)
    town.chance = 0.0
    await town.pass_time(2)
    assert town.got == [("hall-1", 1), ("hall-1", 2)]


def test_tries_of_a_day_last_a_day_and_not_two() -> None:
    waited = sum(PAUSES.pause_after(failures) for failures in range(1, tries_of_a_day()))
    assert DAY_S <= waited < DAY_S + PAUSES.longest_s
    assert RULES.tries == tries_of_a_day()


async def test_room_that_is_gone_stops_nobody() -> None:
    town = Town()
    town.gone = {"hall-1"}
    await town.begin()
    town.store("hall-1", "chat.message")
    town.store("hall-2", "chat.message")
    await town.pass_time(2)
    assert town.got == [("hall-2", 1)]


async def test_retry_posts_a_parked_entry_and_unparks_it_once_received() -> None:
    town = Town()
    town.away = True
    await town.begin()
    town.store("hall-1", "chat.message", "chat.message")
    await town.places.park(HOOK.name, Parked("hall-1", 1, 5, "refused"))
    hooks = town.webhooks("two")
    with pytest.raises(Unavailable, match="did not take it: refused"):
        await hooks.retry(HOOK.name, "hall-1", 1, AUDIT)
    assert await town.places.is_parked(HOOK.name, "hall-1", 1)
    assert town.places.audits == []
    town.away = False
    await hooks.retry(HOOK.name, "Hall-1", 1, AUDIT)
    assert not await town.places.is_parked(HOOK.name, "hall-1", 1)
    assert (town.got[0][1], town.places.audits) == (1, [AUDIT])
    for name, seq in ((HOOK.name, 1), (HOOK.name, 2), ("hook-none", 1)):
        with pytest.raises(NotFound):
            await hooks.retry(name, "hall-1", seq, AUDIT)
    assert len(town.got) == 1


async def test_replay_sends_a_room_again_from_an_entry_on() -> None:
    town = Town()
    hooks = town.webhooks("one")
    hooks.start()
    await settle()
    entries = town.store("hall-1", "chat.message", "chat.message", "chat.message")
    hooks.heard(RoomRecord("hall-1", "chat", ALICE, 1), entries)
    await settle()
    await hooks.replay(HOOK.name, "hall-1", 2, AUDIT)
    await settle()
    assert [seq for _, seq in town.got] == [1, 2, 3, 2, 3]
    with pytest.raises(Conflict):
        await hooks.replay(HOOK.name, "hall-1", 4, AUDIT)
    with pytest.raises(Invalid):
        await hooks.replay(HOOK.name, "kitchen", 1, AUDIT)
    assert town.places.audits == [AUDIT]
    await hooks.stop()


async def test_replay_asked_of_another_process_is_sent_by_the_one_that_sends() -> None:
    town = Town()
    await town.begin()
    town.store("hall-1", "chat.message", "room.created", "chat.message", "room.created")
    await town.pass_time(2)
    await town.webhooks("two").replay(HOOK.name, "hall-1", 1, AUDIT)
    await town.pass_time(2 * LOOK_SECONDS + 2)
    assert [seq for _, seq in town.got] == [1, 3, 1, 3]


async def test_replay_during_a_send_is_not_undone_by_it() -> None:
    town = Town()
    await town.begin()
    town.store("hall-1", "chat.message", "chat.message")
    await town.places.advance(HOOK.name, {"hall-1": 1})
    [row] = (await town.queue.pending(10, ()))["hall-1"]
    await town.webhooks("two").replay(HOOK.name, "hall-1", 1, AUDIT)
    await town.queue.done([row.seq])
    await town.pass_time(2)
    assert [seq for _, seq in town.got] == [1, 2]


@pytest.mark.parametrize("seed", range(12))
async def test_nothing_is_lost_or_out_of_order_under_failures_and_restarts(seed: int) -> None:
    town = Town(seed=seed)
    chance = random.Random(seed)
    await town.begin()
    town.chance = 0.2
    for _ in range(60):
        room = chance.choice(["hall-1", "Hall-2", "hall-3", "kitchen"])
        types = chance.choices(["chat.message", "game.action", "chat.edit"], k=chance.randint(1, 4))
        town.store(room, *types, told=chance.random() < 0.8)
        await town.pass_time(chance.randint(0, 3))
        if chance.random() < 0.1:
            town.restart()
    town.chance = 0.0
    await town.pass_time(2 * LOOK_SECONDS)
    await town.pass_time(4_000, step=60)
    assert town.received() == town.wanted()


async def test_second_process_takes_over_when_the_first_falls_silent() -> None:
    town = Town()
    first, second = town.webhooks("one"), town.webhooks("two")
    first.start()
    await settle()
    second.start()
    await settle()
    entries = town.store("hall-1", "chat.message")
    for each in (first, second):
        each.heard(RoomRecord("hall-1", "chat", ALICE, 1), entries)
    await settle()
    assert town.got == [("hall-1", 1)]
    assert [(await each.status())[0].sending for each in (first, second)] == [True, False]
    await first.stop()
    town.store("hall-1", "chat.message", told=False)
    await town.clock.advance(LEASE_MS / 1000)
    await settle()
    assert town.got == [("hall-1", 1), ("hall-1", 2)]
    await second.stop()


OWN = Hook("https://example.org/own", "another", rooms="hall*", types=("chat.*",), name="hook-own", public=True)


async def looked(town: Town, *processes: Webhooks) -> None:
    """Let each see what was changed, as its look at other processes' changes does, and take leases after it."""
    await asyncio.gather(*(each.take() for each in processes))
    await town.clock.advance(sending.HOLD_SECONDS)


async def test_webhook_that_is_made_gets_what_is_stored_from_then_on() -> None:
    town = Town()
    first, second = town.webhooks("one"), town.webhooks("two")
    first.start()
    second.start()
    await settle()
    town.store("hall-1", "chat.message", told=False)
    await town.clock.advance(1)
    receivers = Receivers([HOOK], town.made, most=2)
    await receivers.make(OWN, AUDIT)
    await looked(town, first, second)
    await settle()
    shown = [(each.hook.name, each.setting) for each in await second.status()]
    assert shown == [(HOOK.name, True), ("hook-own", False)]
    entries = town.store("hall-1", "chat.message")
    for each in (first, second):
        each.heard(RoomRecord("hall-1", "chat", ALICE, 1), entries)
    await settle()
    assert [seq for hook, _, seq in town.sent if hook == "hook-own"] == [2]
    await receivers.change(replace(OWN, types=("game.*",)), AUDIT)
    await looked(town, first, second)
    for each in (first, second):
        each.heard(RoomRecord("hall-1", "chat", ALICE, 1), town.store("hall-1", "game.action", "chat.message"))
    await settle()
    assert [seq for hook, _, seq in town.sent if hook == "hook-own"] == [2, 3, 5]
    await receivers.remove("hook-own", AUDIT)
    await looked(town, first, second)
    assert [each.hook.name for each in await first.status()] == [HOOK.name]
    with pytest.raises(NotFound):
        await first.replay("hook-own", "hall-1", 1, AUDIT)
    await asyncio.gather(first.stop(), second.stop())


async def test_process_without_webhooks_hears_of_no_entry_until_one_is_made() -> None:
    town = Town()
    receivers = Receivers([], town.made, most=1)
    hooks = Webhooks(receivers, town.outside("one"), town.on_stored)
    assert town.on_stored == []
    await receivers.make(OWN, AUDIT)
    await hooks.take()
    assert town.on_stored == [hooks.heard]
    with pytest.raises(OverQuota):
        await receivers.make(replace(OWN, name="hook-more"), AUDIT)
    await receivers.remove("hook-own", AUDIT)
    await hooks.take()
    assert town.on_stored == []


async def test_webhook_of_the_settings_is_changed_there_alone() -> None:
    receivers = Receivers([HOOK], MemoryHooks(), most=1)
    with pytest.raises(Conflict):
        await receivers.one(HOOK.name)
    for wrong in (receivers.one("hook-none"), receivers.change(OWN, AUDIT), receivers.remove("hook-own", AUDIT)):
        with pytest.raises(NotFound):
            await wrong
