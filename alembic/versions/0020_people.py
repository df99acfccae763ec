"""Profiles of people, and whom they block.

Revision ID: 0020_people
Revises: 0019_talk
"""

import sqlalchemy as sa
from alembic import op

revision = "0020_people"
down_revision = "0019_talk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("avatar", sa.Text(), nullable=True),
        sa.Column("bio", sa.Text(), nullable=True),
        sa.Column("bot", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "block",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("blocked", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "blocked"),
    )
    op.create_index("ix_block_blocked", "block", ["blocked"])


def downgrade() -> None:
    for table in ("block", "profile"):
        op.drop_table(table)
