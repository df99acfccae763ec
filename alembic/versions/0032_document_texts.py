"""The texts of documents in the index of texts.

Revision ID: 0032_document_texts
Revises: 0031_featured
"""

import sqlalchemy as sa
from alembic import op

revision = "0032_document_texts"
down_revision = "0031_featured"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "searched_document",
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("room"),
    )


def downgrade() -> None:
    op.drop_table("searched_document")
    texts = "FROM message_text WHERE rowid & 4294967295 = 0"  # a document's row has the place of seq 0
    if op.get_context().dialect.name == "sqlite":
        op.execute(f"INSERT INTO message_index(message_index, rowid, text) SELECT 'delete', rowid, text {texts}")
    op.execute(f"DELETE {texts}")
