"""The fake is as true as the real one: the same random calls get the same answers from every store."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from parlour.adapters.sql.rooms import open_store
from parlour.core.room import Draft, Snapshot
from parlour.runtime.store import Append, Listing, RoomFilter, Store, StoredInvitation, StoreError
from parlour.runtime.store_memory import MemoryStore
from tests.databases import migrated_sqlite
from tests.logs import ALICE, BOB, Log, edit, message
from tests.postgres import Postgres
from tests.searching import searched

ROOMS = ["Alpha", "beta", "GAMMA"]
WORDS = ["red", "Green", "blue", "100%", "under_score", "żółw"]
Call = Callable[[Store], Awaitable[Any]]


class Caller:
    """Draws calls from a seed; `logs` follow the first store, so most appends fit and some do not."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.logs = {room: Log(room) for room in ROOMS}
        self.now = 1_000

    def draw(self) -> tuple[str, Call]:
        self.now += self.chance.randint(1, 50)
        weights = {"create": 1, "append": 12, "look": 6, "lists": 3, "lease": 3, "people": 4, "invitations": 2}
        name = self.chance.choices(list(weights), list(weights.values()))[0]
        call: Call = getattr(self, name)()
        return name, call

    def name(self) -> str:
        room = self.chance.choice(ROOMS)
        return self.chance.choice([room, room.upper(), room.lower()])

    def who(self) -> str:
        return self.chance.choice([ALICE, BOB, "app:bot"])

    def create(self) -> Call:
        log = Log(self.chance.choice(ROOMS), at=self.now, title=self.chance.choice(WORDS))
        entries = log.draft(Draft("room.created", {"n": 1}))
        log.record.head, log.record.hash, log.record.updated_at = 1, entries[-1].hash, entries[-1].at
        log.record.visibility = self.chance.choice(["public", "private"])
        if self.logs[log.record.id].head == 0:
            log.advance(entries)
            self.logs[log.record.id] = log
        return lambda store: store.create(log.record, entries)

    def append(self) -> Call:
        log, chance = self.logs[self.chance.choice(ROOMS)], self.chance
        log.at = self.now
        entries = log.draft(*(self.draft(log) for _ in range(chance.randint(1, 4))))
        after = log.head if chance.random() < 0.9 else chance.randint(0, log.head + 1)
        seq = entries[-1].seq
        options: dict[str, Any] = {}
        if chance.random() < 0.3:
            options["snapshot"] = Snapshot(seq, {"at": seq, "word": chance.choice(WORDS)}, chance.randint(1, 3))
        if chance.random() < 0.2:
            options["erase"] = [chance.randint(1, seq)]
        if chance.random() < 0.1:
            options["drop_snapshots_from"] = chance.randint(1, seq)
        if chance.random() < 0.2:
            closed, format_ = chance.random() < 0.2, chance.randint(1, 3)
            options["listing"] = Listing(chance.choice(WORDS), "public", {"n": seq}, closed, 3, format=format_)
        epoch, fence = ("e1" if chance.random() < 0.95 else "e2"), log.record.fence

        async def call(store: Store) -> Any:
            await store.append(Append(log.record.id, epoch, fence, after, entries, **options))
            log.head, log.hash = entries[-1].seq, entries[-1].hash

        return call

    def draft(self, log: Log) -> Draft:
        chance = self.chance
        id, text, author = f"i{chance.randint(0, 150)}", " ".join(chance.choices(WORDS, k=3)), self.who()
        if chance.random() < 0.6:
            return message(id, text, author)
        if chance.random() < 0.5:
            return edit(id, chance.randint(1, log.head + 1), text, author)
        return Draft("app.note", {"n": chance.randint(0, 9)}, source=chance.choice([None, f"s{chance.randint(0, 60)}"]))

    def look(self) -> Call:
        room, chance = self.name(), self.chance
        after, limit = chance.randint(0, 30), chance.randint(0, 20)
        before = chance.choice([None, chance.randint(0, 40)])
        seqs = [chance.randint(1, 40) for _ in range(3)]
        ids = [(self.who(), f"i{chance.randint(0, 150)}") for _ in range(8)]
        query = " ".join(chance.choices([*WORDS, "e", "%", "_"], k=chance.randint(0, 2)))

        async def call(store: Store) -> Any:
            return (
                await store.load(room),
                await store.entries(room, after, limit, before),
                await store.pick(room, seqs),
                await store.corrections(room, seqs),
                await store.known(room, ids),
                await store.sourced(room, [f"s{n}" for n in seqs]),
                await store.snapshot_before(room, seqs[0]),
                await searched(store, room, query, limit),
            )

        return call

    def lists(self) -> Call:
        chance = self.chance
        where: dict[str, Any] = {
            "viewer": chance.choice([None, ALICE, BOB]),
            "query": chance.choice([None, "a", "RED", "%"]),
            "mine": chance.random() < 0.3,
            "everything": chance.random() < 0.2,
        }

        async def call(store: Store) -> Any:
            seen, cursor = [], None
            while True:
                page, cursor = await store.rooms(RoomFilter(**where), cursor=cursor, limit=1)
                seen += page
                if cursor is None:
                    return seen

        return call

    def lease(self) -> Call:
        room, owner, now = self.name(), self.chance.choice(["one", "two"]), self.now
        kind = self.chance.choice(["acquire", "renew", "release"])

        async def call(store: Store) -> Any:
            if kind == "acquire":
                fence = await store.acquire(room, owner, 100, now)
                self.logs[next(name for name in ROOMS if name.lower() == room.lower())].record.fence = fence
                return fence
            if kind == "renew":
                return await store.renew([room], owner, 100, now)
            return await store.release(room, owner, now)

        return call

    def people(self) -> Call:
        room, account, seq, now = self.name(), self.who(), self.chance.randint(0, 30), self.now
        kind = self.chance.choice(["touch", "forget", "read"])

        async def call(store: Store) -> Any:
            if await store.load(room) is None:
                return None
            if kind == "read":
                answer: Any = await store.read(room, account, seq)
            else:
                joins = kind == "touch"
                answer = await (store.touch_member(room, account, now) if joins else store.forget_member(room, account))
            return answer, await store.position(room, account), await store.members(room, None, 10)

        return call

    def invitations(self) -> Call:
        room, account, now = self.name(), self.who(), self.now
        token = b"t%d" % self.chance.randint(0, 9)
        fresh = b"t%d" % now
        guest = self.chance.choice([None, ALICE])

        async def call(store: Store) -> Any:
            if await store.load(room) is None:
                return None
            await store.invite(StoredInvitation(fresh, room, guest, 1, now + 200))
            return [await store.redeem(each, room, account, now) for each in (token, fresh, fresh)]

        return call


async def answer(call: Call, store: Store) -> Any:
    try:
        return await call(store)
    except StoreError as error:
        return type(error)


@pytest.mark.parametrize("seed", range(3))
async def test_every_store_gives_the_same_answers(seed: int, tmp_path: Path, postgres: Postgres) -> None:
    stores: list[Store] = [
        MemoryStore(),
        await open_store(await migrated_sqlite(tmp_path)),
        await open_store(postgres.migrated()),
    ]
    caller, tally = Caller(seed), Counter[tuple[str, bool]]()
    for step in range(150):
        name, call = caller.draw()
        fence = {room: log.record.fence for room, log in caller.logs.items()}
        expected = await answer(call, stores[0])
        for store in stores[1:]:
            assert await answer(call, store) == expected, f"seed {seed}, step {step}: {name}, fences {fence}"
        tally[name, isinstance(expected, type)] += 1
    assert tally["append", False] > 10 < tally["append", True]
    for store in stores:
        await store.close()
