"""Rooms that operators recommend.

Revision ID: 0031_featured
Revises: 0030_push
"""

import sqlalchemy as sa
from alembic import op

revision = "0031_featured"
down_revision = "0030_push"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room", sa.Column("featured", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_room_featured",
        "room",
        ["closed", "visibility", sa.text("updated_at DESC"), "key"],
        sqlite_where=sa.text("featured = 1"),
        postgresql_where=sa.text("featured = true"),
    )


def downgrade() -> None:
    op.drop_index("ix_room_featured", table_name="room")
    op.drop_column("room", "featured")
