"""Server roles that were given while the server ran, and the claim of the first admin.

Revision ID: 0027_server_roles
Revises: 0026_nodes
"""

import sqlalchemy as sa
from alembic import op

revision = "0027_server_roles"
down_revision = "0026_nodes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_role",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "claim",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("claim")
    op.drop_table("server_role")
