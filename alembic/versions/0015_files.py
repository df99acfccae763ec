"""Files: what is kept, on which room's list, which message names it, and what may be removed.

Revision ID: 0015_files
Revises: 0014_rules
"""

import sqlalchemy as sa
from alembic import op

revision = "0015_files"
down_revision = "0014_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "room_file",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("room", "hash", "account"),
    )
    unnamed = sa.column("named").is_(False)
    op.create_index("ix_room_file_hash", "room_file", ["hash"])
    op.create_index("ix_room_file_account", "room_file", ["account", "hash"])
    op.create_index("ix_room_file_unnamed", "room_file", ["at"], sqlite_where=unnamed, postgresql_where=unnamed)
    op.create_table(
        "file_use",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("room", "seq", "hash"),
    )
    op.create_index("ix_file_use_hash", "file_use", ["room", "hash"])
    op.create_table(
        "file_garbage",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_file_garbage_due", "file_garbage", ["due"])


def downgrade() -> None:
    for table in ("file_garbage", "file_use", "room_file", "file"):
        op.drop_table(table)
