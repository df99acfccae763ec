"""Server-wide mutes and bans: rows of accounts, checked before any room, in every process within a second."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from parlour.core.audit.record import AuditRecord
from parlour.core.room import Account
from parlour.core.rooms.access import check_future
from parlour.errors import Forbidden, Illegal
from parlour.runtime.clock import Clock
from parlour.runtime.store import FOREVER

MUTE, BAN = "mute", "ban"
OVERLAP_MS = 20_000
"""How far back each reading reaches: clocks of two processes may differ, and a slow commit is seen late."""


class Sanction(NamedTuple):
    """What holds for an account: a mute or a ban until then (ms; 0 once it is lifted, FOREVER without an end)."""

    account: Account
    kind: str
    until: int
    by: Account
    reason: str
    changed_at: int

    def to_json(self) -> dict[str, Any]:
        """Make the object that operators read."""
        until = None if self.until >= FOREVER else self.until
        return {"kind": self.kind, "until": until, "by": self.by, "reason": self.reason, "at": self.changed_at}


class SanctionRows(Protocol):
    """Keeps sanctions; every method may raise StoreError."""

    async def put(self, sanction: Sanction, audit: AuditRecord) -> None:
        """Store a sanction in the place of an earlier one of its kind."""

    async def of(self, account: Account) -> list[Sanction]:
        """Return what was decided about an account, also what has ended."""
        ...

    async def changed(self, since: int) -> list[Sanction]:
        """Return what was changed at or after `since` (ms)."""
        ...


class Sanctions:
    """The server-wide mutes and bans, as this process knows them.

    Args:
        sign_out: ends every session of an account.
    """

    def __init__(self, rows: SanctionRows, clock: Clock, sign_out: Callable[[Account], Awaitable[Any]]) -> None:
        self._rows = rows
        self._clock = clock
        self._sign_out = sign_out
        self._held: dict[tuple[Account, str], Sanction] = {}
        self._read_to = 0

    def muted(self, account: Account) -> bool:
        """Return whether a mute on the account is in force."""
        return bool(self._held) and self._holds(self._held.get((account, MUTE)))

    def banned(self, account: Account) -> bool:
        """Return whether a ban of the account is in force: for what is shown in place of a session."""
        return bool(self._held) and self._holds(self._held.get((account, BAN)))

    async def check_sign_in(self, account: Account) -> None:
        """Raise Forbidden where the account is banned, as the store says."""
        if any(self._holds(each) for each in await self._rows.of(account) if each.kind == BAN):
            raise Forbidden("You are banned from this server.", reason="banned")

    async def impose(self, account: Account, kind: str, until: int | None, audit: AuditRecord) -> None:
        """Mute or ban an account; a ban ends its sessions. Raises Invalid for a time that has passed."""
        now = self._clock.now()
        if until is not None:
            check_future(until, now)
        ends = FOREVER if until is None else until
        await self._put(Sanction(account, kind, ends, audit.by, audit.reason, now), audit)
        if kind == BAN:
            await self._sign_out(account)

    async def lift(self, account: Account, kind: str, audit: AuditRecord) -> None:
        """End a mute or a ban; raises Illegal where none is in force."""
        if not any(self._holds(each) for each in await self._rows.of(account) if each.kind == kind):
            raise Illegal("That account is neither muted nor banned.", reason="not_in_force")
        await self._put(Sanction(account, kind, 0, audit.by, audit.reason, self._clock.now()), audit)

    async def of(self, account: Account) -> list[Sanction]:
        """Return what is in force about an account; raises StoreError."""
        return [each for each in await self._rows.of(account) if self._holds(each)]

    async def read_changes(self) -> None:
        """Read once what was decided; the first time all of it. Raises StoreError."""
        now = self._clock.now()
        for each in await self._rows.changed(self._read_to):
            known = self._held.get((each.account, each.kind))
            if known != each:
                self._keep(each)
                if each.kind == BAN and self._holds(each) and each.changed_at >= now - OVERLAP_MS:
                    await self._sign_out(each.account)
        self._read_to = now - OVERLAP_MS

    async def _put(self, sanction: Sanction, audit: AuditRecord) -> None:
        await self._rows.put(sanction, audit)
        self._keep(sanction)

    def _keep(self, sanction: Sanction) -> None:
        self._held[sanction.account, sanction.kind] = sanction

    def _holds(self, sanction: Sanction | None) -> bool:
        return sanction is not None and sanction.until > self._clock.now()


def check_unmuted(type_: str) -> None:
    """Raise Forbidden for what a muted account does not write: everything but its moves in a game."""
    if not type_.startswith("game."):
        raise Forbidden("You are muted on this server.", reason="muted")
