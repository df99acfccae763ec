"""Invitations: secrets that let accounts into rooms that they could not join otherwise."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from parlour.core.canonical_json import canonical
from parlour.core.identity.accounts import account_of
from parlour.core.room import Account, RoomId
from parlour.core.rooms.access import check_future
from parlour.core.rooms.hall import Hall
from parlour.errors import Closed, Conflict, Forbidden, RateLimited
from parlour.runtime.limits import Buckets, TokenBucket
from parlour.runtime.live_room.context import RoomContext
from parlour.runtime.notice_records import NoticeRecord, notice_id
from parlour.runtime.rooms.interface import Caller, Invitation
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.store import StoredInvitation

INVITATION_MS = 7 * 86_400_000
"""How long an invitation stands where nobody says otherwise."""
INVITATION = "invitation"
"""The type of its notice."""


class Invitations:
    """Makes invitations; joins redeem them.

    Args:
        code: makes of some words, always the same, a code that nobody guesses.
    """

    def __init__(self, rights: RoomRights, context: RoomContext, code: Callable[..., str]) -> None:
        self._rights = rights
        self._context = context
        self._code = code
        most = context.limits.invitations_per_hour
        self._sent = Buckets(most / 3600, most, context.clock)

    async def invite(self, room: RoomId, caller: Caller, wanted: Invitation) -> dict[str, Any]:
        """Store an invitation and send it to the account it names; return the ack of `room:invite`.

        Raises:
            NotFound, Forbidden, Closed: no right, or no room to invite to. Invalid: no such account, or `until`
            has passed. Conflict: the request id stands for another invitation.
            RateLimited: too many to that account. StoreError.
        """
        host, hall = await self._rights.open(room, caller)
        now = self._context.clock.now()
        _check_right(hall, caller, now)
        asked = wanted.request_id
        token = token_urlsafe(16) if asked is None else self._code("invite", host.id, caller.account, asked)
        account = None if wanted.account is None else account_of(wanted.account)
        until = wanted.until if wanted.until is not None else now + INVITATION_MS
        check_future(until, now)
        content = sha256(canonical({"account": account, "uses": wanted.uses, "until": wanted.until})).digest()
        hashed = sha256(token.encode()).digest()
        spent = None if account is None else self._spend(caller.account, account)
        notice = None
        if account is not None and not hall.access.is_banned(account, now) and not await self._blocked(caller, account):
            id_ = notice_id(now, host.id, host.record.head, INVITATION)
            about = (host.id, host.record.head, INVITATION, caller.account, now)
            notice = NoticeRecord(account, id_, *about, invite=token)
        invitation = StoredInvitation(hashed, host.id, account, wanted.uses or 1, until, content)
        known = await self._context.store.invite(invitation, notice)
        if known is not None:
            if spent is not None:
                spent.give_back()
            if known != content:
                raise Conflict()
            return {"invite": token, "duplicate": True}
        if notice is not None:
            self._context.notify(notice.account, "notice", notice.to_json())
        return {"invite": token}

    async def _blocked(self, caller: Caller, account: Account) -> bool:
        """Return whether the invited account blocks the inviter, who is not told."""
        return bool(await self._context.blockers(caller.account, [account]))

    def _spend(self, inviter: Account, invited: Account) -> TokenBucket:
        bucket = self._sent.of(f"{inviter} {invited}")
        if not bucket.spend():
            raise RateLimited(
                "You have invited that account too often; try again later.",
                reason="invitations",
                retry_after=bucket.wait_ms(),
            )
        return bucket


def _check_right(hall: Hall, caller: Caller, now: int) -> None:
    if not hall.may_manage(caller.account, caller.rank, now):
        raise Forbidden("Only the owner and moderators invite.", reason="role")
    if hall.closed:
        raise Closed()
