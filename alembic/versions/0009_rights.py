"""What logs say of people's right to come into rooms, beside their membership, for lists to read.

Revision ID: 0009_rights
Revises: 0008_normal_form
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009_rights"
down_revision = "0008_normal_form"
branch_labels = None
depends_on = None

FOREVER = 2**53 - 1
"""When a ban ends that has no end."""


def upgrade() -> None:
    op.add_column("member", sa.Column("role", sa.Text(), nullable=True))
    op.add_column("member", sa.Column("banned_until", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    room = sa.table("room", sa.column("key"))
    for key in op.get_bind().execute(sa.select(room.c.key)).scalars().all():
        _keep(key, *_rights(key))


def downgrade() -> None:
    op.drop_column("member", "banned_until")
    op.drop_column("member", "role")


def _rights(key: str) -> tuple[dict[str, str], dict[str, int]]:
    """The roles and bans of a room: its newest snapshot's, and what its later entries made of them."""
    snapshot = sa.table("snapshot", sa.column("room"), sa.column("seq"), sa.column("state"))
    entry = sa.table("entry", sa.column("room"), sa.column("seq"), sa.column("type"), sa.column("body"))
    connection = op.get_bind()
    newest = sa.select(snapshot.c.seq, snapshot.c.state).where(snapshot.c.room == key)
    held = connection.execute(newest.order_by(snapshot.c.seq.desc()).limit(1)).one_or_none()
    access = {} if held is None else json.loads(bytes(held.state)).get("access", {})
    roles = dict(access.get("roles", {}))
    banned = {account: _until(until) for account, until in access.get("banned", {}).items()}
    later = sa.select(entry.c.type, entry.c.body).where(
        entry.c.room == key, entry.c.seq > (0 if held is None else held.seq), entry.c.type.like("member.%")
    )
    for type_, raw in connection.execute(later.order_by(entry.c.seq)):
        body = json.loads(bytes(raw))
        account = body["account"]
        if type_ == "member.role":
            roles[account] = body["role"]
        elif type_ in ("member.banned", "member.removed"):
            roles.pop(account, None)
            if type_ == "member.banned":
                banned[account] = _until(body.get("until"))
        elif type_ == "member.restored" and body["from"] == "ban":
            banned.pop(account, None)
    return roles, banned


def _until(until: int | None) -> int:
    return FOREVER if until is None else min(until, FOREVER)


def _keep(key: str, roles: dict[str, str], banned: dict[str, int]) -> None:
    columns = ("room", "account", "joined_at", "read", "role", "banned_until")
    member = sa.table("member", *map(sa.column, columns))
    connection = op.get_bind()
    for account in {*roles, *banned}:
        this = sa.and_(member.c.room == key, member.c.account == account)
        values = {"role": roles.get(account), "banned_until": banned.get(account, 0)}
        if not connection.execute(sa.update(member).where(this).values(values)).rowcount:
            row = {"room": key, "account": account, "joined_at": None, "read": 0, **values}
            connection.execute(sa.insert(member).values(row))
