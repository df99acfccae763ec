"""Rooms that stand still or are erased, server-wide mutes and bans, and notes of operators.

Revision ID: 0028_operating
Revises: 0027_server_roles
"""

import sqlalchemy as sa
from alembic import op

revision = "0028_operating"
down_revision = "0027_server_roles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("room", sa.Column("frozen", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "room_erasure",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "sanction",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "kind"),
    )
    op.create_index("ix_sanction_changed", "sanction", ["changed_at"])
    op.create_table(
        "person_note",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "id"),
    )


def downgrade() -> None:
    op.drop_table("person_note")
    op.drop_table("sanction")
    op.drop_table("room_erasure")
    op.drop_column("room", "frozen")
