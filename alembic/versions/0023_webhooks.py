"""Webhooks: who sends, how far each is in each room, and what was given up.

Revision ID: 0023_webhooks
Revises: 0022_seen
"""

import sqlalchemy as sa
from alembic import op

revision = "0023_webhooks"
down_revision = "0022_seen"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "webhook_place",
        sa.Column("hook", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hook", "room"),
    )
    op.create_table(
        "webhook_parked",
        sa.Column("hook", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hook", "room", "seq"),
    )


def downgrade() -> None:
    op.drop_table("webhook_parked")
    op.drop_table("webhook_place")
    op.drop_table("webhook")
