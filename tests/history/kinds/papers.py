"""A document that several people type in: all copies are equal, and equal to the fold of its updates."""

from __future__ import annotations

import base64
from typing import Any

from pycrdt import Doc, Text

from tests.history.checker import Finding
from tests.history.kinds.place import Place, Workload
from tests.history.kinds.steady import Steady

ROOM = "paper"
TYPISTS = 3


class Typist:
    """One person's copy.

    Attributes:
        typed: the marks that were typed, in order; all but the last are acknowledged.
    """

    def __init__(self, client: Steady) -> None:
        self.client = client
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("t", type=Text)
        self.typed: list[str] = []

    async def type(self) -> None:
        """Type a mark and post it; where the server lacks something, post what it lacks."""
        self.typed.append(f"<{self.client.name}.{len(self.typed)}>")
        before = self.doc.get_state()
        self.text += self.typed[-1]
        update = self.doc.get_update(before)
        while not (ack := await self.client.post(ROOM, "doc.update", update))["ok"]:
            assert ack["error"].get("reason") == "gap", ack
            update = self.doc.get_update(base64.b64decode(ack["error"]["details"]["vector"]["b64"]))

    async def come_back(self) -> None:
        """Take what the others wrote."""
        joined = await self.client.done("room:join", room=ROOM, vector=self.doc.get_state())
        self.doc.apply_update(joined["state"]["update"])


class Papers(Workload):
    """Three people and one document."""

    name = "papers"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.typists: list[Typist] = []

    async def start(self) -> None:
        clients = [await self.place.client(f"typist-{number}", records=False) for number in range(TYPISTS)]
        self.typists = [Typist(client) for client in clients]
        await clients[0].done("room:create", kind="document", id=ROOM)
        self.rooms = {ROOM: clients[0]}

    async def act(self) -> None:
        typist = self.place.chance.choice(self.typists)
        if self.place.chance.random() < 0.3:
            await typist.come_back()
        await typist.type()

    async def check(self) -> list[Finding]:
        log, findings = (await self.logs())[ROOM], list[Finding]()
        folded: Doc[Any] = Doc()
        for entry in log:
            if entry["type"] == "doc.update":
                folded.apply_update(bytes_of(entry["body"]))
        text = str(folded.get("t", type=Text))
        for typist in self.typists:
            lost = [mark for mark in typist.typed if text.count(mark) != 1]
            if lost:
                findings.append(self.found("lost", ROOM, f"{len(lost)} marks of {typist.client.name}: {lost[:3]}"))
            places = [text.find(mark) for mark in typist.typed]
            if places != sorted(places):
                findings.append(self.found("order", ROOM, f"marks of {typist.client.name} changed places"))
            await typist.come_back()
            read = (await typist.client.done("doc:read", room=ROOM, **{"as": "text"}))["text"]
            if not str(typist.text) == read == text:
                findings.append(self.found("state", ROOM, f"the copy of {typist.client.name} is not the fold"))
        return findings


def bytes_of(body: Any) -> bytes:
    """Return a binary body, as an attachment or as text."""
    return base64.b64decode(body["b64"]) if isinstance(body, dict) else bytes(body)
