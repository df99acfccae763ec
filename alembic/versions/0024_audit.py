"""What operators changed: audit rows, and where their chain of hashes ends.

Revision ID: 0024_audit
Revises: 0023_webhooks
"""

import sqlalchemy as sa
from alembic import op

revision = "0024_audit"
down_revision = "0023_webhooks"
branch_labels = None
depends_on = None

COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("row", COUNTED, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("whom", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("remote", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("row"),
        sa.UniqueConstraint("actor", "id", "what", name="uq_audit_request"),
        sa.UniqueConstraint("n"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_what", "audit", ["what"])
    op.create_index("ix_audit_whom", "audit", ["whom"])
    op.create_table(
        "audit_head",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    head = sa.table("audit_head", sa.column("name"), sa.column("n"), sa.column("hash", sa.LargeBinary()))
    op.bulk_insert(head, [{"name": "audit", "n": 0, "hash": bytes(32)}])


def downgrade() -> None:
    op.drop_table("audit_head")
    op.drop_table("audit")
