"""Whether a room has a gate, for lists.

Revision ID: 0016_gates
Revises: 0015_files
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_gates"
down_revision = "0015_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room", sa.Column("gated", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("room", "gated")
