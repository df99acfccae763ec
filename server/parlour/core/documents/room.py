"""The kind `document`: a log of Yjs updates, checked before they are stored and merged byte by byte."""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect_right
from hashlib import sha256
from typing import Annotated, Any, ClassVar

from pydantic import Field

from parlour.core.documents import shadow
from parlour.core.documents.commands import KeepVersion, RestoreVersion
from parlour.core.documents.contents import Contents, Gap
from parlour.core.documents.encoding import NotAnUpdate, read_vector
from parlour.core.documents.nesting import MOST_NESTED
from parlour.core.documents.updates import TooManyStructs, Update, read_update
from parlour.core.documents.versions import MAX_TITLE, Versions
from parlour.core.room import Command, DeadlinePassed, Draft, Entry, Join, Outcome, Post, RoomId
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.normal_form import is_line, shows_something
from parlour.core.rooms.state import Options, parsed
from parlour.errors import Illegal, Invalid, NotFound, ParlourError, TooLarge

UPDATE = "doc.update"
MAX_STRUCTS = 5_000
"""Structs and deletions of one update: reading them takes 40 ms at most, and everybody else waits."""
MAX_CLIENTS = 100_000
"""Yjs clients of one document: each page that was opened and written in. One takes 600 bytes of memory."""
COUNTED = 2_000
"""Seqs of entries beside updates that a room knows: twice what a join recovers by replay."""


class VersionOptions(Options):
    """Which versions the room keeps by itself."""

    every: Annotated[int, Field(ge=0)] = 600_000
    """Milliseconds of change after which it keeps one; 0 for never."""
    keep: Annotated[int, Field(ge=0, le=1_000)] = 100
    """How many of those stay in the list."""


class DocumentOptions(Options):
    """What `room:create` takes for a document."""

    maxBytes: Annotated[int, Field(ge=1_024, le=8 << 20)] = 8 << 20  # noqa: N815  # as it is on the wire
    """Largest document, as one update."""
    gc: bool = True
    """Whether deleted text may go once nobody has the room open."""
    versions: VersionOptions = VersionOptions()


class DocumentRoom(Hall):
    """A document that everybody who may post edits at once, with any editor for Yjs.

    Attributes:
        contents: what the updates hold together.
        versions: those that are listed.
        changed_at: when (ms) the document first changed after the last version; None where it did not.
    """

    kind: ClassVar[str] = "document"
    posts: ClassVar[frozenset[str]] = frozenset({UPDATE})
    merged: ClassVar[frozenset[str]] = frozenset({UPDATE})
    aware: ClassVar[bool] = True
    snapshots_at: ClassVar[frozenset[str]] = frozenset({"doc.version"})

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self.contents = Contents()
        self.versions = Versions()
        self.changed_at: int | None = None
        self.settings = DocumentOptions()
        self._counted: list[int] = []
        self._counted_from = 1
        self._read: tuple[bytes, Update] | None = None

    # ── what it is ───────────────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return parsed(DocumentOptions, options, "options").model_dump(mode="json")

    @classmethod
    def described(cls) -> dict[str, Any]:
        schema = DocumentOptions.model_json_schema()
        return {"title": "Document", "options": schema, "actions": {}, "view": None}

    def options_known(self, entry: Entry | None) -> None:
        self.settings = parsed(DocumentOptions, self.options, "options")

    @property
    def snapshot_bytes(self) -> int:  # type: ignore[override]  # a fact of the log, not of the class
        return self.contents.size

    # ── what it decides ──────────────────────────────────────────────────────────────────────────────────────────

    def handle_post(self, command: Post) -> Outcome:
        raw = command.body
        if not isinstance(raw, bytes):
            raise Invalid("The body of a doc.update is the bytes of a Yjs update.", details={"path": "body"})
        try:
            update = read_update(raw, MAX_STRUCTS)
            news = self.contents.brings_news(update)
        except NotAnUpdate as error:
            raise Illegal(f"That is no Yjs update: {error}.", reason="not_an_update") from None
        except TooManyStructs:
            raise TooLarge(f"An update holds at most {MAX_STRUCTS} structs and deletions.", reason="structs") from None
        except Gap:
            raise self.gap() from None
        if not news:
            return Outcome(reply={"seq": command.seq - 1, "duplicate": True})
        if self._exceeds(len(raw)) or self.contents.clients_with(update) > MAX_CLIENTS:
            most = f"{self.settings.maxBytes} bytes and {MAX_CLIENTS} Yjs clients"
            raise TooLarge(f"This document has at most {most}.", reason="document")
        self._read = raw, update
        return Outcome([command.draft()])

    def gap(self) -> Illegal:
        """Make the refusal of an update whose causes are not here: the client posts what goes beyond this vector."""
        vector = {"b64": b64encode(self.contents.encoded_vector()).decode()}
        return Illegal("That update needs others before it.", reason="gap", details={"vector": vector})

    def _exceeds(self, more: int) -> bool:
        most = self.settings.maxBytes - more
        return self.contents.size > most and len(self.contents.whole()) > most

    def handle_join(self, command: Join) -> Outcome:
        state = {"update": self._lacking(command.vector), "vector": self.contents.encoded_vector()}
        return Outcome(reply={"state": state, "write": self.may_post(command)})

    def _lacking(self, vector: bytes | None) -> bytes:
        if vector is None:
            return self.contents.whole()
        try:
            return self.contents.beyond(read_vector(vector))
        except NotAnUpdate as error:
            raise Invalid(f"That is no state vector: {error}.", details={"path": "vector"}) from None

    def may_post(self, command: Command) -> bool:
        """Return whether whoever sends this command may write here now."""
        try:
            self._check_write(command)
        except ParlourError:
            return False
        return not self.closed and self.frozen_at is None

    def _check_write(self, command: Command) -> None:
        """Raise unless the author may edit: versions are kept and restored by those who may post updates."""
        self.access.check_post(command.author, command.rank, command.at)
        self.check_rules(UPDATE, command.author, command.rank, command.at)

    def handle_own(self, command: Command) -> Outcome:
        self._check_write(command)
        self.standing.check_thawed()
        if isinstance(command, KeepVersion):
            return self._keep(command)
        if isinstance(command, RestoreVersion):
            return self._restore(command)
        return super().handle_own(command)

    def _keep(self, command: KeepVersion) -> Outcome:
        title = command.title
        if len(title) > MAX_TITLE or not is_line(title) or not shows_something(title):
            raise Invalid(f"A title is 1 to {MAX_TITLE} printable characters.", details={"path": "title"})
        if self.versions.full:
            raise Illegal("This document has as many named versions as one may have.", reason="too_many")
        return Outcome([self._version(title, command)], reply={"seq": command.seq})

    def _version(self, title: str, command: Command) -> Draft:
        body = {
            "title": title,
            "by": command.author,
            "at": command.at,
            "vector": "0x" + self.contents.encoded_vector().hex(),
            "sha256": "0x" + sha256(self.contents.whole()).hexdigest(),
        }
        return Draft("doc.version", body)

    def _restore(self, command: RestoreVersion) -> Outcome:
        if self.versions.find(command.version) is None:
            raise NotFound(f"This document has no version {command.version}.", details={"path": "version"})
        roots = {**self.contents.roots, **dict(command.roots)}
        try:
            edit = shadow.reverted(command.then, self.contents.whole(), roots, self._new_client(command))
        except shadow.TooDeep:
            raise _nested() from None
        if edit is None:
            return Outcome(reply={"seq": command.seq - 1, "duplicate": True})
        restored = {"version": command.version, "by": command.author, "update": command.seq}
        return Outcome([Draft(UPDATE, edit), Draft("doc.restored", restored)], reply={"seq": command.seq})

    def _new_client(self, command: Command) -> int:
        """Return a Yjs client id that nobody uses here, the same one at every replay."""
        drawn = sha256(f"{self.room}:{command.seq}:{command.at}".encode()).digest()
        client = int.from_bytes(drawn[:4])
        while client in self.contents.vector:
            client = (client + 1) % 2**32
        return client

    def repeats(self, command: Command, entry: Entry) -> bool:
        if isinstance(command, KeepVersion):
            return entry.type == "doc.version" and isinstance(entry.body, dict) and entry.body["title"] == command.title
        return entry.type == UPDATE if isinstance(command, RestoreVersion) else super().repeats(command, entry)

    def deadline(self) -> int | None:
        if self.changed_at is None or not self.settings.versions.every or self.closed:
            return None
        return self.changed_at + self.settings.versions.every

    def handle_deadline(self, command: DeadlinePassed) -> Outcome:
        due = self.deadline()
        return Outcome() if due is None or command.at < due else Outcome([self._version("", command)])

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, entry: Entry) -> None:
        super().apply(entry)
        if entry.type != UPDATE:
            self._counted.append(entry.seq)
            if len(self._counted) > 2 * COUNTED:
                self._counted_from = self._counted[COUNTED - 1] + 1
                del self._counted[:COUNTED]

    def apply_kind(self, entry: Entry) -> None:
        if entry.type == UPDATE and isinstance(entry.body, bytes):
            raw = entry.body
            read, self._read = self._read, None
            self.contents.take(raw, read[1] if read is not None and read[0] is raw else read_update(raw))
            if self.changed_at is None:
                self.changed_at = entry.at
        elif entry.type == "doc.version":
            self.versions.add(entry, self.settings.versions.keep)
            self.changed_at = None

    def snapshot(self) -> dict[str, Any]:
        document = {
            **self.contents.snapshot(),
            "versions": [dict(each) for each in self.versions.kept],
            "changedAt": self.changed_at,
            "counted": {"from": self._counted_from, "seqs": list(self._counted)},
        }
        return {**super().snapshot(), "document": document}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        document = state["document"]
        self.contents = Contents.restored(document)
        self.versions.kept = [dict(each) for each in document["versions"]]
        self.changed_at = document["changedAt"]
        self._counted, self._counted_from = list(document["counted"]["seqs"]), document["counted"]["from"]

    def counted_since(self, seq: int) -> list[int] | None:
        if seq + 1 < self._counted_from:
            return None
        return self._counted[bisect_right(self._counted, seq) :]

    def counted_newest(self, limit: int) -> list[int]:
        return self._counted[-limit:] if limit else []

    def compact(self) -> bool:
        whole = self.contents.whole()
        if not self.settings.gc or self.contents.approximate or not len(self.contents.deleted):
            return False
        smaller = shadow.compacted(whole, self.contents.roots, self.contents.encoded_vector())
        if smaller is None or len(smaller) >= len(whole):
            return False
        before, self.contents = self.contents, Contents()
        self.contents.take(smaller, read_update(smaller))
        self.contents.roots = before.roots
        return True

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self, as_: str) -> Any:
        """Return the document as `update` (bytes), `text` or `json`."""
        whole, roots = self.contents.whole(), self.contents.roots
        if as_ == "update":
            return whole
        try:
            return shadow.text_of(whole, roots) if as_ == "text" else shadow.json_of(whole, roots)
        except shadow.TooDeep:
            raise _nested() from None

    def text(self) -> str:
        """Return the words of the document, for search."""
        return str(self.read("text"))


def _nested() -> TooLarge:
    levels = f"A document with more than {MOST_NESTED} types inside each other"
    return TooLarge(f"{levels} is neither written out nor taken back to a version.", reason="nested")
