"""The tables of what is kept beside logs: files, what games remember of accounts, and the texts of documents.

Alembic reads them; hashes are 32 raw bytes, times milliseconds, rooms lower-case ids.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel


class FileRow(SQLModel, table=True):
    """One content, kept once; `key` is where its bytes are."""

    __tablename__: ClassVar[Any] = "file"

    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    key: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    width: int | None = Field(default=None, sa_type=BigInteger)
    height: int | None = Field(default=None, sa_type=BigInteger)


class RoomFileRow(SQLModel, table=True):
    """A file on a room's list, by who put it there; room "" holds avatars. `named` once a message names it."""

    __tablename__: ClassVar[Any] = "room_file"

    room: str = Field(primary_key=True, sa_type=Text)
    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    account: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    named: bool


class FileUseRow(SQLModel, table=True):
    """A message that names a file; its edits count as the message. Seq 0 stands for the room's own emoji."""

    __tablename__: ClassVar[Any] = "file_use"

    room: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    hash: bytes = Field(primary_key=True, sa_type=LargeBinary)


class FileGarbageRow(SQLModel, table=True):
    """Bytes to be removed from `due` on: of a content nobody names, or of an upload that did not end."""

    __tablename__: ClassVar[Any] = "file_garbage"

    key: str = Field(primary_key=True, sa_type=Text)
    due: int = Field(sa_type=BigInteger, index=True)


class RememberedRow(SQLModel, table=True):
    """What a match left of an account for later matches of its kind: `value` is JSON, `seq` its `game.ended`.

    It counts once it is `final`: no block that it rests on can be undone.
    """

    __tablename__: ClassVar[Any] = "remembered_value"

    room: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    account: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    value: bytes = Field(sa_type=LargeBinary)
    final: bool


class SearchedDocumentRow(SQLModel, table=True):
    """A document as search knows it: its text as of entry `upto`, and the entry `seq` that edited it last.

    Snippets are cut from `text`; 0 for `seq` means that nobody has written in it.
    """

    __tablename__: ClassVar[Any] = "searched_document"

    room: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    upto: int = Field(sa_type=BigInteger)
    text: str = Field(sa_type=Text)


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # set by SQLModel's metaclass


file = _table(FileRow)
room_file = _table(RoomFileRow)
file_use = _table(FileUseRow)
file_garbage = _table(FileGarbageRow)
remembered = _table(RememberedRow)
searched_document = _table(SearchedDocumentRow)

Index("ix_room_file_hash", room_file.c.hash)
Index("ix_room_file_account", room_file.c.account, room_file.c.hash)
Index(
    "ix_room_file_unnamed",
    room_file.c.at,
    sqlite_where=room_file.c.named.is_(False),
    postgresql_where=room_file.c.named.is_(False),
)
Index("ix_file_use_hash", file_use.c.room, file_use.c.hash)
Index("ix_remembered_account", remembered.c.kind, remembered.c.account, remembered.c.at)
