"""News of accounts and chains, which webhooks are told.

Revision ID: 0034_news
Revises: 0033_made_webhooks
"""

import sqlalchemy as sa
from alembic import op

revision = "0034_news"
down_revision = "0033_made_webhooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "news",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_news_at", "news", ["at"])


def downgrade() -> None:
    op.drop_table("news")
