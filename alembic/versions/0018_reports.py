"""Reports of messages, and what each account said of one.

Revision ID: 0018_reports
Revises: 0017_texts
"""

import sqlalchemy as sa
from alembic import op

revision = "0018_reports"
down_revision = "0017_texts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_report_message", "report", ["room", "seq"], unique=True)
    op.create_index("ix_report_state", "report", ["state", "at"])
    op.create_table(
        "report_voice",
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("report", "account"),
    )


def downgrade() -> None:
    op.drop_table("report_voice")
    op.drop_table("report")
