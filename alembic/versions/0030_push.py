"""Browsers that accounts are pushed to, and how far pushes are.

Revision ID: 0030_push
Revises: 0029_changed_settings
"""

import sqlalchemy as sa
from alembic import op

revision = "0030_push"
down_revision = "0029_changed_settings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_subscription",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint"),
    )
    op.create_index("ix_push_subscription_account", "push_subscription", ["account"])
    op.create_table(
        "push_mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("push_mark")
    op.drop_table("push_subscription")
