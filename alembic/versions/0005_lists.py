"""What lists show of games; requests that made rooms and invitations.

A room made before shows no game until it is opened again.

Revision ID: 0005_lists
Revises: 0004_server_key
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_lists"
down_revision = "0004_server_key"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room", sa.Column("game", sa.Text()))
    op.add_column("room", sa.Column("open", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("invite", sa.Column("asked", sa.LargeBinary()))
    told = sa.text("request_id IS NOT NULL")
    op.create_index(
        "ix_room_request",
        "room",
        ["owner", "request_id"],
        unique=True,
        sqlite_where=told,
        postgresql_where=told,
    )


def downgrade() -> None:
    op.drop_index("ix_room_request", "room")
    op.drop_column("invite", "asked")
    op.drop_column("room", "open")
    op.drop_column("room", "game")
