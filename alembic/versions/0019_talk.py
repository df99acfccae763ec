"""Numbers of messages, threads and who follows them, so that lists count what is unread without reading logs.

Old logs get their numbers in the background (adapters/sql/room_members.py): until then `room.messages` is NULL.

Revision ID: 0019_talk
Revises: 0018_reports
"""

import sqlalchemy as sa
from alembic import op

revision = "0019_talk"
down_revision = "0018_reports"
branch_labels = None
depends_on = None

MEMBER = ("own", "own_last", "read_n", "read_own")


def upgrade() -> None:
    op.add_column("room", sa.Column("messages", sa.BigInteger(), nullable=True))
    op.add_column("room", sa.Column("last_message", sa.BigInteger(), nullable=True))
    op.add_column("entry", sa.Column("n", sa.BigInteger(), nullable=True))
    for name in MEMBER:
        op.add_column("member", sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.add_column("member", sa.Column("level", sa.Text(), nullable=True))
    op.add_column("member", sa.Column("level_until", sa.BigInteger(), nullable=True))
    op.create_table(
        "thread",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("root", sa.BigInteger(), nullable=False),
        sa.Column("replies", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("last_author", sa.Text(), nullable=False),
        sa.Column("other_seq", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("room", "root"),
    )
    op.create_table(
        "follow",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("root", sa.BigInteger(), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("level_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("room", "account", "root"),
    )
    op.create_index("ix_follow_thread", "follow", ["room", "root"])
    op.create_table(
        "deletion",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("room", "seq"),
    )


def downgrade() -> None:
    for table in ("deletion", "follow", "thread"):
        op.drop_table(table)
    for name in ("level_until", "level", *MEMBER[::-1]):
        op.drop_column("member", name)
    op.drop_column("entry", "n")
    op.drop_column("room", "last_message")
    op.drop_column("room", "messages")
