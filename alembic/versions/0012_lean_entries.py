"""Entries without second copies: of the text, of the body's hash, and of room, author and id in an index.

A message whose text is only in another case than what search reads keeps no `words`. Of a body's hash four bytes stay
while body and salt are there. Ids are found by `mark`, 47 bits of a hash.

Revision ID: 0012_lean_entries
Revises: 0011_banned
"""

import json
from collections.abc import Callable, Iterator
from hashlib import blake2b, sha256
from zlib import crc32

import sqlalchemy as sa
from alembic import op

from parlour.core.rooms.normal_form import search_form

revision = "0012_lean_entries"
down_revision = "0011_banned"
branch_labels = None
depends_on = None

PAGE = 1000
"""Rows read at once."""
HASH_BYTES = 4
COLUMNS = ("room", "seq", "type", "author", "id", "binary", "body", "salt", "body_hash", "words", "mark")


def upgrade() -> None:
    op.add_column("entry", sa.Column("mark", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.drop_index("ix_entry_id", "entry")
    _rewrite(_lean, ("words", "body_hash", "mark"))
    op.create_index("ix_entry_mark", "entry", ["mark"])


def downgrade() -> None:
    op.drop_index("ix_entry_mark", "entry")
    _rewrite(_whole, ("words", "body_hash"))
    op.create_index("ix_entry_id", "entry", ["room", "author", "id"], unique=True)
    op.drop_column("entry", "mark")


def _lean(row: sa.Row) -> dict[str, object]:
    words, text = row.words, _text(row)
    if words is not None and text is not None and words.encode() == text.encode().lower():
        words = None
    whole = row.body is None or row.salt is None
    return {"words": words, "body_hash": row.body_hash if whole else row.body_hash[:HASH_BYTES], "mark": _mark(row)}


def _whole(row: sa.Row) -> dict[str, object]:
    words, text = row.words, _text(row)
    if words is None and text is not None:
        words = search_form(text)
    stored = row.body_hash
    if row.body is not None and row.salt is not None:
        stored = sha256(bytes(row.salt) + bytes(row.body)).digest()
    return {"words": words, "body_hash": stored}


def _text(row: sa.Row) -> str | None:
    """The text of a message that search reads."""
    if row.type != "chat.message" or row.body is None or row.binary:
        return None
    text = json.loads(bytes(row.body)).get("text")
    return text if isinstance(text, str) else None


def _mark(row: sa.Row) -> int:
    digest = blake2b(f"{row.author}\0{row.id}".encode(), digest_size=5).digest()
    return (crc32(row.room.encode()) & 0xFF) << 39 | int.from_bytes(digest, "big") >> 1


def _rewrite(change: Callable[[sa.Row], dict[str, object]], columns: tuple[str, ...]) -> None:
    """Change columns of every entry, page by page."""
    entry = sa.table("entry", *map(sa.column, COLUMNS))
    this = sa.and_(entry.c.room == sa.bindparam("at_room"), entry.c.seq == sa.bindparam("at_seq"))
    update = sa.update(entry).where(this).values({name: sa.bindparam(f"new_{name}") for name in columns})
    for page in _pages(entry):
        rows = [
            {"at_room": row.room, "at_seq": row.seq, **{f"new_{name}": value for name, value in change(row).items()}}
            for row in page
        ]
        op.get_bind().execute(update, rows)


def _pages(entry: sa.TableClause) -> Iterator[list[sa.Row]]:
    place = sa.tuple_(entry.c.room, entry.c.seq)
    after: sa.Row | None = None
    while True:
        page = sa.select(entry).order_by(entry.c.room, entry.c.seq).limit(PAGE)
        if after is not None:
            page = page.where(place > sa.tuple_(sa.literal(after.room), sa.literal(after.seq)))
        rows = list(op.get_bind().execute(page))
        if not rows:
            return
        yield rows
        after = rows[-1]
