"""What lists count (unread, mentions, threads, the last message) equals a count of the whole log, one by one."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from parlour.adapters.sql.room_members import number_logs
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.core.room import Draft
from parlour.core.rooms.talk import said_in
from parlour.runtime.store import MOST_UNREAD, Store
from parlour.runtime.store_memory import MemoryStore
from tests.databases import migrated_sqlite
from tests.logs import ALICE, BOB, Log, new_log

CAROL = "0x2222222222222222222222222222222222222222"
PEOPLE = [ALICE, BOB, CAROL]
STEPS = 70


class Talkers:
    """Draws what people do in a room, and does it in two stores; the second one counts one by one."""

    def __init__(self, seed: int, real: Store, model: MemoryStore) -> None:
        self.chance = random.Random(seed)
        self.stores: list[Store] = [real, model]
        self.log = Log("Room-1")
        self.messages: dict[int, tuple[str, int | None]] = {}
        self.held: dict[int, str] = {}
        self.count = 0

    async def begin(self) -> None:
        await self._store(await_create=True)

    async def step(self) -> None:
        acts = {"say": 8, "reply": 6, "edit": 3, "delete": 3, "hold": 2, "release": 2, "react": 3, "read": 5, "join": 1}
        name = self.chance.choices(list(acts), list(acts.values()))[0]
        await getattr(self, name)()

    async def say(self, root: int | None = None, held: bool = False) -> None:
        author, seq = self.chance.choice(PEOPLE), self.log.head + 1
        mentions = self.chance.sample(PEOPLE, self.chance.randint(0, 2))
        mentions = [each for each in mentions if each != author]
        body: dict[str, Any] = {"text": f"m{seq}", **({"mentions": mentions} if mentions else {})}
        if root is not None:
            body["thread"] = root
        drafts = [Draft("chat.message", body, author, f"id-{seq}", ref=root)]
        if held:
            drafts.append(Draft("chat.held", {"of": seq, "author": author, "why": "all"}, ref=seq))
            self.held[seq] = author
        else:
            self.messages[seq] = author, root
        told = [] if held else [(each, seq) for each in mentions]
        await self._store(*drafts, mentions=told)

    async def reply(self) -> None:
        roots = [seq for seq, (_, root) in self.messages.items() if root is None]
        if roots:
            await self.say(self.chance.choice(roots))

    async def hold(self) -> None:
        await self.say(held=True)

    async def release(self) -> None:
        if self.held:
            seq = self.chance.choice(list(self.held))
            self.messages[seq] = self.held.pop(seq), None
            log = await self.stores[1].pick("Room-1", [seq])
            named = log[seq].body.get("mentions", []) if isinstance(log[seq].body, dict) else []
            told = [(each, self.log.head + 1) for each in named]
            await self._store(Draft("chat.released", {"of": seq, "by": BOB}, ref=seq), mentions=told)

    async def edit(self) -> None:
        if self.messages:
            seq = self.chance.choice(list(self.messages))
            body = {"of": seq, "text": f"e{self.log.head}"}
            await self._store(Draft("chat.edit", body, self.messages[seq][0], f"x-{self.log.head}", ref=seq))

    async def delete(self) -> None:
        gone = [*self.messages, *self.held]
        if gone:
            seq = self.chance.choice(gone)
            author = self.held.pop(seq) if seq in self.held else self.messages.pop(seq)[0]
            draft = Draft("chat.delete", {"of": seq}, author, f"x-{self.log.head}", ref=seq)
            await self._store(draft, erase=[seq])

    async def react(self) -> None:
        if self.messages:
            body = {"of": self.chance.choice(list(self.messages)), "emoji": "🎉", "on": True}
            await self._store(Draft("chat.reaction", body, BOB, f"x-{self.log.head}", ref=body["of"]))

    async def read(self) -> None:
        account, seq = self.chance.choice(PEOPLE), self.chance.randint(1, self.log.head)
        roots = [root for _, root in self.messages.values() if root is not None]
        for store in self.stores:
            if roots and self.count % 3 == 0:
                await store.read_thread("Room-1", account, roots[0], seq)
            else:
                await store.read("Room-1", account, seq)

    async def join(self) -> None:
        account = self.chance.choice(PEOPLE)
        for store in self.stores:
            await store.touch_member("Room-1", account, 1)

    async def _store(self, *drafts: Draft, await_create: bool = False, **options: Any) -> None:
        self.count += 1
        if await_create:
            entries = self.log.draft(Draft("room.created", {"kind": "chat"}))
            record = self.log.record
            record.head, record.hash, record.updated_at = 1, entries[-1].hash, entries[-1].at
            for store in self.stores:
                await store.create(record, entries)
            self.log.advance(entries)
            return
        batch = self.log.batch(*drafts, **options)
        released = [draft.ref for draft in drafts if draft.type == "chat.released"]
        if released:  # the host knows the message; a store alone does not
            known = await self.stores[1].pick("Room-1", [seq for seq in released if seq])
            batch.said = said_in(batch.entries, known.get)
        for store in self.stores:
            await store.append(batch)
        self.log.advance(list(batch.entries))

    async def compare(self) -> None:
        real, model = self.stores
        roots = list(self.messages)
        assert await real.threads("Room-1", roots) == await model.threads("Room-1", roots)
        for account in [*PEOPLE, "0x" + "7" * 40]:
            found = (await real.unread(account, ["Room-1"]))["Room-1"]
            assert found == (await model.unread(account, ["Room-1"]))["Room-1"], account
        for root in {root for _, root in self.messages.values() if root is not None}:
            for bounds in ({}, {"after": root}, {"after": root, "before": self.log.head}, {"before": self.log.head}):
                mine = await real.replies("Room-1", root, 3, **bounds)
                assert [e.seq for e in mine] == [e.seq for e in await model.replies("Room-1", root, 3, **bounds)]


@pytest.mark.parametrize("open_again", ["sqlite", "postgres"], indirect=True)  # the store in memory is the model
@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))])
async def test_counts_of_a_list_equal_those_of_the_whole_log(store: Store, seed: int) -> None:
    talkers = Talkers(seed, store, MemoryStore())
    await talkers.begin()
    for _ in range(STEPS):
        await talkers.step()
        await talkers.compare()


async def forget_numbers(store: SqlStore) -> None:
    """Make the database look as an older release left it."""
    for statement in (
        "UPDATE room SET messages = NULL, last_message = NULL",
        "UPDATE entry SET n = NULL, ref = CASE WHEN type = 'chat.message' THEN NULL ELSE ref END",
        "UPDATE member SET own = 0, own_last = 0, read_n = 0, read_own = 0",
        "DELETE FROM thread",
        "DELETE FROM follow",
        "DELETE FROM deletion",
    ):
        await store.write(lambda connection, sql=statement: connection.execute(text(sql)))


@pytest.mark.parametrize("seed", range(100, 103))
async def test_old_log_is_counted_right_before_and_after_it_has_numbers(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parlour.adapters.sql.room_members.PAGE", 7)
    store = await open_store(await migrated_sqlite(tmp_path))
    talkers = Talkers(seed, store, MemoryStore())
    await talkers.begin()
    for _ in range(STEPS):
        await talkers.step()
    model = talkers.stores[1]
    await forget_numbers(store)
    for account in PEOPLE:
        expected = (await model.unread(account, ["Room-1"]))["Room-1"]
        assert (await store.unread(account, ["Room-1"]))["Room-1"].messages == expected.messages
    for _ in range(5):
        await talkers.say()  # while it has none
    await number_logs(store)
    for account in PEOPLE:
        expected = (await model.unread(account, ["Room-1"]))["Room-1"]
        found = (await store.unread(account, ["Room-1"]))["Room-1"]
        assert (found.messages, found.mentions, found.last) == (expected.messages, expected.mentions, expected.last)
    for _ in range(20):
        await talkers.say()
    roots = list(talkers.messages)
    assert await store.threads("Room-1", roots) == await model.threads("Room-1", roots)
    await store.close()


async def test_more_than_a_thousand_unread_messages_are_told_as_such(store: Store) -> None:
    log = await new_log(store)
    for start in range(0, MOST_UNREAD + 5, 201):
        drafts = [Draft("chat.message", {"text": "x"}, BOB, f"id-{start}-{n}") for n in range(201)]
        await log.append(store, *drafts)
    assert (await store.unread(ALICE, ["Room-1"]))["Room-1"].messages == 1_005
    assert (await store.unread(BOB, ["Room-1"]))["Room-1"].messages == 0
