"""Followed chains: cursors, blocks, logs, what rooms were told, watches, the outbox.

Revision ID: 0003_chain
Revises: 0002_sign_in
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_chain"
down_revision = "0002_sign_in"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger()
    op.create_table(
        "chain_cursor",
        sa.Column("chain", big, primary_key=True, autoincrement=False),
        sa.Column("lease_owner", sa.Text(), nullable=False),
        sa.Column("lease_until", big, nullable=False),
        sa.Column("fence", big, nullable=False),
        sa.Column("genesis", sa.Text(), nullable=False),
        sa.Column("number", big, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("safe", big, nullable=False),
        sa.Column("finalized", big, nullable=False),
        sa.Column("audited", big, nullable=False),
        sa.Column("branch", big, nullable=False),
        sa.Column("step", big, nullable=False),
        sa.Column("levels", sa.Text(), nullable=False),
        sa.Column("halted", sa.Text(), nullable=False),
    )
    op.create_table(
        "chain_block",
        sa.Column("chain", big, primary_key=True),
        sa.Column("number", big, primary_key=True),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("time", big, nullable=False),
    )
    op.create_table(
        "chain_log",
        sa.Column("chain", big, primary_key=True),
        sa.Column("number", big, primary_key=True),
        sa.Column("log_index", sa.Integer(), primary_key=True),
        sa.Column("block", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("tx", sa.Text(), nullable=False),
        sa.Column("tx_index", sa.Integer(), nullable=False),
        sa.Column("time", big, nullable=False),
    )
    op.create_table(
        "chain_told",
        sa.Column("chain", big, primary_key=True),
        sa.Column("number", big, primary_key=True),
        sa.Column("log_index", sa.Integer(), primary_key=True),
        sa.Column("watch", sa.Text(), primary_key=True),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
    )
    op.create_table(
        "chain_sub",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("chain", big, nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", big, nullable=False),
    )
    op.create_index("ix_chain_sub_chain", "chain_sub", ["chain"])
    op.create_index("ix_chain_sub_room", "chain_sub", ["room"])
    op.create_table(
        "chain_outbox",
        sa.Column("seq", big.with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("chain", big, nullable=False),
        sa.Column("step", big, nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_chain_outbox_chain", "chain_outbox", ["chain", "seq"])


def downgrade() -> None:
    for name in ("chain_outbox", "chain_sub", "chain_told", "chain_log", "chain_block", "chain_cursor"):
        op.drop_table(name)
