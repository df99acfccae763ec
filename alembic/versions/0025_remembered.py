"""What games remember of accounts.

Revision ID: 0025_remembered
Revises: 0024_audit
"""

import sqlalchemy as sa
from alembic import op

revision = "0025_remembered"
down_revision = "0024_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remembered_value",
        sa.Column("room", sa.Text(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("account", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_remembered_account", "remembered_value", ["kind", "account", "at"])


def downgrade() -> None:
    op.drop_table("remembered_value")
