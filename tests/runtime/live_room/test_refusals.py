"""A refusal that a retry would lift is retryable; one that it would not is not, and says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from parlour.core import room as commands
from parlour.runtime.store import Damaged, StoreError
from parlour.runtime.store_memory import MemoryStore
from parlour.testing.fakes import settle
from tests.runtime.kit import ALICE, OWNER, SMALL, Process, message


@pytest.mark.parametrize(
    "late",
    [
        message(ALICE, "re", replyTo=2),
        message(ALICE, "re", thread=2),
        message(ALICE, "other words", type_="chat.edit", of=2),
        commands.Post(author=ALICE, id="r", type="chat.reaction", body={"of": 2, "emoji": "👍", "on": True}),
        commands.Post(author=OWNER, id="p", type="chat.pin", body={"of": 2, "on": True}),
        commands.Post(author=ALICE, id="d", type="chat.delete", body={"of": 2}),
    ],
    ids=["reply", "thread", "edit", "reaction", "pin", "delete"],
)
async def test_post_is_taken_although_its_target_leaves_memory_in_the_same_batch(late: commands.Post) -> None:
    process = Process(limits=SMALL)
    await process.create()
    for number in range(SMALL.tail_entries):
        await process.post(ALICE, str(number))
    answers = [process.submit(message(ALICE, f"more {number}")) for number in range(SMALL.batch - 1)]
    answers.append(process.submit(late))
    await settle()
    assert [answer["ok"] for (answer,) in answers] == [True] * SMALL.batch


async def test_reply_to_what_the_same_batch_deletes_is_refused() -> None:
    process = Process(limits=SMALL)
    await process.create()
    for number in range(2 * SMALL.tail_entries):
        await process.post(ALICE, str(number))
    gone = process.submit(commands.Post(author=ALICE, id="gone", type="chat.delete", body={"of": 2}))
    late = process.submit(message(ALICE, "re", replyTo=2))
    await settle()
    assert gone[0]["ok"]
    assert (late[0].reason, late[0].retryable) == ("deleted", False)


async def test_damaged_log_refuses_for_good_and_names_who_can_help() -> None:
    process = Process()
    await process.create()
    await process.post(ALICE, "gm")
    await process.registry.drain()
    again = Process(DamagedStore(process.store), process.clock)  # type: ignore[arg-type]
    for asked in (again.refused(message(ALICE, "x")), again.refused(commands.Join(ALICE))):
        error = await asked
        assert (error.code, error.reason, error.retryable) == ("internal", "damaged", False)
        assert "operator" in error.message
    with pytest.raises(StoreError):
        await again.store.entries("hall", 0, 1)


class DamagedStore:
    """A store whose rows of the log are not what was written."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def load(self, room: str) -> Any:
        saved = await self._store.load(room)
        if saved is not None:
            saved.snapshot = None
        return saved

    async def entries(self, *asked: Any) -> Any:
        raise Damaged("Entry 2 of hall is damaged.")
