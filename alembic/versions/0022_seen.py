"""When the last socket of each account went.

Revision ID: 0022_seen
Revises: 0021_inbox
"""

import sqlalchemy as sa
from alembic import op

revision = "0022_seen"
down_revision = "0021_inbox"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("seen_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "seen_at")
