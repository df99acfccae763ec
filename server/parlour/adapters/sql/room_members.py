"""Reads and writes members, read positions and invitations. Each function takes a connection."""

from __future__ import annotations

from sqlalchemy import BigInteger, Connection, Text, and_, bindparam, case, func, insert, literal_column, select, update

from parlour.adapters.sql.prepared import Prepared, among
from parlour.adapters.sql.rows import key_of
from parlour.adapters.sql.tables_rooms import invite, member, redemption, room
from parlour.core.room import Account
from parlour.runtime.store import StoredInvitation

_THIS = and_(member.c.room == bindparam("key"), member.c.account == bindparam("account"))
_THIS_ROW = and_(member.c.room == bindparam("key"), member.c.account == bindparam("who"))
"""The same for an UPDATE, where no parameter may have a column's name."""
_POSITION = Prepared(select(member.c.read).where(_THIS))
_JOINED = Prepared(select(member.c.account, member.c.joined_at).where(_THIS))
_TOUCH = Prepared(
    update(member).where(_THIS_ROW).values(joined_at=bindparam("now", type_=BigInteger)).returning(member.c.read)
)
_COUNT = Prepared(
    update(room)
    .where(room.c.key == bindparam("name"))
    .values(members=room.c.members + bindparam("change"))
    .returning(room.c.members)
)
_READ = Prepared(
    update(member)
    .where(_THIS_ROW)
    .values(read=case((member.c.read < bindparam("upto"), bindparam("upto")), else_=member.c.read))
    .returning(member.c.read)
)
_BANS = Prepared(
    select(member.c.room, member.c.account, member.c.banned_until).where(
        among(member.c.account, "accounts"),
        member.c.banned_until > literal_column("0"),  # as the index says, which holds banned accounts alone
        member.c.banned_until > bindparam("now"),
        among(
            func.lower(member.c.room, type_=Text), "keys"
        ),  # of the bare column, SQLite would look up each account in each room
    )
)


def bans(connection: Connection, accounts: list[Account], keys: list[str], now: int) -> list[tuple[str, Account, int]]:
    """As `Store.bans`."""
    return [tuple(row) for row in _BANS.rows(connection, accounts=accounts, keys=keys, now=now)]


def position(connection: Connection, key: str, account: Account) -> int:
    """As `Store.position`."""
    return _POSITION.run(connection, key=key, account=account).scalar() or 0


def page(connection: Connection, key: str, cursor: str | None, limit: int) -> tuple[list[Account], str | None]:
    """As `Store.members`."""
    query = select(member.c.account).where(member.c.room == key, member.c.joined_at.is_not(None))
    if cursor is not None:
        query = query.where(member.c.account > cursor)
    found = list(connection.scalars(query.order_by(member.c.account).limit(limit + 1)))
    return found[:limit], found[limit - 1] if len(found) > limit else None


def touch(connection: Connection, key: str, account: Account, now: int) -> bool:
    """As `Store.touch_member`."""
    known = _JOINED.rows(connection, key=key, account=account)
    if known and known[0].joined_at is not None:
        return False
    if not known:
        connection.execute(insert(member), {"room": key, "account": account, "joined_at": now, "read": 0})
    else:
        _TOUCH.run(connection, key=key, who=account, now=now).scalar()
    _COUNT.run(connection, name=key, change=1).scalar()
    return True


def forget(connection: Connection, key: str, account: Account) -> bool:
    """As `Store.forget_member`."""
    here = and_(member.c.room == key, member.c.account == account, member.c.joined_at.is_not(None))
    if not connection.execute(update(member).where(here).values(joined_at=None)).rowcount:
        return False
    _COUNT.run(connection, name=key, change=-1).scalar()
    return True


def move_position(connection: Connection, key: str, account: Account, seq: int) -> int:
    """As `Store.read`."""
    at: int | None = _READ.run(connection, key=key, who=account, upto=seq).scalar()
    if at is None:
        connection.execute(insert(member), {"room": key, "account": account, "joined_at": None, "read": seq})
        return seq
    return at


def keep_invitation(connection: Connection, fresh: StoredInvitation) -> bytes | None:
    """As `Store.invite`."""
    query = select(invite.c.asked).where(invite.c.token_hash == fresh.token_hash)
    known = connection.execute(query).one_or_none()
    if known is not None:
        request: bytes | None = known.asked
        return request
    row = {
        "token_hash": fresh.token_hash,
        "room": key_of(fresh.room),
        "account": fresh.account,
        "uses": fresh.uses,
        "until": fresh.until,
        "asked": fresh.request,
    }
    connection.execute(insert(invite), row)
    return None


def redeem(connection: Connection, token_hash: bytes, key: str, account: Account, now: int) -> bool | None:
    """As `Store.redeem`; None where the account used the invitation before."""
    found = connection.execute(
        select(invite.c.account, invite.c.uses)
        .where(invite.c.token_hash == token_hash, invite.c.room == key, invite.c.until > now)
        .with_for_update()
    ).one_or_none()
    if found is None or found.account not in (None, account):
        return False
    mine = and_(redemption.c.token_hash == token_hash, redemption.c.account == account)
    if connection.scalar(select(redemption.c.account).where(mine)) is not None:
        return None
    if found.uses < 1:
        return False
    connection.execute(update(invite).where(invite.c.token_hash == token_hash).values(uses=invite.c.uses - 1))
    connection.execute(insert(redemption), {"token_hash": token_hash, "account": account})
    return True
