"""The tables of audit rows. Alembic reads them; times are milliseconds."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

_COUNTED = BigInteger().with_variant(Integer(), "sqlite")


class AuditRow(SQLModel, table=True):
    """A change by an operator.

    Attributes:
        row: the order of writing.
        actor: who; `by` is a word of SQL.
        digest, salt: the salted hash of the texts, which are `whom`, `reason`, `remote`, `before` and `after`.
        asked: the salted hash of the request, which tells a retry from another request with the same id.
        answer: JSON.
        n, hash: its place in the chain and its hash there; None until it is sealed.
    """

    __tablename__: ClassVar[Any] = "audit"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("actor", "id", "what", name="uq_audit_request"),
        {"sqlite_autoincrement": True},
    )

    row: int | None = Field(default=None, primary_key=True, sa_type=_COUNTED)
    actor: str = Field(sa_type=Text)
    id: str = Field(sa_type=Text)
    what: str = Field(sa_type=Text, index=True)
    at: int = Field(sa_type=BigInteger)
    digest: bytes = Field(sa_type=LargeBinary)
    asked: bytes = Field(sa_type=LargeBinary)
    salt: bytes | None = Field(default=None, sa_type=LargeBinary)
    whom: str | None = Field(default=None, sa_type=Text, index=True)
    reason: str | None = Field(default=None, sa_type=Text)
    remote: str | None = Field(default=None, sa_type=Text)
    before: str | None = Field(default=None, sa_type=Text)
    after: str | None = Field(default=None, sa_type=Text)
    answer: str | None = Field(default=None, sa_type=Text)
    n: int | None = Field(default=None, sa_type=BigInteger, unique=True)
    hash: bytes | None = Field(default=None, sa_type=LargeBinary)


class AuditHeadRow(SQLModel, table=True):
    """The one row that says where the chain ends; whoever seals locks it."""

    __tablename__: ClassVar[Any] = "audit_head"

    name: str = Field(primary_key=True, sa_type=Text)
    n: int = Field(sa_type=BigInteger)
    hash: bytes = Field(sa_type=LargeBinary)


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # set by SQLModel's metaclass


audit = _table(AuditRow)
audit_head = _table(AuditHeadRow)
