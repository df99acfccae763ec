"""Webhooks that operators made over HTTP; where they are and what signs for them is encrypted.

Revision ID: 0033_made_webhooks
Revises: 0032_document_texts
"""

import sqlalchemy as sa
from alembic import op

revision = "0033_made_webhooks"
down_revision = "0032_document_texts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_made",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("rooms", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("webhook_made")
