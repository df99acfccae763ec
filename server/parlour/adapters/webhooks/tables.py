"""The tables of webhooks. Alembic reads them; times are milliseconds, rooms lower-case ids."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel


class WebhookRow(SQLModel, table=True):
    """A webhook by its name: entries stored since `since` are its, and one process holds it."""

    __tablename__: ClassVar[Any] = "webhook"

    name: str = Field(primary_key=True, sa_type=Text)
    since: int = Field(sa_type=BigInteger)
    lease_owner: str = Field(sa_type=Text)
    lease_until: int = Field(sa_type=BigInteger)


class WebhookMadeRow(SQLModel, table=True):
    """A webhook that an operator made; `sealed` is its address and secret, encrypted under the server's key."""

    __tablename__: ClassVar[Any] = "webhook_made"

    name: str = Field(primary_key=True, sa_type=Text)
    sealed: bytes = Field(sa_type=LargeBinary)
    rooms: str = Field(sa_type=Text)
    types: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class WebhookPlaceRow(SQLModel, table=True):
    """Up to which entry of a room a webhook is served; `tries` of the next one failed."""

    __tablename__: ClassVar[Any] = "webhook_place"

    hook: str = Field(primary_key=True, sa_type=Text)
    room: str = Field(primary_key=True, sa_type=Text)
    upto: int = Field(sa_type=BigInteger)
    tries: int = Field(sa_type=BigInteger)


class WebhookParkedRow(SQLModel, table=True):
    """An entry that a webhook did not take for a day."""

    __tablename__: ClassVar[Any] = "webhook_parked"

    hook: str = Field(primary_key=True, sa_type=Text)
    room: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    error: str = Field(sa_type=Text)


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # set by SQLModel's metaclass


webhook = _table(WebhookRow)
webhook_made = _table(WebhookMadeRow)
webhook_place = _table(WebhookPlaceRow)
webhook_parked = _table(WebhookParkedRow)
