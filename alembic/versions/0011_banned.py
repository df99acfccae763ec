"""An index of banned accounts alone, for live lists to ask whom their rooms ban.

Revision ID: 0011_banned
Revises: 0010_listed
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_banned"
down_revision = "0010_listed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    banned = sa.text("banned_until > 0")
    columns = ["account", "room", "banned_until"]
    op.create_index("ix_member_banned", "member", columns, sqlite_where=banned, postgresql_where=banned)


def downgrade() -> None:
    op.drop_index("ix_member_banned", table_name="member")
