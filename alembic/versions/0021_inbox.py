"""Notices of accounts, messages that more are told of than their transaction tells, and who ever signed in.

Revision ID: 0021_inbox
Revises: 0020_people
"""

import sqlalchemy as sa
from alembic import op

revision = "0021_inbox"
down_revision = "0020_people"
branch_labels = None
depends_on = None

SEEN = """
INSERT INTO person (account)
SELECT account FROM session UNION SELECT account FROM profile UNION SELECT account FROM member
UNION SELECT owner FROM room WHERE owner <> ''
"""


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("thread", sa.BigInteger(), nullable=True),
        sa.Column("invite", sa.Text(), nullable=True),
        sa.Column("request", sa.Boolean(), nullable=False),
        sa.Column("read", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account", "id"),
    )
    unread = sa.text("NOT read")
    op.create_index(
        "ix_notice_unread", "notice", ["account", "room", "seq"], sqlite_where=unread, postgresql_where=unread
    )
    op.create_index("ix_notice_at", "notice", ["at"])
    op.create_table(
        "spread",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("thread", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("room", "seq", "whom"),
    )
    op.create_table(
        "person",
        sa.Column("account", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.execute(SEEN)


def downgrade() -> None:
    for table in ("person", "spread", "notice"):
        op.drop_table(table)
