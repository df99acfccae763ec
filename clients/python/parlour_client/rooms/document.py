"""A document kept in step with its room, for bots and backends. Needs `pip install parlour-client[documents]`."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from parlour_client.entries import Entry
from parlour_client.errors import ParlourError
from parlour_client.ports import Off
from parlour_client.rooms.awareness import Awareness
from parlour_client.rooms.membership import Membership
from parlour_client.rooms.plain_values import SharedList, SharedMap
from parlour_client.rooms.posting import Posting
from parlour_client.types_gen import DocReadReply, Version

if TYPE_CHECKING:
    import pycrdt

UPDATE = "doc.update"
GATHER_SECONDS = 0.04
"""How long edits are gathered into one post."""
EMPTY = b"\x00\x00"


class Document:
    """A room of kind `document`; made by `await room.document()`.

    Args:
        doc: the document to keep in step; a new one by default.

    Attributes:
        doc: the pycrdt document. Change it on the event loop that the client runs on.
        room: the id of its room.
        awareness: who is in it and where, as cursors and names of editors show it.
        write: whether this account may edit, as far as is known.
        failed: the last refusal of an edit for good; what was refused is here and not on the server.
    """

    def __init__(self, room: Posting, membership: Membership, doc: pycrdt.Doc[Any] | None = None) -> None:
        from pycrdt import Doc

        self.doc: pycrdt.Doc[Any] = Doc() if doc is None else doc
        self.room = room.id
        self.write = False
        self.failed: ParlourError | None = None
        self.awareness = Awareness(self.doc, room, membership.guard, lambda: self.write)
        self._room = room
        self._membership = membership
        self._waiting: list[bytes] = []
        self._applying = False
        self._hole = True
        self._posting: asyncio.Task[None] | None = None
        self._observed = self.doc.observe(self._edited)
        membership.vector = self.doc.get_state
        self._offs: list[Off] = [
            membership.changed["join"].add(self._joined),
            membership.changed["entry"].add(self._heard),
            membership.changed["signal"].add(self.awareness.heard),
        ]

    async def opened(self) -> Document:
        """Join once more, now with what is here; returns this document. Raises ParlourError."""
        await self._membership.rejoin()
        return self

    def close(self) -> None:
        """Stop following the room; `await flush()` before, where edits wait."""
        for off in self._offs:
            off()
        self.awareness.close()
        self._membership.vector = None
        self.doc.unobserve(self._observed)

    # ── edits ────────────────────────────────────────────────────────────────────────────────────────────────────

    def text(self, name: str) -> DocumentText:
        """Return a text of the document, whose places are counted in characters."""
        from pycrdt import Text

        return DocumentText(self.doc.get(name, type=Text))

    def map(self, name: str) -> SharedMap:
        """Return a map of the document as a plain dict that tells its changes."""
        from pycrdt import Map

        return SharedMap(self.doc.get(name, type=Map))

    def list(self, name: str) -> SharedList:
        """Return an array of the document as a plain list that tells its changes."""
        from pycrdt import Array

        return SharedList(self.doc.get(name, type=Array))

    async def flush(self) -> None:
        """Return once every edit so far is durable on the server. Raises ParlourError where one is refused for good."""
        while self._waiting or self._posting is not None:
            if self._posting is None:
                self._start(0.0)
            await asyncio.shield(cast("asyncio.Task[None]", self._posting))
        failed, self.failed = self.failed, None
        if failed is not None:
            raise failed

    def _edited(self, event: Any) -> None:
        if self._applying:
            return
        self._waiting.append(event.update)
        self._start(GATHER_SECONDS)

    def _start(self, wait: float) -> None:
        if self._posting is None:
            self._posting = asyncio.get_running_loop().create_task(self._post(wait))

    async def _post(self, wait: float) -> None:
        from pycrdt import merge_updates

        try:
            await asyncio.sleep(wait)
            while self._waiting:
                waiting, self._waiting = self._waiting, []
                await self._send(waiting[0] if len(waiting) == 1 else merge_updates(*waiting))
        except ParlourError as error:
            self._hole = True
            self.failed = error
        finally:
            self._posting = None

    async def _send(self, update: bytes) -> None:
        """Post an update; where the server misses something before it, everything that it misses."""
        try:
            await self._room.post(update, UPDATE)
        except ParlourError as error:
            if error.reason != "gap":
                raise
            vector = b64decode(cast(Any, error.details)["vector"]["b64"])
            self._waiting = []
            await self._room.post(self.doc.get_update(vector), UPDATE)
        self.write = True
        self._hole = False

    # ── what others did ──────────────────────────────────────────────────────────────────────────────────────────

    def _joined(self, ack: Mapping[str, Any]) -> None:
        state = ack.get("state")
        if not isinstance(state, Mapping) or "update" not in state:
            return
        self._apply(state["update"])
        self.write = bool(ack.get("write"))
        self.awareness.joined()
        if self.write and self._hole:
            missing = self.doc.get_update(state["vector"])
            self._hole = False
            if missing != EMPTY:
                self._waiting = [missing]
                self._start(0.0)

    def _heard(self, entry: Entry) -> None:
        if entry.type == UPDATE and isinstance(entry.body, bytes):
            self._apply(entry.body)

    def _apply(self, update: bytes) -> None:
        self._applying = True
        try:
            self.doc.apply_update(update)
        finally:
            self._applying = False

    # ── versions ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def keep_version(self, title: str) -> int:
        """Name the document as it is here, edits that wait included; returns the version. Raises ParlourError."""
        await self.flush()
        return int((await self._room.request("doc:version", id=uuid4().hex, title=title))["seq"])

    async def versions(self) -> Sequence[Version]:
        """Return the newest versions, the newest first. Raises ParlourError."""
        return cast("Sequence[Version]", (await self._room.request("doc:versions"))["versions"])

    async def read_version(self, version: int | None = None, as_: str = "text") -> DocReadReply:
        """Return a version (or the document now) as `text`, `json` or `update`. Raises ParlourError."""
        asked = {} if version is None else {"version": version}
        return cast(DocReadReply, await self._room.request("doc:read", **asked, **{"as": as_}))

    async def restore_version(self, version: int) -> int:
        """Make the document read as in a version, once edits here are sent; returns the seq. Raises ParlourError."""
        await self.flush()
        return int((await self._room.request("doc:restore", id=uuid4().hex, version=version))["seq"])


class DocumentText:
    """A text whose places are counted in characters (code points); pycrdt itself counts bytes of UTF-8."""

    def __init__(self, text: pycrdt.Text) -> None:
        self._text = text

    def __str__(self) -> str:
        return str(self._text)

    def __len__(self) -> int:
        return len(str(self._text))

    def insert(self, at: int, text: str) -> None:
        """Insert before the character at this place."""
        self._text.insert(self._place(at), text)

    def append(self, text: str) -> None:
        """Insert at the end."""
        self.insert(len(self), text)

    def delete(self, at: int, count: int) -> None:
        """Delete characters from this place on."""
        del self._text[self._place(at) : self._place(at + count)]

    def subscribe(self, listener: Callable[[str], None]) -> Off:
        """Call `listener` with the text whenever it has changed; the answer takes it off again."""
        observed = self._text.observe(lambda event: listener(str(self._text)))
        return lambda: self._text.unobserve(observed)

    def _place(self, at: int) -> int:
        return len(str(self._text)[:at].encode())
