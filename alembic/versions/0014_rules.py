"""The rules of a room, beside its other settings.

Revision ID: 0014_rules
Revises: 0013_lanes
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_rules"
down_revision = "0013_lanes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room", sa.Column("rules", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("room", "rules")
