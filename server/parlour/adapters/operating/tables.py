"""The table of notes. Alembic reads them; times are milliseconds."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Table, Text
from sqlmodel import Field, SQLModel


class NoteRow(SQLModel, table=True):
    """What operators noted of an account, for each other."""

    __tablename__: ClassVar[Any] = "person_note"

    account: str = Field(primary_key=True, sa_type=Text)
    id: str = Field(primary_key=True, sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    by: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # set by SQLModel's metaclass


person_note = _table(NoteRow)
