"""What is stored of people: lists, one person, notes of operators, and what an erasure removes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, not_, null, or_, select, update

from parlour.adapters.audit.insert import erase_audit_texts, write_audit
from parlour.adapters.news.insert import write_news
from parlour.adapters.operating.room_rows import readable
from parlour.adapters.operating.tables import person_note
from parlour.adapters.sql.kept_beside import discard_unlisted
from parlour.adapters.sql.log_append import erase_bodies
from parlour.adapters.sql.reader import Reader
from parlour.adapters.sql.tables_auth import block, person, profile, push_subscription, sanction, session
from parlour.adapters.sql.tables_kept import remembered, room_file
from parlour.adapters.sql.tables_rooms import entry, member, notice, report, report_voice, room
from parlour.adapters.sql.writer import Writer
from parlour.core.audit.record import AuditRecord
from parlour.core.room import Account, RoomId
from parlour.runtime.files.uploads import AVATAR_ROOM

PAGE = 50
"""People of one answer."""
ROOMS = 200
"""Rooms of a person in one answer."""
CHUNK = 200
"""Texts erased in one transaction: posts wait behind it."""
OPERATORS_SEE = ("id", "created_at", "expires_at", "ended_at", "ended_by", "device", "method", "address", "chain_id")
"""Of a session, and nothing of its token."""


class SqlPersonRows:
    """Every method may raise StoreError; implements `runtime.operating.person_eraser.PersonRows`."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    # ── seeing ────────────────────────────────────────────────────────────────────────────────────────────────

    async def page(self, query: str, cursor: str | None, now: int) -> tuple[list[dict[str, Any]], str | None]:
        """Return people whose address or name holds a text, by address, and the cursor of the next page."""
        rows = await self._reader.read(lambda connection: _page(connection, query, cursor, now))
        return rows[:PAGE], rows[PAGE - 1]["account"] if len(rows) > PAGE else None

    async def one(self, account: Account) -> dict[str, Any] | None:
        """Return what is stored of an account that ever signed in; None of another."""
        return await self._reader.read(lambda connection: _one(connection, account))

    async def note(self, account: Account, text: str, audit: AuditRecord) -> None:
        """Keep a note about an account, with its audit row."""
        row = {"account": account, "id": f"{audit.by}:{audit.id}", "at": audit.at, "by": audit.by, "text": text}

        def work(connection: Connection) -> None:
            connection.execute(insert(person_note), row)
            write_audit(connection, [audit])

        await self._writer.write(work)

    async def audit(self, record: AuditRecord) -> None:
        """Write the audit row of an act that changes no row of its own."""
        await self._writer.write(lambda connection: write_audit(connection, [record]))

    async def written(self, account: Account, after: tuple[str, int], limit: int) -> list[Any]:
        """Return `(room, seq, at, type, body)` of what an account wrote in rooms that operators may read, in order."""
        place = or_(entry.c.room > after[0], and_(entry.c.room == after[0], entry.c.seq > after[1]))
        columns = (entry.c.room, entry.c.seq, entry.c.at, entry.c.type, entry.c.body, entry.c.binary)
        query = (
            select(*columns)
            .join_from(entry, room, room.c.key == entry.c.room)
            .where(entry.c.author == account, entry.c.body.is_not(None), readable(), place)
        )
        ordered = query.order_by(entry.c.room, entry.c.seq).limit(limit)
        return await self._reader.read(lambda connection: list(connection.execute(ordered).all()))

    async def files(self, account: Account) -> list[Any]:
        """Return `(room, hash, name)` of files that an account uploaded to rooms that operators may read."""
        query = (
            select(room_file.c.room, room_file.c.hash, room_file.c.name)
            .join_from(room_file, room, room.c.key == room_file.c.room, isouter=True)
            .where(room_file.c.account == account, or_(room_file.c.room == AVATAR_ROOM, readable()))
        )
        return await self._reader.read(lambda connection: list(connection.execute(query).all()))

    # ── erasing ───────────────────────────────────────────────────────────────────────────────────────────────

    async def rooms_written(self, account: Account) -> Sequence[RoomId]:
        query = select(entry.c.room).where(_texts_of(account)).distinct()
        return await self._reader.read(lambda connection: list(connection.scalars(query)))

    async def erase_texts(self, key: RoomId, account: Account) -> int:
        return await self._writer.write(lambda connection: _erase_texts(connection, key, account), (key,))

    async def erase_facts(self, account: Account, audit: AuditRecord) -> None:
        await self._writer.write(lambda connection: _erase_facts(connection, account, audit))


def _texts_of(account: Account) -> ColumnElement[bool]:
    texts = or_(entry.c.type.in_(("chat.message", "chat.edit")), entry.c.type.startswith("app."))
    return and_(entry.c.author == account, entry.c.body.is_not(None), texts)


def _page(connection: Connection, query: str, cursor: str | None, now: int) -> list[dict[str, Any]]:
    where = [] if cursor is None else [person.c.account > cursor]
    if query:
        named = func.lower(profile.c.name).contains(query.lower(), autoescape=True)
        where.append(or_(func.lower(person.c.account).contains(query.lower(), autoescape=True), named))
    columns = (person.c.account, person.c.seen_at, profile.c.name, profile.c.avatar, profile.c.bot)
    found = (
        select(*columns).join_from(person, profile, profile.c.account == person.c.account, isouter=True).where(*where)
    )
    rows = connection.execute(found.order_by(person.c.account).limit(PAGE + 1)).all()
    held: dict[Account, list[str]] = {}
    named_ones = sanction.c.account.in_([row.account for row in rows])
    for each in connection.execute(select(sanction).where(named_ones, sanction.c.until > now)):
        held.setdefault(each.account, []).append(each.kind)
    return [
        {
            "account": row.account,
            "seenAt": row.seen_at,
            **({"name": row.name} if row.name else {}),
            **({"avatar": row.avatar} if row.avatar else {}),
            **({"bot": True} if row.bot else {}),
            "sanctions": held.get(row.account, []),
        }
        for row in rows
    ]


def _one(connection: Connection, account: Account) -> dict[str, Any] | None:
    known = connection.execute(select(person).where(person.c.account == account)).one_or_none()
    if known is None:
        return None
    shown = connection.execute(select(profile).where(profile.c.account == account)).mappings().one_or_none()
    signed = select(*(session.c[name] for name in OPERATORS_SEE)).where(session.c.account == account)
    sessions = connection.execute(signed.order_by(session.c.created_at.desc()).limit(ROOMS)).all()
    belongs = (
        select(room.c.id, room.c.kind, room.c.title, room.c.owner, member.c.role, member.c.joined_at)
        .join_from(member, room, room.c.key == member.c.room)
        .where(member.c.account == account, readable())
        .order_by(room.c.updated_at.desc())
        .limit(ROOMS)
    )
    notes = select(person_note).where(person_note.c.account == account).order_by(person_note.c.at.desc())
    said = select(func.count()).select_from(report_voice).where(report_voice.c.account == account)
    about = (
        select(report.c.id, report.c.room, report.c.seq, report.c.state, report.c.at)
        .join_from(report, entry, and_(entry.c.room == report.c.room, entry.c.seq == report.c.seq))
        .where(entry.c.author == account)
        .order_by(report.c.at.desc())
        .limit(ROOMS)
    )
    return {
        "account": account,
        "seenAt": known.seen_at,
        "profile": {k: v for k, v in (shown or {}).items() if k != "account" and v},
        "sessions": [
            {
                "id": each.id,
                "createdAt": each.created_at,
                "expiresAt": each.expires_at,
                "endedAt": each.ended_at,
                "endedBy": each.ended_by,
                "device": each.device,
                "method": each.method,
            }
            for each in sessions
        ],
        "rooms": [
            {
                "id": each.id,
                "kind": each.kind,
                "title": each.title,
                "role": "owner" if each.owner == account else each.role,
                "joinedAt": each.joined_at,
            }
            for each in connection.execute(belongs)
        ],
        "notes": [{"at": each.at, "by": each.by, "text": each.text} for each in connection.execute(notes)],
        "reports": {
            "made": connection.scalar(said) or 0,
            "about": [dict(each) for each in connection.execute(about).mappings()],
        },
    }


def _erase_texts(connection: Connection, key: str, account: Account) -> int:
    mine = select(entry.c.seq).where(entry.c.room == key, _texts_of(account)).order_by(entry.c.seq).limit(CHUNK + 1)
    seqs = list(connection.scalars(mine))
    if not seqs:
        return 0
    erase_bodies(connection, key, seqs[:CHUNK])
    if len(seqs) <= CHUNK:
        anew = {"fence": room.c.fence + 1, "lease_owner": null(), "lease_until": 0}
        connection.execute(update(room).where(room.c.key == key).values(anew))
    return len(seqs[:CHUNK])


def _erase_facts(connection: Connection, account: Account, audit: AuditRecord) -> None:
    for table in (profile, block, notice, person_note, remembered, push_subscription):
        connection.execute(delete(table).where(table.c.account == account))
    connection.execute(delete(block).where(block.c.blocked == account))
    connection.execute(update(person).where(person.c.account == account).values(seen_at=null()))
    connection.execute(update(report_voice).where(report_voice.c.account == account).values(note=null()))
    connection.execute(update(sanction).where(sanction.c.account == account).values(reason=""))
    bare: dict[str, Any] = dict.fromkeys(("session_key", "key_room", "key_until", "message", "signature"), null())
    connection.execute(update(session).where(session.c.account == account).values(device="", **bare))
    unused = and_(room_file.c.account == account, or_(room_file.c.room == AVATAR_ROOM, not_(room_file.c.named)))
    hashes = [bytes(each) for each in connection.scalars(select(room_file.c.hash).where(unused))]
    connection.execute(delete(room_file).where(unused))
    if hashes:
        discard_unlisted(connection, hashes)
    erase_audit_texts(connection, account)
    write_audit(connection, [audit])
    write_news(connection, "account.erased", {"account": account})
