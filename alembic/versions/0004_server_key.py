"""The server's own signing key.

Revision ID: 0004_server_key
Revises: 0003_chain
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_server_key"
down_revision = "0003_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_key",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("server_key")
