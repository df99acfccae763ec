"""Webhooks that operators made, in memory, for tests of what uses them."""

from __future__ import annotations

from collections.abc import Sequence

from parlour.core.audit.record import AuditRecord
from parlour.core.webhooks.hook import Hook


class MemoryHooks:
    """Implements `MadeHooks`; keeps no audit rows."""

    def __init__(self) -> None:
        self._hooks: dict[str, Hook] = {}

    async def all(self) -> Sequence[Hook]:
        return list(self._hooks.values())

    async def add(self, hook: Hook, most: int, audit: AuditRecord) -> bool:
        if len(self._hooks) >= most:
            return False
        self._hooks[hook.name] = hook
        return True

    async def change(self, hook: Hook, audit: AuditRecord) -> bool:
        if hook.name not in self._hooks:
            return False
        self._hooks[hook.name] = hook
        return True

    async def remove(self, name: str, audit: AuditRecord) -> bool:
        return self._hooks.pop(name, None) is not None
