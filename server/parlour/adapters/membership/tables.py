"""The tables of nodes and of their jobs. Alembic reads them; times are milliseconds by the database's clock."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Float, Table, Text
from sqlmodel import Field, SQLModel


class NodeRow(SQLModel, table=True):
    """A process that serves this database; `runtime.membership.nodes.Node` says what each column is."""

    __tablename__: ClassVar[Any] = "cluster_node"

    name: str = Field(primary_key=True, sa_type=Text)
    boot: str = Field(sa_type=Text)
    version: str = Field(sa_type=Text)
    prefix: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    socket: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    rooms: int = Field(sa_type=BigInteger)
    connections: int = Field(sa_type=BigInteger)
    load: float = Field(sa_type=Float)
    started_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    wish: str = Field(sa_type=Text)


class JobLeaseRow(SQLModel, table=True):
    """Which process does a job until when; times are those of its own clock, as in every lease."""

    __tablename__: ClassVar[Any] = "job_lease"

    job: str = Field(primary_key=True, sa_type=Text)
    owner: str = Field(sa_type=Text)
    until: int = Field(sa_type=BigInteger)


def _table(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # set by SQLModel's metaclass


cluster_node = _table(NodeRow)
job_lease = _table(JobLeaseRow)
