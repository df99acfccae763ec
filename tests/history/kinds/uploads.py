"""Files that are sent to a room and named in it: each that was acknowledged is read byte for byte."""

from __future__ import annotations

import asyncio
import hashlib

import aiohttp

from tests.history.checker import Finding
from tests.history.kinds.place import Place, Workload

ROOM = "shelf"
SIZES = (1, 4_000, 150_000)


class Uploads(Workload):
    """Somebody who uploads file after file."""

    name = "uploads"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.kept: dict[str, bytes] = {}
        self.name_of: dict[str, str] = {}

    async def start(self) -> None:
        self.sender = await self.place.client("sender")
        await self.sender.done("room:create", kind="chat", id=ROOM)
        assert await self.sender.enter(ROOM)
        self.rooms = {ROOM: self.sender}

    async def act(self) -> None:
        content = self.place.chance.randbytes(self.place.chance.choice(SIZES))
        while (status := await self._upload(content)) != 201:
            assert status in (0, 429, 503), status
            await asyncio.sleep(0.3)
        hash = hashlib.sha256(content).hexdigest()
        ack = await self.sender.post(ROOM, "chat.message", {"text": "here", "files": [self.name_of[hash]]})
        assert ack["ok"], ack
        self.kept[self.name_of[hash]] = content

    async def _upload(self, content: bytes) -> int:
        """Send a file to one of the nodes; return the status, 0 where there was no answer."""
        url = f"{self.place.chance.choice(self.place.urls)}/api/rooms/{ROOM}/files"
        headers = {**self._headers, "Content-Type": "application/x-anything"}
        try:
            async with self.place.http.post(url, params={"name": "a.bin"}, data=content, headers=headers) as answer:
                told = await answer.json()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0
        if answer.status == 201:
            self.name_of[hashlib.sha256(content).hexdigest()] = told["file"]["hash"]
        return answer.status

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.sender.token}"}

    async def check(self) -> list[Finding]:
        findings: list[Finding] = []
        for hash, content in self.kept.items():
            url = f"{self.place.chance.choice(self.place.urls)}/api/rooms/{ROOM}/files/{hash}"
            async with self.place.http.get(url, headers=self._headers) as answer:
                if answer.status != 200 or await answer.read() != content:
                    findings.append(self.found("lost", ROOM, f"{hash} is answered {answer.status}"))
        return findings
