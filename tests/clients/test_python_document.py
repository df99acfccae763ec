"""`room.document()` in Python: a pycrdt document kept in step with a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from parlour_client import Forbidden, Parlour, connect
from parlour_client.rooms import awareness
from parlour_client.rooms.document import Document
from tests.e2e.kit import fresh
from tests.e2e.stock import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def people(server: ServerProcess) -> AsyncIterator[list[Parlour]]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        clients = []
        for name in ("ann", "bea"):
            token = (await sign_in(http, server.url, wallet(name)))["token"]
            clients.append(await stack.enter_async_context(connect(server.url, token=token)))
        yield clients


async def documents(people: list[Parlour]) -> list[Document]:
    room = fresh("notes")
    await people[0].create("document", id=room)
    return [await (await person.enter(room)).document() for person in people]


async def test_edits_of_both_are_one_document_by_characters(people: list[Parlour]) -> None:
    ann, bea = await documents(people)
    ann.text("t").append("A📊B")
    await ann.flush()
    await until(lambda: str(bea.text("t")) == "A📊B")
    assert (len(bea.text("t")), bea.write) == (3, True)
    bea.text("t").insert(2, "é")
    bea.text("t").delete(3, 1)
    await bea.flush()
    await until(lambda: str(ann.text("t")) == "A📊é")


async def test_shared_map_and_list_are_plain_and_tell_changes(people: list[Parlour]) -> None:
    ann, bea = await documents(people)
    seen: list[object] = []
    off = bea.map("board").subscribe(seen.append)
    ann.map("board").set(title="plan", size={"w": 3})
    ann.list("shapes").append({"x": 1}, 2)
    await ann.flush()
    await until(lambda: bea.list("shapes").get() == [{"x": 1}, 2])
    assert bea.map("board").get() == {"title": "plan", "size": {"w": 3}} == seen[-1]
    off()
    bea.map("board").delete("title")
    bea.list("shapes").delete(0)
    await bea.flush()
    await until(lambda: ann.list("shapes").get() == [2])
    assert ann.map("board").get() == {"size": {"w": 3}}


async def test_versions_are_kept_read_and_restored(people: list[Parlour]) -> None:
    ann, bea = await documents(people)
    ann.text("t").append("first")
    await ann.flush()
    version = await ann.keep_version("v1")
    ann.text("t").delete(0, 5)
    ann.text("t").append("second")
    await ann.flush()
    assert [(each["seq"], each["title"]) for each in await bea.versions()] == [(version, "v1")]
    assert (await bea.read_version(version))["text"] == "first"
    assert (await bea.read_version())["text"] == "second"
    await ann.restore_version(version)
    await until(lambda: str(bea.text("t")) == "first" == str(ann.text("t")))


async def test_version_and_restore_wait_for_the_edits_before_them(people: list[Parlour]) -> None:
    ann, bea = await documents(people)
    ann.text("t").append("kept")
    version = await ann.keep_version("v1")
    assert (await bea.read_version(version))["text"] == "kept"
    ann.text("t").append(", lost")
    await ann.restore_version(version)
    await until(lambda: str(bea.text("t")) == "kept" == str(ann.text("t")))


async def test_clients_of_a_document_see_what_the_others_show(people: list[Parlour]) -> None:
    ann, bea = await documents(people)
    heard: list[dict[int, object]] = []
    bea.awareness.subscribe(heard.append)
    ann.awareness.show({"name": "ann", "at": 3})
    await until(lambda: list(bea.awareness.states.values()) == [{"name": "ann", "at": 3}])
    bea.awareness.show({"name": "bea"})
    await until(lambda: len(ann.awareness.states) == 2)
    assert (bea.awareness.mine, heard[0]) == ({"name": "bea"}, {ann.doc.client_id: {"name": "ann", "at": 3}})
    ann.close()
    await until(lambda: list(bea.awareness.states.values()) == [{"name": "bea"}])


async def test_state_that_stays_is_told_again_before_editors_forget_it(
    people: list[Parlour], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(awareness, "RENEW_SECONDS", 0.01)
    ann, _ = await documents(people)
    heard: list[bytes] = []
    (await people[1].enter(ann.room)).on_signal(lambda signal: heard.append(signal["body"]))
    ann.awareness.show({"at": 1})
    await until(lambda: len(heard) > 2)
    clocks = [body[-10] for body in heard[:3]]  # before the state's 8 letters and their count
    assert clocks == sorted(set(clocks))


async def test_hole_of_a_refused_edit_is_filled_once_the_mute_ends(people: list[Parlour]) -> None:
    ann, bea = await documents(people)
    muted = wallet("bea").address
    room = await people[0].enter(ann.room)
    await room.moderate(muted, "mute")
    bea.text("t").append("lost? ")
    with pytest.raises(Forbidden):
        await bea.flush()
    await room.moderate(muted, "unmute")
    bea.text("t").append("no")
    await bea.flush()
    await until(lambda: str(ann.text("t")) == "lost? no")


async def test_document_goes_on_after_the_server_was_killed(server: ServerProcess, people: list[Parlour]) -> None:
    ann, bea = await documents(people)
    ann.text("t").append("before ")
    await ann.flush()
    await server.kill9()
    ann.text("t").append("meanwhile ")
    await server.start()
    await asyncio.wait_for(ann.flush(), 60)
    await until(lambda: str(bea.text("t")) == "before meanwhile ")
