"""Settings that operators changed while the server ran.

Revision ID: 0029_changed_settings
Revises: 0028_operating
"""

import sqlalchemy as sa
from alembic import op

revision = "0029_changed_settings"
down_revision = "0028_operating"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "changed_setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("changed_setting")
