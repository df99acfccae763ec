"""Implements `runtime.archive.reports.ReportRows` over SQLite or Postgres."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from parlour.adapters.audit.insert import write_audit
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.rows import key_of
from parlour.adapters.sql.tables_rooms import report, report_voice
from parlour.adapters.sql.talk import NOTICE, notice_row
from parlour.adapters.sql.writer import Writer
from parlour.core.audit.record import AuditRecord
from parlour.core.room import RoomId
from parlour.runtime.archive.reports import OPEN, Report, Voice
from parlour.runtime.notice_records import NoticeRecord
from parlour.runtime.store import Repeated

ID_BYTES = 8
"""Of a report's random id."""


class SqlReportRows:
    """Its docstrings are those of `ReportRows`."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def add(self, room: RoomId, seq: int, voice: Voice, told: Sequence[NoticeRecord]) -> bool:
        key = key_of(room)
        try:
            return await self._writer.write(lambda connection: _add(connection, key, seq, voice, told))
        except Repeated:  # another process opened the report at this moment
            return await self._writer.write(lambda connection: _add(connection, key, seq, voice, told))

    async def page(self, room: RoomId | None, state: str, cursor: str | None, limit: int) -> list[Report]:
        return await self._reader.read(lambda connection: _page(connection, room, state, cursor, limit))

    async def find(self, report_id: str) -> Report | None:
        query = select(report).where(report.c.id == report_id)
        found = await self._reader.read(lambda connection: _whole(connection, connection.execute(query).all()))
        return found[0] if found else None

    async def end(self, report_id: str, state: str, audit: AuditRecord | None = None) -> None:
        ended = update(report).where(report.c.id == report_id).values(state=state)

        def work(connection: Connection) -> None:
            connection.execute(ended)
            if audit is not None:
                write_audit(connection, [audit])

        await self._writer.write(work)


def _add(connection: Connection, key: str, seq: int, voice: Voice, told: Sequence[NoticeRecord]) -> bool:
    this = and_(report.c.room == key, report.c.seq == seq)
    held = connection.execute(select(report.c.id, report.c.state).where(this)).one_or_none()
    name = held.id if held is not None else secrets.token_hex(ID_BYTES)
    if held is None:
        connection.execute(insert(report).values(id=name, room=key, seq=seq, state=OPEN, at=voice.at))
    said = select(report_voice.c.at).where(report_voice.c.report == name, report_voice.c.account == voice.account)
    if connection.scalar(said) is not None:
        return False
    row = {"account": voice.account, "reason": voice.reason, "note": voice.note, "at": voice.at}
    connection.execute(insert(report_voice), {"report": name, **row})
    connection.execute(update(report).where(report.c.id == name).values(state=OPEN, at=voice.at))
    opened = held is None or held.state != OPEN
    if opened and told:
        NOTICE.run(connection, [notice_row(each) for each in told])
    return opened


def _page(connection: Connection, room: RoomId | None, state: str, cursor: str | None, limit: int) -> list[Report]:
    where = [report.c.state == state]
    if room is not None:
        where.append(report.c.room == key_of(room))
    if cursor is not None:
        last = connection.scalar(select(report.c.at).where(report.c.id == cursor))
        if last is None:
            return []
        where.append(or_(report.c.at < last, and_(report.c.at == last, report.c.id > cursor)))
    query = select(report).where(*where).order_by(report.c.at.desc(), report.c.id).limit(limit)
    return _whole(connection, connection.execute(query).all())


def _whole(connection: Connection, rows: Sequence[Any]) -> list[Report]:
    """Return reports with what was said of each."""
    named = [row.id for row in rows]
    query = select(report_voice).where(report_voice.c.report.in_(named)).order_by(report_voice.c.at.desc())
    voices: dict[str, list[Voice]] = {}
    for row in connection.execute(query) if named else ():
        voices.setdefault(row.report, []).append(Voice(row.account, row.reason, row.note, row.at))
    return [Report(row.id, row.room, row.seq, row.state, row.at, voices.get(row.id, [])) for row in rows]
