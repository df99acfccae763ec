"""The table of news. Alembic reads it; times are milliseconds."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Integer, Table, Text
from sqlmodel import Field, SQLModel

_COUNTED = BigInteger().with_variant(Integer(), "sqlite")


class NewsRow(SQLModel, table=True):
    """A piece of news; `n` is the order in which they are told, and `data` is JSON."""

    __tablename__: ClassVar[Any] = "news"
    __table_args__: ClassVar[Any] = ({"sqlite_autoincrement": True},)

    n: int | None = Field(default=None, primary_key=True, sa_type=_COUNTED)
    id: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger, index=True)
    data: str = Field(sa_type=Text)


news: Table = NewsRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
