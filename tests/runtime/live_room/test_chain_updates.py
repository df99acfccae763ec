"""Chain news in a live room: stored once, corrected by entries of its own."""

from __future__ import annotations

import pytest

from parlour.core import room as commands
from parlour.core.room import ChainUpdate, Draft
from parlour.testing.fakes import settle
from tests.runtime.kit import ALICE, OWNER, Process, count_appends, message

WATCH = {
    "id": "w1",
    "chain": 1,
    "event": "E()",
    "finality": "included",
    "confirm": [],
    "from": {"number": 1, "hash": "0x"},
}


def event(number: int, branch: int = 0) -> Draft:
    body = {"watch": "w1", "chain": 1, "event": "E()", "block": {"number": number}, "logIndex": 0, "status": "included"}
    return Draft("chain.event", body, source=f"chain:1:{branch}:{number}:0:apply:w1")


def correction(kind: str, *of: str, branch: int = 1) -> Draft:
    body: dict[str, object] = {"of": list(of), "block": {"number": 9}}
    if kind == "chain.reverted":
        body["void"] = []
    return Draft(kind, body, source=f"chain:1:{branch}:9:0:{kind}:w1")


@pytest.fixture
async def watched(process: Process) -> Process:
    await process.ask(commands.Watch(author=OWNER, watch=WATCH))
    return process


async def test_chain_news_delivered_again_is_stored_once(watched: Process) -> None:
    news = [event(5), event(6)]
    await watched.ask(ChainUpdate(drafts=list(news)))
    await watched.ask(ChainUpdate(drafts=list(news)))
    first, again = watched.submit(ChainUpdate(drafts=[event(7)])), watched.submit(ChainUpdate(drafts=[event(7)]))
    await settle()
    assert (first[0]["ok"], again[0]["ok"]) == (True, True)
    assert [e.type for e in await watched.log()] == ["room.created", "room.watched"] + ["chain.event"] * 3


async def test_source_that_comes_twice_in_one_update_is_stored_once(watched: Process) -> None:
    assert (await watched.ask(ChainUpdate(drafts=[event(5), event(6), event(5)])))["ok"] is True
    told = [e.source for e in await watched.log() if e.type == "chain.event"]
    assert told == [event(5).source, event(6).source]


async def test_reorg_is_one_entry_that_names_what_it_undoes(watched: Process) -> None:
    await watched.ask(ChainUpdate(drafts=[event(5), event(6)]))
    undone = [draft.source for draft in (event(5), event(6))]
    await watched.ask(ChainUpdate(drafts=[correction("chain.reverted", *undone)]))  # type: ignore[arg-type]
    reverted = (await watched.log())[-1]
    assert reverted.type == "chain.reverted"
    assert reverted.body == {"of": [3, 4], "block": {"number": 9}, "void": []}
    saved = await watched.store.load("hall")
    assert saved is not None
    assert saved.snapshot is not None
    assert saved.snapshot.seq == reverted.seq


async def test_log_included_again_keeps_its_place(watched: Process) -> None:
    await watched.ask(ChainUpdate(drafts=[event(5)]))
    await watched.ask(ChainUpdate(drafts=[correction("chain.moved", event(5).source or "")]))
    assert (await watched.log())[-1].body == {"of": [3], "block": {"number": 9}}


async def test_correction_of_unknown_events_is_left_out(watched: Process) -> None:
    await watched.ask(ChainUpdate(drafts=[correction("chain.reverted", event(99).source or "")]))
    assert len(await watched.log()) == 2


async def test_correction_is_alone_in_its_batch(watched: Process) -> None:
    appends = count_appends(watched.store)
    await watched.ask(ChainUpdate(drafts=[event(5)]))
    answers = [
        watched.submit(message(ALICE, "before")),
        watched.submit(ChainUpdate(drafts=[correction("chain.reverted", event(5).source or "")])),
        watched.submit(message(ALICE, "after")),
    ]
    await settle()
    assert all(answer[0]["ok"] for answer in answers)
    assert appends == [1, 1, 1, 1]
