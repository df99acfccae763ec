"""The tables of followers; Alembic reads them, `chain.py` writes them with Core inserts.

Hashes, addresses and data are lower-case 0x hex, as nodes send them; numbers are block numbers; JSON is text.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel

_COUNTED = BigInteger().with_variant(Integer(), "sqlite")
"""A key that the database counts; SQLite counts only INTEGER keys by itself."""


class ChainCursorRow(SQLModel, table=True):
    """One chain: its lease and, once it is followed (`hash` not empty), its follower's cursor.

    Attributes:
        chain: EIP-155 id.
        lease_owner, lease_until, fence: the process that follows it, until when (ms since 1970), and its number.
        genesis, number, hash, safe, finalized, audited, branch, step, halted: as in runtime.chain.store.Cursor.
        levels: JSON, level name to height.
    """

    __tablename__: ClassVar[Any] = "chain_cursor"

    chain: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    lease_owner: str = Field(sa_type=Text)
    lease_until: int = Field(sa_type=BigInteger)
    fence: int = Field(sa_type=BigInteger)
    genesis: str = Field(sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    hash: str = Field(sa_type=Text)
    safe: int = Field(sa_type=BigInteger)
    finalized: int = Field(sa_type=BigInteger)
    audited: int = Field(sa_type=BigInteger)
    branch: int = Field(sa_type=BigInteger)
    step: int = Field(sa_type=BigInteger)
    levels: str = Field(sa_type=Text)
    halted: str = Field(sa_type=Text)


class ChainBlockRow(SQLModel, table=True):
    """A canonical header, kept above finality and a while below; `branch`: how many reorgs came before it."""

    __tablename__: ClassVar[Any] = "chain_block"

    chain: int = Field(primary_key=True, sa_type=BigInteger)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    hash: str = Field(sa_type=Text)
    parent: str = Field(sa_type=Text)
    time: int = Field(sa_type=BigInteger)
    branch: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class ChainLogRow(SQLModel, table=True):
    """A log some watch wants, of a canonical block.

    Attributes:
        chain, number, log_index: its place; `block` is the block's hash.
        address, topics, data: what the contract emitted; topics are joined by commas.
        tx, tx_index: its transaction's hash and place in the block.
        time: its block's, in seconds since 1970.
    """

    __tablename__: ClassVar[Any] = "chain_log"

    chain: int = Field(primary_key=True, sa_type=BigInteger)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    log_index: int = Field(primary_key=True, sa_type=Integer)
    block: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    topics: str = Field(sa_type=Text)
    data: str = Field(sa_type=Text)
    tx: str = Field(sa_type=Text)
    tx_index: int
    time: int = Field(sa_type=BigInteger)


class ChainToldRow(SQLModel, table=True):
    """A room got the event of a log under `source`; the log itself is in `chain_log`.

    Attributes:
        chain, number, log_index: where the log stands now.
        watch, room: who got it.
        source: the entry's, unique in the room.
    """

    __tablename__: ClassVar[Any] = "chain_told"

    chain: int = Field(primary_key=True, sa_type=BigInteger)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    log_index: int = Field(primary_key=True, sa_type=Integer)
    watch: str = Field(primary_key=True, sa_type=Text)
    room: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)


class ChainSubRow(SQLModel, table=True):
    """A watch, as followers store it.

    Attributes:
        id, chain, room: the watch's; `record` is what it watches, as JSON.
        state: `new`, `held` or `active` (runtime.chain.store.Sub).
        since: ms since 1970, when it took this state.
        kind: `watch`, or another part's name for its own.
    """

    __tablename__: ClassVar[Any] = "chain_sub"

    id: str = Field(primary_key=True, sa_type=Text)
    chain: int = Field(sa_type=BigInteger, index=True)
    room: str = Field(sa_type=Text, index=True)
    record: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    since: int = Field(sa_type=BigInteger)
    kind: str = Field(default="watch", sa_type=Text, sa_column_kwargs={"server_default": "watch"})


class ChainOutboxRow(SQLModel, table=True):
    """News on its way to a room; deleted once the room has stored it.

    Attributes:
        seq: order of delivery.
        chain, step: the step of a chain that led to it.
        room, watch, kind, type, source, body: as in core.chain.room_news.News; `body` is JSON.
        tries, error: how often its room failed over it, and the last failure.
        parked: set aside until an operator revives it.
        lane: `paced` or `prompt` (core.chain.lanes).
    """

    __tablename__: ClassVar[Any] = "chain_outbox"
    __table_args__: ClassVar[Any] = (
        Index("ix_chain_outbox_chain", "chain", "seq"),
        Index("ix_chain_outbox_room", "chain", "room", "lane", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, primary_key=True, sa_type=_COUNTED)
    chain: int = Field(sa_type=BigInteger)
    step: int = Field(sa_type=BigInteger)
    room: str = Field(sa_type=Text)
    watch: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    tries: int
    parked: bool
    error: str = Field(sa_type=Text)
    lane: str = Field(default="prompt", sa_type=Text, sa_column_kwargs={"server_default": "prompt"})


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


chain_cursor = _table(ChainCursorRow)
chain_block = _table(ChainBlockRow)
chain_log = _table(ChainLogRow)
chain_told = _table(ChainToldRow)
chain_sub = _table(ChainSubRow)
chain_outbox = _table(ChainOutboxRow)
