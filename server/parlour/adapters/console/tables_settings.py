"""The table of settings that operators changed at run time. Alembic reads it."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Text
from sqlmodel import Field, SQLModel


class ChangedSettingRow(SQLModel, table=True):
    """A setting by its name, and its value as JSON; it wins over the environment until it is taken back."""

    __tablename__: ClassVar[Any] = "changed_setting"

    name: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


changed_setting = ChangedSettingRow.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
