"""What lists and searches look at, in the one normal form of texts.

Revision ID: 0008_normal_form
Revises: 0007_formats
"""

import sqlalchemy as sa
from alembic import op

from parlour.core.rooms.normal_form import search_form

revision = "0008_normal_form"
down_revision = "0007_formats"
branch_labels = None
depends_on = None

PAGE = 1000
"""Rows read at once."""


def upgrade() -> None:
    room = sa.table("room", sa.column("key"), sa.column("label"))
    entry = sa.table("entry", sa.column("room"), sa.column("seq"), sa.column("words"))
    _rewrite(room, ("key",), "label")
    _rewrite(entry, ("room", "seq"), "words")


def downgrade() -> None:
    """An older release searches the same columns; it finds what has no other form."""


def _rewrite(table: sa.TableClause, key: tuple[str, ...], column: str) -> None:
    """Write a column anew where its normal form differs, page by page in the order of the key."""
    connection = op.get_bind()
    names = [table.c[name] for name in key]
    place = sa.tuple_(*names)
    after: tuple[object, ...] | None = None
    while True:
        page = sa.select(*names, table.c[column]).where(table.c[column].is_not(None)).order_by(*names).limit(PAGE)
        if after is not None:
            page = page.where(place > sa.tuple_(*(sa.literal(value) for value in after)))
        rows = connection.execute(page).all()
        if not rows:
            return
        for *values, text in rows:
            if (form := search_form(text)) != text:
                this = sa.and_(*(name == value for name, value in zip(names, values, strict=True)))
                connection.execute(sa.update(table).where(this).values({column: form}))
        after = tuple(rows[-1][:-1])
