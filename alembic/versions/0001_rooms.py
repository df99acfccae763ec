"""Rooms, their logs, snapshots, members and invitations.

Revision ID: 0001_rooms
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001_rooms"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Every append updates a row of `room`; half-empty pages let Postgres do it in place, without touching an index.
    op.create_table(
        "room",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text()),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("floor_hash", sa.LargeBinary(), nullable=False),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("ix_room_owner", "room", ["owner"])
    op.create_table(
        "entry",
        sa.Column("room", sa.Text(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("binary", sa.Boolean(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary()),
        sa.Column("sig", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("ref", sa.BigInteger()),
        sa.Column("words", sa.Text()),
    )
    op.create_index("ix_entry_id", "entry", ["room", "author", "id"], unique=True)
    for name, column, unique in (("ix_entry_source", "source", True), ("ix_entry_ref", "ref", False)):
        present = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "entry", ["room", column], unique=unique, sqlite_where=present, postgresql_where=present)
    op.create_table(
        "snapshot",
        sa.Column("room", sa.Text(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("state", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "remembered_id",
        sa.Column("room", sa.Text(), primary_key=True),
        sa.Column("author", sa.Text(), primary_key=True),
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary()),
        sa.Column("source", sa.Text()),
    )
    op.create_index("ix_remembered_id_at", "remembered_id", ["at"])
    op.create_table(
        "member",
        sa.Column("room", sa.Text(), primary_key=True),
        sa.Column("account", sa.Text(), primary_key=True),
        sa.Column("joined_at", sa.BigInteger()),
        sa.Column("read", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_member_account", "member", ["account"])
    op.create_table(
        "invite",
        sa.Column("token_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("account", sa.Text()),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "redemption",
        sa.Column("token_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("account", sa.Text(), primary_key=True),
    )


def downgrade() -> None:
    for name in ("redemption", "invite", "member", "remembered_id", "snapshot", "entry", "room"):
        op.drop_table(name)
