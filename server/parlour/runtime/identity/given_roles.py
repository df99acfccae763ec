"""Keeps the server roles that were given at run time, beside the setting's, which win; and the first admin's claim.

A look-up is a dict's. What other processes give is read a few times a second, as the ends of sessions are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from secrets import token_urlsafe
from typing import Protocol

from parlour.core.audit.record import AuditRecord
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Account
from parlour.errors import Conflict, Forbidden
from parlour.runtime.clock import Clock

CLAIM_MS = 15 * 60_000
"""A link lies in a terminal's history: it works for a quarter of an hour."""
CLAIM_BYTES = 32
"""256 bits: nobody guesses a link."""
ADMIN = "admin"


class RoleStore(Protocol):
    """Keeps given roles and the claim durably. Every method may raise StoreError."""

    async def roles(self) -> Mapping[Account, str]:
        """Return every role that was given."""
        ...

    async def give(self, account: Account, role: str | None, audit: AuditRecord) -> None:
        """Give an account a role, or none, with the audit row."""

    async def open_claim(self, hash_: bytes, until: int, *, only_after: int | None = None) -> bool:
        """Store the one claim; with `only_after` (ms) only where none is valid at that time. Return whether it was."""
        ...

    async def take_claim(self, hash_: bytes, audit: AuditRecord) -> bool:
        """Make `audit.by` an admin where this claim is valid at `audit.at` and no admin was given; it works once."""
        ...


class GivenRoles:
    """The server role of each account, as one process knows it."""

    def __init__(self, fixed: Mapping[Account, str], store: RoleStore, clock: Clock) -> None:
        """Args: fixed: the roles of the setting."""
        self._fixed = fixed
        self._store = store
        self._clock = clock
        self._given: Mapping[Account, str] = {}
        self.on_change: Callable[[Account, int], None] = lambda account, rank: None
        """Called with an account whose role changed, and its rank now."""

    def rank(self, account: Account) -> int:
        """Return the rank of an account's server role; 0 for ordinary ones."""
        return SERVER_ROLES.get(self._fixed.get(account) or self._given.get(account, ""), 0)

    def all(self) -> dict[Account, tuple[str, bool]]:
        """Return each account with a role: the role, and whether the setting gives it."""
        given = {account: (role, False) for account, role in self._given.items()}
        return given | {account: (role, True) for account, role in self._fixed.items()}

    async def give(self, account: Account, role: str | None, audit: AuditRecord) -> None:
        """Give an account a role, or none.

        Raises:
            Conflict: the setting gives the account its role.
        """
        if account in self._fixed:
            raise Conflict("PARLOUR_ROLES gives this account its role; change it there.")
        await self._store.give(account, role, audit)
        await self.read()

    # ── the first admin ──────────────────────────────────────────────────────────────────────────────────────────

    def has_admin(self) -> bool:
        """Return whether anybody is an admin, as far as this process knows."""
        return any(role == ADMIN for role, _ in self.all().values())

    async def new_claim(self, *, replace: bool) -> str | None:
        """Return the secret of a new claim; None where there is an admin, or a valid claim not to be replaced."""
        await self.read()
        if self.has_admin():
            return None
        secret, now = token_urlsafe(CLAIM_BYTES), self._clock.now()
        opened = await self._store.open_claim(_hash(secret), now + CLAIM_MS, only_after=None if replace else now)
        return secret if opened else None

    async def claim(self, secret: str, audit: AuditRecord) -> None:
        """Make the account of the audit row an admin.

        Raises:
            Forbidden: the claim is none, used, or over; or there is an admin.
        """
        await self.read()
        if self.has_admin() or not await self._store.take_claim(_hash(secret), audit):
            raise Forbidden("This link was used, is over, or there is an admin already.", reason="claim")
        await self.read()

    # ── other processes ──────────────────────────────────────────────────────────────────────────────────────────

    async def read(self) -> None:
        """Read the roles once; raises StoreError."""
        before, self._given = self._given, await self._store.roles()
        for account in before.keys() | self._given.keys():
            if before.get(account) != self._given.get(account):
                self.on_change(account, self.rank(account))


def _hash(secret: str) -> bytes:
    return sha256(secret.encode(errors="replace")).digest()
