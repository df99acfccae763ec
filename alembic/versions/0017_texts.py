"""The index of texts; an indexer fills it in the background.

Revision ID: 0017_texts
Revises: 0016_gates
"""

import sqlite3

import sqlalchemy as sa
from alembic import op

revision = "0017_texts"
down_revision = "0016_gates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "searched_room",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room"),
        sa.UniqueConstraint("number"),
    )
    op.create_table(
        "message_text",
        sa.Column("rowid", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE message_index USING fts5("
            "text, content = 'message_text', content_rowid = 'rowid', tokenize = 'trigram case_sensitive 1')"
        )
        if sqlite3.sqlite_version_info >= (3, 42):
            op.execute("INSERT INTO message_index(message_index, rank) VALUES ('secure-delete', 1)")
        return
    op.execute("""
        DO $$ BEGIN
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
            CREATE INDEX ix_message_text ON message_text USING gin (text gin_trgm_ops) WITH (fastupdate = off);
        EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
            RAISE NOTICE 'pg_trgm is not available';
        END $$
    """)


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TABLE message_index")
    op.drop_table("message_text")
    op.drop_table("searched_room")
