"""Lists by index: rooms in the order lists show them, the trigrams of their labels, and who was mentioned where.

Revision ID: 0010_listed
Revises: 0009_rights
"""

import json
from collections.abc import Iterator
from hashlib import blake2b

import sqlalchemy as sa
from alembic import op

from parlour.core.identity.accounts import spelled

revision = "0010_listed"
down_revision = "0009_rights"
branch_labels = None
depends_on = None

PAGE = 1000
"""Rows read at once."""


def upgrade() -> None:
    listed = ["closed", "visibility", sa.text("updated_at DESC"), "key", "kind", "open"]
    op.create_index("ix_room_listed", "room", listed)
    _make_labels()
    op.create_table(
        "mention",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room", "account", "seq"),
        sqlite_with_rowid=False,
    )
    _fill_labels()
    _fill_mentions()


def downgrade() -> None:
    op.drop_table("mention")
    op.drop_table("room_label")
    op.drop_index("ix_room_listed", "room")


def _make_labels() -> None:
    """SQLite has the trigrams in FTS5. Postgres has them in pg_trgm; where that may not be added, lists scan."""
    if op.get_context().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE room_label USING fts5(key UNINDEXED, label, tokenize = 'trigram')")
        return
    op.create_table(
        "room_label",
        sa.Column("rowid", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
    )
    op.execute("""
        DO $$ BEGIN
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
            CREATE INDEX ix_room_label ON room_label USING gin (label gin_trgm_ops) WITH (fastupdate = off);
        EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
            RAISE NOTICE 'pg_trgm is not available';
        END $$
    """)


def _fill_labels() -> None:
    room = sa.table("room", sa.column("key"), sa.column("label"))
    label = sa.table("room_label", sa.column("rowid"), sa.column("key"), sa.column("label"))
    for page in _pages(sa.select(room.c.key, room.c.label), room.c.key):
        rows = [{"rowid": _number(key), "key": key, "label": text} for key, text in page]
        op.get_bind().execute(sa.insert(label), rows)


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)


def _fill_mentions() -> None:
    entry = sa.table("entry", *map(sa.column, ("room", "seq", "type", "binary", "body")))
    mention = sa.table("mention", *map(sa.column, ("room", "account", "seq")))
    messages = sa.select(entry.c.room, entry.c.seq, entry.c.body).where(
        entry.c.type == "chat.message", entry.c.body.is_not(None), entry.c.binary == sa.false()
    )
    for page in _pages(messages, entry.c.room, entry.c.seq):
        rows = [
            {"room": room, "account": account, "seq": seq}
            for room, seq, raw in page
            if b'"mentions"' in raw
            for account in dict.fromkeys(map(spelled, json.loads(bytes(raw)).get("mentions", ())))
        ]
        if rows:
            op.get_bind().execute(sa.insert(mention), rows)


def _pages(query: sa.Select, *key: sa.ColumnClause) -> Iterator[list[sa.Row]]:
    """Read a query page by page in the order of the key, whose columns it selects first."""
    after: tuple[object, ...] | None = None
    while True:
        page = query if after is None else query.where(sa.tuple_(*key) > sa.tuple_(*map(sa.literal, after)))
        rows = list(op.get_bind().execute(page.order_by(*key).limit(PAGE)))
        if not rows:
            return
        yield rows
        after = tuple(rows[-1][: len(key)])
