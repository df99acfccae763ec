"""The tables of identity, for Alembic. Times are integer milliseconds; of a token only its SHA-256 is stored."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel


class NonceRow(SQLModel, table=True):
    """A nonce that was issued and not used; using it deletes its row."""

    __tablename__: ClassVar[Any] = "nonce"

    value: str = Field(primary_key=True, sa_type=Text)
    origin: str = Field(sa_type=Text)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    statement: str = Field(sa_type=Text)
    session_key: str | None = Field(default=None, sa_type=Text)
    key_room: str | None = Field(default=None, sa_type=Text)
    key_until: int | None = Field(default=None, sa_type=BigInteger)


class SessionRow(SQLModel, table=True):
    """A session, kept after its end: a week for other processes to notice, for good where it delegated to a key.

    `chain_id` is text, because a Solana cluster is a word.
    """

    __tablename__: ClassVar[Any] = "session"

    id: str = Field(primary_key=True, sa_type=Text)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    account: str = Field(sa_type=Text, index=True)
    address: str = Field(sa_type=Text)
    chain_id: str = Field(sa_type=Text)
    method: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    limit_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)
    session_key: str | None = Field(default=None, sa_type=Text)
    key_room: str | None = Field(default=None, sa_type=Text)
    key_until: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_by: str | None = Field(default=None, sa_type=Text)
    message: str | None = Field(default=None, sa_type=Text)
    signature: str | None = Field(default=None, sa_type=Text)
    device: str = Field(sa_type=Text)
    block_hash: str | None = Field(default=None, sa_type=Text)


class ApiKeyRow(SQLModel, table=True):
    """A key of a DApp's backend; `scopes` are separated by blanks. A revoked key stays, so that its name stays used."""

    __tablename__: ClassVar[Any] = "api_key"

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text, unique=True)
    key_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    scopes: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class ServerKeyRow(SQLModel, table=True):
    """A secret that the server made for itself."""

    __tablename__: ClassVar[Any] = "server_key"

    name: str = Field(primary_key=True, sa_type=Text)
    secret: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # set by SQLModel's metaclass


nonce = _table(NonceRow)
session = _table(SessionRow)
api_key = _table(ApiKeyRow)
server_key = _table(ServerKeyRow)

Index("ix_session_changed", session.c.changed_at)
