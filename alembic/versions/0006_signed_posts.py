"""Signed posts: the head an author had seen, and the block a contract account's delegation was checked at.

Revision ID: 0006_signed_posts
Revises: 0005_lists
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_signed_posts"
down_revision = "0005_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entry", sa.Column("seen", sa.LargeBinary(), nullable=True))
    op.add_column("session", sa.Column("block_hash", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("session", "block_hash")
    op.drop_column("entry", "seen")
