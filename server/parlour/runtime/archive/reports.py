"""Reports of messages: who may file them, who sees them, and how they end. Nobody in the room learns who reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from parlour.core.audit.record import AuditRecord
from parlour.core.identity.server_roles import SERVER_MODERATOR
from parlour.core.room import SERVER, Account, Entry, Post, RoomId
from parlour.core.rooms.reserved import prefix_of
from parlour.errors import Forbidden, Illegal, NoSuchRoom, NotFound, Unauthorized
from parlour.runtime.clock import Clock
from parlour.runtime.notice_records import NoticeRecord, notice_id
from parlour.runtime.rooms.interface import Caller, RoomRequest, RoomService
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.shown.entry_json import entry_json
from parlour.runtime.store import Store

PAGE = 50
"""Reports of one answer."""
OPEN, DISMISSED, REDACTED = "open", "dismissed", "redacted"
MOST_TOLD = 100
"""Moderators of a room who are told of a report."""
REPORT = "report"
"""The type of the notice, which does not say who reported."""
FIRST = 1
"""The number of the entry by which a room as a whole is reported."""
REPORTED = "chat.message"
"""The type of entries that can be reported."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What one account said of a message."""

    account: Account
    reason: str
    note: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Report:
    """A message that was reported, with everything said of it, newest first; `at` (ms) is when it was the last time."""

    id: str
    room: RoomId
    seq: int
    state: str
    at: int
    voices: Sequence[Voice]


class ReportRows(Protocol):
    """The reports as they are stored. Every method may raise StoreError."""

    async def add(self, room: RoomId, seq: int, voice: Voice, told: Sequence[NoticeRecord]) -> bool:
        """Add what an account says of a message, once; a message whose report had ended is open again.

        Args:
            told: stored where the report is open only by this; then the answer is True.
        """
        ...

    async def page(self, room: RoomId | None, state: str, cursor: str | None, limit: int) -> list[Report]:
        """Return reports of a room, or of all, in one state: those reported last first, after the one at the cursor."""
        ...

    async def find(self, report: str) -> Report | None:
        """Return a report by its id."""

    async def end(self, report: str, state: str, audit: AuditRecord | None = None) -> None:
        """Note how a report ended, with the audit row where an operator ended it."""


class Reports:
    """Files reports and shows them to whoever moderates."""

    def __init__(
        self,
        rights: RoomRights,
        rooms: RoomService,
        rows: ReportRows,
        store: Store,
        clock: Clock,
        notify: Callable[[Account, str, dict[str, Any]], None],
    ) -> None:
        """Args: notify: sends an event to every connection of an account."""
        self._notify = notify
        self._rights = rights
        self._rooms = rooms
        self._rows = rows
        self._store = store
        self._clock = clock

    async def file(self, room: RoomId, caller: Caller, seq: int, reason: str, note: str | None) -> None:
        """Report a message of a room that the caller may read.

        Raises:
            Unauthorized: a guest. NotFound, Illegal: no such message, or one that is deleted. As `RoomRights.open`.
        """
        if not caller.account:
            raise Unauthorized()
        host, hall = await self._rights.open(room, caller)
        entry = (await self._store.pick(host.id, [seq])).get(seq)
        if entry is None or entry.type != REPORTED:
            raise NotFound(f"There is no message {seq} in this room.", details={"path": "of"})
        [shown] = await self._rights.shown(host.id, caller, [entry])
        if entry.erased or "redacted" in shown:
            raise Illegal(f"Entry {seq} was deleted.", reason="deleted")
        now = self._clock.now()
        moderators = [each for each in hall.access.holders("moderator") if each != caller.account][:MOST_TOLD]
        id_ = notice_id(now, host.id, seq, REPORT)
        told = [NoticeRecord(each, id_, host.id, seq, REPORT, SERVER, now) for each in moderators]
        if await self._rows.add(host.id, seq, Voice(caller.account, reason, note, now), told):
            for notice in told:
                self._notify(notice.account, "notice", notice.to_json())

    async def flag(self, room: RoomId, note: str) -> None:
        """Tell the server's moderators of a room, in the server's own name; once, however often it is asked."""
        await self._rows.add(room, FIRST, Voice(SERVER, "other", note, self._clock.now()), [])

    async def of_room(self, room: RoomId, caller: Caller, cursor: str | None) -> dict[str, Any]:
        """Answer `{reports, cursor}` of a room: counts and reasons; who reported is for server moderators alone."""
        host = await self._check_moderates(room, caller)
        found = await self._rows.page(host, OPEN, cursor, PAGE + 1)
        stored = await self._store.pick(host, [report.seq for report in found])
        entries = await self._rights.shown(host, caller, list(stored.values()))
        by_seq = {entry["seq"]: entry for entry in entries}
        told = [_told(report, by_seq.get(report.seq), caller.rank >= SERVER_MODERATOR) for report in found[:PAGE]]
        return {"reports": told, "cursor": found[PAGE - 1].id if len(found) > PAGE else None}

    async def dismiss(self, room: RoomId, caller: Caller, report: str) -> None:
        """End a report without doing anything; raises Forbidden, NotFound."""
        host = await self._check_moderates(room, caller)
        found = await self._rows.find(report)
        if found is None or found.room != host.lower():
            raise NotFound("There is no such report in this room.", details={"path": "report"})
        await self._rows.end(report, DISMISSED)

    # ── for the server's moderators ──────────────────────────────────────────────────────────────────────────────

    async def queue(self, state: str, cursor: str | None) -> dict[str, Any]:
        """Answer `{reports, cursor}` of all rooms, each with who said what, and the messages around."""
        found = await self._rows.page(None, state, cursor, PAGE + 1)
        told = []
        for report in found[:PAGE]:
            around = await self._store.pick(report.room, [report.seq - 1, report.seq, report.seq + 1])
            said = [_plain(around[seq]) for seq in sorted(around) if around[seq].type == REPORTED]
            entry = next((each for each in said if each["seq"] == report.seq), None)
            told.append({**_told(report, entry, True), "room": report.room, "state": report.state, "around": said})
        return {"reports": told, "cursor": found[PAGE - 1].id if len(found) > PAGE else None}

    async def resolve(self, caller: Caller, report: str, action: str, audit: AuditRecord) -> None:
        """End a report: `dismiss` it, or `redact` the message. The same request again changes nothing.

        Raises:
            NotFound: no such report. Forbidden: `redact` in a direct room, which nobody moderates. As a `chat.delete`
            of the caller's.
        """
        found = await self._rows.find(report)
        if found is None:
            raise NotFound("There is no such report.")
        if action == "redact":
            body = {"of": found.seq, "reason": audit.reason}
            command = Post(caller.account, caller.rank, id=audit.id, type="chat.delete", body=body)
            redaction = replace(audit, what="message.redact", whom=f"{found.room}/{found.seq}")
            try:
                await self._rooms.ask(found.room, RoomRequest(command, audit=redaction))
            except Illegal as refusal:
                if refusal.reason != "deleted":
                    raise
            except NoSuchRoom:
                reserved = prefix_of(found.room)
                if reserved is None or not reserved.sealed:
                    raise
                sentence = "Nobody deletes what others wrote in this room; dismiss the report."
                raise Forbidden(sentence, reason="role") from None
        state = REDACTED if action == "redact" else DISMISSED
        said = replace(audit, before={"state": found.state}, after={"state": state})
        await self._rows.end(report, state, said)

    async def _check_moderates(self, room: RoomId, caller: Caller) -> RoomId:
        """Return the id of a room whose reports the caller sees; raises Forbidden, and as `RoomRights.open`."""
        if not caller.account:
            raise Unauthorized()
        host, hall = await self._rights.open(room, caller)
        if not hall.moderates(caller.account, caller.rank, self._clock.now()):
            raise Forbidden("Only moderators see the reports of a room.", reason="role")
        return host.id


def _told(report: Report, entry: dict[str, Any] | None, names: bool) -> dict[str, Any]:
    reasons: dict[str, int] = {}
    for voice in report.voices:
        reasons[voice.reason] = reasons.get(voice.reason, 0) + 1
    told = {"id": report.id, "seq": report.seq, "at": report.at, "count": len(report.voices), "reasons": reasons}
    if entry is not None:
        told["entry"] = entry
    if names:
        told["by"] = [
            {"account": voice.account, "reason": voice.reason, **({"note": voice.note} if voice.note else {})}
            for voice in report.voices
        ]
    return told


def _plain(entry: Entry) -> dict[str, Any]:
    return entry_json(entry)
