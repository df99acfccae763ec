"""The lowest format that reads a room's log, and a snapshot.

Both default to 1, what release 0.1.0 writes: a process of that release that is still running may insert rows.

Revision ID: 0007_formats
Revises: 0006_signed_posts
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_formats"
down_revision = "0006_signed_posts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room", sa.Column("format", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.add_column("snapshot", sa.Column("format", sa.Integer(), nullable=False, server_default=sa.text("1")))


def downgrade() -> None:
    op.drop_column("snapshot", "format")
    op.drop_column("room", "format")
