"""People type in one document while its server is killed with SIGKILL, again and again."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from pycrdt import Doc, Text

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, made, post
from tests.e2e.stock import PythonClient, until

EDITS = 10
"""Edits that each typist gets acknowledged before the next kill."""


class Typist:
    """Somebody who types one mark after the other.

    Attributes:
        typed: the marks in this person's document, in order.
        acked: those of them that the server acknowledged.
    """

    def __init__(self, name: str, token: str) -> None:
        self.name = name
        self.token = token
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("t", type=Text)
        self.typed: list[str] = []
        self.acked: list[str] = []

    async def type(self, url: str, room: str) -> None:
        """Come back with what was typed apart, then type until cancelled."""
        async with PythonClient(["websocket"]) as client:
            await self.come_back(client, url, room)
            while True:
                self.typed.append(f"<{self.name}.{len(self.typed)}>")
                before = self.doc.get_state()
                self.text += self.typed[-1]
                await self.post(client, room, self.doc.get_update(before))
                self.acked.append(self.typed[-1])

    async def come_back(self, client: PythonClient, url: str, room: str) -> None:
        await client.connect(url, self.token)
        state = (await done(client, "room:join", room=room, vector=self.doc.get_state()))["state"]
        self.doc.apply_update(state["update"])
        await self.post(client, room, self.doc.get_update(state["vector"]))
        self.acked = list(self.typed)

    async def post(self, client: PythonClient, room: str, update: bytes) -> None:
        asked = post(room, "doc.update", update)
        while not (ack := await client.ask("room:post", asked))["ok"]:
            assert ack["error"]["retryable"], ack
            await asyncio.sleep(ack["error"].get("retryAfter", 100) / 1_000)


async def test_document_killed_while_people_type_keeps_what_was_acked() -> None:
    await killed_while_typing("auto", typists=4, kills=1)


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("commit", ["loop", "thread"])
async def test_document_killed_twenty_times_keeps_what_was_acked(commit: str) -> None:
    await killed_while_typing(commit, typists=10, kills=20)


async def killed_while_typing(commit: str, *, typists: int, kills: int) -> None:
    """Let people type while the server is killed.

    Args:
        commit: the value of PARLOUR_COMMIT, the thread that stores edits.
    """
    async with ServerProcess(env={"PARLOUR_COMMIT": commit}) as server, aiohttp.ClientSession() as http:
        people = [
            Typist(name, (await sign_in(http, server.url, wallet(name)))["token"])
            for name in (f"typist-{number}" for number in range(typists))
        ]
        async with PythonClient(["websocket"]) as owner:
            await owner.connect(server.url, people[0].token)
            room = await made(owner, "document")
        for _ in range(kills):
            await type_until_killed(server, people, room)
            _, text = await read_twice(server, people[0].token, room)
            lost = [mark for person in people for mark in person.acked if text.count(mark) != 1]
            assert not lost, lost
        for person in people:
            async with PythonClient(["websocket"]) as client:
                await person.come_back(client, server.url, room)
        update, text = await read_twice(server, people[0].token, room)
        for person in people:
            person.doc.apply_update(update)
            marks = [text.index(mark) for mark in person.typed]
            assert marks == sorted(marks), person.name
            assert str(person.text) == text, person.name
        print(f"{kills} kills, {sum(len(person.acked) for person in people)} acknowledged edits, none lost")


async def type_until_killed(server: ServerProcess, people: list[Typist], room: str) -> None:
    """Let everybody type, kill the server in the middle, and start it again."""
    enough = [len(person.typed) + EDITS for person in people]
    typing = [asyncio.create_task(person.type(server.url, room)) for person in people]

    def typed() -> bool:
        for task in typing:
            assert not task.done(), task.exception()
        return all(len(person.acked) >= most for person, most in zip(people, enough, strict=True))

    await until(typed)
    await server.kill9()
    for task in typing:
        task.cancel()
    await asyncio.gather(*typing, return_exceptions=True)
    await server.start()


async def read_twice(server: ServerProcess, token: str, room: str) -> tuple[bytes, str]:
    """Return the document as a newcomer's bytes and text; two newcomers get the same."""
    read = []
    for _ in range(2):
        async with PythonClient(["websocket"]) as newcomer:
            await newcomer.connect(server.url, token)
            read.append((await done(newcomer, "room:join", room=room))["state"]["update"])
            text = (await done(newcomer, "doc:read", room=room, **{"as": "text"}))["text"]
    assert read[0] == read[1]
    doc: Doc[Any] = Doc()
    doc.apply_update(read[0])
    assert str(doc.get("t", type=Text)) == text
    return read[0], text
