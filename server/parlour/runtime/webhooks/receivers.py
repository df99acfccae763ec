"""Receivers: the webhooks of the settings, which stay as they are, and those that operators made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from parlour.core.audit.record import AuditRecord
from parlour.core.webhooks.hook import Hook
from parlour.errors import Conflict, NotFound, OverQuota


class MadeHooks(Protocol):
    """Keeps webhooks that operators made. Every method may raise StoreError."""

    async def all(self) -> Sequence[Hook]:
        """Return them, the oldest first."""

    async def add(self, hook: Hook, most: int, audit: AuditRecord) -> bool:
        """Keep a webhook, with its audit row; return False where there are `most` already."""

    async def change(self, hook: Hook, audit: AuditRecord) -> bool:
        """Replace the webhook of that name, with its audit row; return False where there is none."""

    async def remove(self, name: str, audit: AuditRecord) -> bool:
        """Forget a webhook and how far it was, with the audit row; return False where there is none."""


class Receivers:
    """The webhooks of a server.

    Args:
        fixed: those of the settings.
        most: how many may be made beside them.
    """

    def __init__(self, fixed: Sequence[Hook], made: MadeHooks, most: int) -> None:
        self.fixed = fixed
        self._made = made
        self._most = most

    def is_fixed(self, name: str) -> bool:
        """Return whether a webhook is of the settings."""
        return any(hook.name == name for hook in self.fixed)

    async def all(self) -> Sequence[Hook]:
        """Return every webhook; raises StoreError."""
        return [*self.fixed, *await self._made.all()]

    async def one(self, name: str) -> Hook:
        """Return a webhook that was made.

        Raises:
            NotFound: there is none of that name.
            Conflict: it is of the settings.
        """
        if self.is_fixed(name):
            raise Conflict("PARLOUR_WEBHOOKS names this receiver; change it there.")
        for hook in await self._made.all():
            if hook.name == name:
                return hook
        raise NotFound("There is no such webhook.")

    async def make(self, hook: Hook, audit: AuditRecord) -> None:
        """Keep a new webhook; raises OverQuota where there are as many as may be."""
        if not await self._made.add(hook, self._most, audit):
            said = f"There are {self._most} receivers already; delete one, or raise webhooks_made."
            raise OverQuota(said, reason="webhooks")

    async def change(self, hook: Hook, audit: AuditRecord) -> None:
        """Replace a webhook that was made; raises NotFound where it was deleted meanwhile."""
        if not await self._made.change(hook, audit):
            raise NotFound("There is no such webhook.")

    async def remove(self, name: str, audit: AuditRecord) -> None:
        """Forget a webhook that was made; raises NotFound where there is none."""
        if not await self._made.remove(name, audit):
            raise NotFound("There is no such webhook.")
