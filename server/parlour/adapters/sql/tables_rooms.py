"""The tables of rooms and their logs. Alembic reads them; they are never wire models.

Times are integer milliseconds, hashes 32 raw bytes. `key` and every `room` column hold the lower-case id, because ids
compare case-insensitively (protocol §3). The hot path uses the Core tables at the bottom, never an ORM session.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, ColumnElement, Index, LargeBinary, Table, Text, false, text, true
from sqlmodel import Field, SQLModel


class RoomRow(SQLModel, table=True):
    """A room without its log; the columns are those of `RoomRecord`.

    `label` is id and title in normal form, which the list of rooms searches. `game` (JSON) and `open` are what lists
    show of a game; `rules` (JSON) those that are not a new room's. `messages` and `last_message` are talk.py's.
    """

    __tablename__: ClassVar[Any] = "room"

    key: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text, index=True)
    title: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)
    visibility: str = Field(sa_type=Text)
    signed: bool
    options: str = Field(sa_type=Text)
    request_id: str | None = Field(default=None, sa_type=Text)
    closed: bool
    members: int
    created_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)
    epoch: str = Field(sa_type=Text)
    fence: int = Field(sa_type=BigInteger)
    lease_owner: str | None = Field(default=None, sa_type=Text)
    lease_until: int = Field(sa_type=BigInteger)
    head: int = Field(sa_type=BigInteger)
    head_hash: bytes = Field(sa_type=LargeBinary)
    floor: int = Field(sa_type=BigInteger)
    floor_hash: bytes = Field(sa_type=LargeBinary)
    game: str | None = Field(default=None, sa_type=Text)
    open: bool
    format: int
    rules: str | None = Field(default=None, sa_type=Text)
    gated: bool
    messages: int | None = Field(default=None, sa_type=BigInteger)
    last_message: int | None = Field(default=None, sa_type=BigInteger)
    frozen: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    featured: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class EntryRow(SQLModel, table=True):
    """One entry of a log. `author` is `""` for the server.

    `epoch` is the one the entry was hashed under, which a restored room keeps for its old entries. `body` holds the
    canonical bytes. `words` is the text that search reads, in normal form (a message's newest edit); NULL where that is
    the body's text in lower case. All are NULL once erased, as is `salt`; while body and salt are there, the
    first bytes of `body_hash` are enough. `mark` is what an id is found by (`mark_of`). `seen` is the head the author
    of a signed post saw: eight bytes of its seq, then its hash. `n` is a number of talk.py.
    """

    __tablename__: ClassVar[Any] = "entry"

    room: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    epoch: str = Field(sa_type=Text)
    id: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    binary: bool
    body_hash: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)
    salt: bytes | None = Field(default=None, sa_type=LargeBinary)
    sig: str | None = Field(default=None, sa_type=Text)
    seen: bytes | None = Field(default=None, sa_type=LargeBinary)
    source: str | None = Field(default=None, sa_type=Text)
    ref: int | None = Field(default=None, sa_type=BigInteger)
    words: str | None = Field(default=None, sa_type=Text)
    mark: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    n: int | None = Field(default=None, sa_type=BigInteger)


class SnapshotRow(SQLModel, table=True):
    """A room's folded state after entry `seq`, as JSON; `format` is the lowest format that reads it."""

    __tablename__: ClassVar[Any] = "snapshot"

    room: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    state: bytes = Field(sa_type=LargeBinary)
    format: int


class RememberedId(SQLModel, table=True):
    """The id of an entry that retention removed, with what answers a resend."""

    __tablename__: ClassVar[Any] = "remembered_id"

    room: str = Field(primary_key=True, sa_type=Text)
    author: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger, index=True)
    type: str = Field(sa_type=Text)
    hash: bytes = Field(sa_type=LargeBinary)
    body_hash: bytes = Field(sa_type=LargeBinary)
    salt: bytes | None = Field(default=None, sa_type=LargeBinary)
    source: str | None = Field(default=None, sa_type=Text)


class MemberRow(SQLModel, table=True):
    """Who belongs to a room (`joined_at` not NULL), how far they have read, and what the log says of their right to
    come in: a role given to them, and until when (ms) they are banned. `own … read_own` are numbers of talk.py, `level`
    is what `room:notify` set."""

    __tablename__: ClassVar[Any] = "member"

    room: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(primary_key=True, sa_type=Text, index=True)
    joined_at: int | None = Field(default=None, sa_type=BigInteger)
    read: int = Field(sa_type=BigInteger)
    role: str | None = Field(default=None, sa_type=Text)
    banned_until: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    own: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    own_last: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    read_n: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    read_own: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    level: str | None = Field(default=None, sa_type=Text)
    level_until: int | None = Field(default=None, sa_type=BigInteger)


class ThreadRow(SQLModel, table=True):
    """A thread: how many replies stand in it, the last of them, the last by somebody else, and who wrote of late."""

    __tablename__: ClassVar[Any] = "thread"

    room: str = Field(primary_key=True, sa_type=Text)
    root: int = Field(primary_key=True, sa_type=BigInteger)
    replies: int = Field(sa_type=BigInteger)
    last_seq: int = Field(sa_type=BigInteger)
    last_at: int = Field(sa_type=BigInteger)
    last_author: str = Field(sa_type=Text)
    other_seq: int = Field(sa_type=BigInteger)
    by: str = Field(sa_type=Text)


class FollowRow(SQLModel, table=True):
    """An account that follows a thread, how far it has read it, and what it wants to be told of it."""

    __tablename__: ClassVar[Any] = "follow"

    room: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(primary_key=True, sa_type=Text)
    root: int = Field(primary_key=True, sa_type=BigInteger)
    read: int = Field(sa_type=BigInteger)
    level: str | None = Field(default=None, sa_type=Text)
    level_until: int | None = Field(default=None, sa_type=BigInteger)


class DeletionRow(SQLModel, table=True):
    """A message outside threads that was deleted: the entry from which on it stood, and its author."""

    __tablename__: ClassVar[Any] = "deletion"

    room: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    author: str = Field(sa_type=Text)


class MentionRow(SQLModel, table=True):
    """A message that mentions an account, so that lists count mentions without reading logs."""

    __tablename__: ClassVar[Any] = "mention"
    __table_args__: ClassVar[Any] = {"sqlite_with_rowid": False}

    room: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)


class NoticeRow(SQLModel, table=True):
    """What an account was told; `id` begins with the time, so it sorts by it."""

    __tablename__: ClassVar[Any] = "notice"

    account: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)
    room: str = Field(sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    type: str = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    thread: int | None = Field(default=None, sa_type=BigInteger)
    invite: str | None = Field(default=None, sa_type=Text)
    request: bool
    read: bool


class SpreadRow(SQLModel, table=True):
    """A message whose mention of a whole room, or whose thread, is told behind the commit.

    `whom` is who is told, `told` (JSON) who was already, `after` the last account that was looked at.
    """

    __tablename__: ClassVar[Any] = "spread"

    room: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    whom: str = Field(primary_key=True, sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    author: str = Field(sa_type=Text)
    thread: int | None = Field(default=None, sa_type=BigInteger)
    told: str = Field(sa_type=Text)
    after: str = Field(sa_type=Text)


class RoomLabelRow(SQLModel, table=True):
    """A room's label once more, indexed by its trigrams: an FTS5 table on SQLite, a pg_trgm index on Postgres.

    It is a table of its own because every post changes the room's row. `rowid` is made of the key (`label_number`),
    because FTS5 finds rows by nothing else.
    """

    __tablename__: ClassVar[Any] = "room_label"

    rowid: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    key: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)


class SearchedRoomRow(SQLModel, table=True):
    """How far the index of texts has got in a room: entries up to `upto` are in it, under the room's `number`."""

    __tablename__: ClassVar[Any] = "searched_room"

    room: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(sa_type=BigInteger, unique=True)
    upto: int = Field(sa_type=BigInteger)


class MessageTextRow(SQLModel, table=True):
    """The newest text of a message in normal form, indexed by its trigrams: FTS5 on SQLite, pg_trgm on Postgres.

    `rowid` is the room's number and 32 bits of the seq, so that a room's messages stand side by side in their order;
    seq 0 is the room's document.
    """

    __tablename__: ClassVar[Any] = "message_text"

    rowid: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    at: int = Field(sa_type=BigInteger)
    author: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)


class InviteRow(SQLModel, table=True):
    """An invitation; only the hash of its token is stored. `asked` is the digest of the request that made it."""

    __tablename__: ClassVar[Any] = "invite"

    token_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    room: str = Field(sa_type=Text)
    account: str | None = Field(default=None, sa_type=Text)
    uses: int
    until: int = Field(sa_type=BigInteger)
    asked: bytes | None = Field(default=None, sa_type=LargeBinary)


class RedemptionRow(SQLModel, table=True):
    """The use of an invitation by an account, so that a join sent again uses it up only once."""

    __tablename__: ClassVar[Any] = "redemption"

    token_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    account: str = Field(primary_key=True, sa_type=Text)


class ReportRow(SQLModel, table=True):
    """A message that was reported; `at` is when it was the last time, `state` how it ended or `open`."""

    __tablename__: ClassVar[Any] = "report"

    id: str = Field(primary_key=True, sa_type=Text)
    room: str = Field(sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    state: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class ReportVoiceRow(SQLModel, table=True):
    """What one account said of a reported message."""

    __tablename__: ClassVar[Any] = "report_voice"

    report: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(primary_key=True, sa_type=Text)
    reason: str = Field(sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class RoomErasureRow(SQLModel, table=True):
    """A room that is erased; `number` is made of its key (`label_number`).

    `key` is None once nothing of it is left, `at` is when there was progress last.
    """

    __tablename__: ClassVar[Any] = "room_erasure"

    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    key: str | None = Field(default=None, sa_type=Text)
    at: int = Field(sa_type=BigInteger)


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # set by SQLModel's metaclass


room = _table(RoomRow)
entry = _table(EntryRow)
snapshot = _table(SnapshotRow)
remembered_id = _table(RememberedId)
member = _table(MemberRow)
mention = _table(MentionRow)
notice = _table(NoticeRow)
spread = _table(SpreadRow)
thread = _table(ThreadRow)
follow = _table(FollowRow)
deletion = _table(DeletionRow)
room_label = _table(RoomLabelRow)
searched_room = _table(SearchedRoomRow)
message_text = _table(MessageTextRow)
report = _table(ReportRow)
report_voice = _table(ReportVoiceRow)
invite = _table(InviteRow)
redemption = _table(RedemptionRow)
room_erasure = _table(RoomErasureRow)


def _partial(name: str, where: ColumnElement[bool], *columns: ColumnElement[Any], unique: bool = False) -> None:
    """Index the rows of a table where this holds, on both databases."""
    Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


_partial("ix_room_request", room.c.request_id.is_not(None), room.c.owner, room.c.request_id, unique=True)
_partial(
    "ix_room_featured",
    room.c.featured == true(),
    room.c.closed,
    room.c.visibility,
    room.c.updated_at.desc(),
    room.c.key,
)
Index(
    "ix_room_listed",
    room.c.closed,
    room.c.visibility,
    room.c.updated_at.desc(),
    room.c.key,
    room.c.kind,
    room.c.open,
)
_partial("ix_member_banned", member.c.banned_until > 0, member.c.account, member.c.room, member.c.banned_until)
_partial("ix_notice_unread", notice.c.read.is_(False), notice.c.account, notice.c.room, notice.c.seq)
Index("ix_notice_at", notice.c.at)
Index("ix_entry_mark", entry.c.mark)
Index("ix_report_message", report.c.room, report.c.seq, unique=True)
Index("ix_report_state", report.c.state, report.c.at)
Index("ix_follow_thread", follow.c.room, follow.c.root)
_partial("ix_entry_source", entry.c.source.is_not(None), entry.c.room, entry.c.source, unique=True)
_partial("ix_entry_ref", entry.c.ref.is_not(None), entry.c.room, entry.c.ref)
