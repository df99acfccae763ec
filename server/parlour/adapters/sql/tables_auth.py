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


class PersonRow(SQLModel, table=True):
    """An account that signed in at some time; `seen_at` is when its last socket went."""

    __tablename__: ClassVar[Any] = "person"

    account: str = Field(primary_key=True, sa_type=Text)
    seen_at: int | None = Field(default=None, sa_type=BigInteger)


class ProfileRow(SQLModel, table=True):
    """What an account says of itself; `avatar` is the hash of a picture."""

    __tablename__: ClassVar[Any] = "profile"

    account: str = Field(primary_key=True, sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    avatar: str | None = Field(default=None, sa_type=Text)
    bio: str | None = Field(default=None, sa_type=Text)
    bot: bool


class BlockRow(SQLModel, table=True):
    """An account that another one blocks."""

    __tablename__: ClassVar[Any] = "block"

    account: str = Field(primary_key=True, sa_type=Text)
    blocked: str = Field(primary_key=True, sa_type=Text, index=True)


class ServerRoleRow(SQLModel, table=True):
    """A server role that was given at run time; PARLOUR_ROLES is not stored."""

    __tablename__: ClassVar[Any] = "server_role"

    account: str = Field(primary_key=True, sa_type=Text)
    role: str = Field(sa_type=Text)


class ClaimRow(SQLModel, table=True):
    """The one claim of the first admin: SHA-256 of its secret, and its end."""

    __tablename__: ClassVar[Any] = "claim"

    name: str = Field(primary_key=True, sa_type=Text)
    hash: bytes = Field(sa_type=LargeBinary)
    until: int = Field(sa_type=BigInteger)


class SanctionRow(SQLModel, table=True):
    """What holds for an account on the whole server: `mute` or `ban`.

    `until` is ms since 1970, 0 once it is lifted; `changed_at` is what other processes look for.
    """

    __tablename__: ClassVar[Any] = "sanction"

    account: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    until: int = Field(sa_type=BigInteger)
    by: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    changed_at: int = Field(sa_type=BigInteger)


class PushSubscriptionRow(SQLModel, table=True):
    """A browser that an account is pushed to; one who signs in there later takes it over."""

    __tablename__: ClassVar[Any] = "push_subscription"

    endpoint: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(sa_type=Text, index=True)
    key: str = Field(sa_type=Text)
    auth: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class PushMarkRow(SQLModel, table=True):
    """Up to when notices were pushed; one row."""

    __tablename__: ClassVar[Any] = "push_mark"

    name: str = Field(primary_key=True, sa_type=Text)
    upto: int = Field(sa_type=BigInteger)


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # set by SQLModel's metaclass


nonce = _table(NonceRow)
session = _table(SessionRow)
api_key = _table(ApiKeyRow)
server_key = _table(ServerKeyRow)
person = _table(PersonRow)
profile = _table(ProfileRow)
block = _table(BlockRow)
server_role = _table(ServerRoleRow)
claim = _table(ClaimRow)
sanction = _table(SanctionRow)
push_subscription = _table(PushSubscriptionRow)
push_mark = _table(PushMarkRow)

Index("ix_sanction_changed", sanction.c.changed_at)
Index("ix_session_changed", session.c.changed_at)
