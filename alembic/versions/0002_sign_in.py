"""Nonces, sessions and API keys.

Revision ID: 0002_sign_in
Revises: 0001_rooms
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_sign_in"
down_revision = "0001_rooms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nonce",
        sa.Column("value", sa.Text(), primary_key=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("session_key", sa.Text()),
        sa.Column("key_room", sa.Text()),
        sa.Column("key_until", sa.BigInteger()),
    )
    op.create_index("ix_nonce_expires_at", "nonce", ["expires_at"])
    op.create_table(
        "session",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("chain_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("limit_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("session_key", sa.Text()),
        sa.Column("key_room", sa.Text()),
        sa.Column("key_until", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("ended_by", sa.Text()),
        sa.Column("message", sa.Text()),
        sa.Column("signature", sa.Text()),
        sa.Column("device", sa.Text(), nullable=False),
    )
    op.create_index("ix_session_account", "session", ["account"])
    op.create_index("ix_session_changed", "session", ["changed_at"])
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
    )


def downgrade() -> None:
    op.drop_table("api_key")
    op.drop_table("session")
    op.drop_table("nonce")
