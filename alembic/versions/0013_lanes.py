"""Lanes of the chain outbox, kinds of subscriptions, and the branch in which a block was applied.

Revision ID: 0013_lanes
Revises: 0012_lean_entries
"""

import sqlalchemy as sa
from alembic import op

revision = "0013_lanes"
down_revision = "0012_lean_entries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chain_outbox", sa.Column("lane", sa.Text(), nullable=False, server_default="prompt"))
    op.execute("UPDATE chain_outbox SET lane = 'paced' WHERE kind = 'apply'")
    op.create_index("ix_chain_outbox_room", "chain_outbox", ["chain", "room", "lane", "seq"])
    op.add_column("chain_sub", sa.Column("kind", sa.Text(), nullable=False, server_default="watch"))
    op.add_column("chain_block", sa.Column("branch", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("chain_block", "branch")
    op.drop_column("chain_sub", "kind")
    op.drop_index("ix_chain_outbox_room", "chain_outbox")
    op.drop_column("chain_outbox", "lane")
