"""Erases what a person wrote and left on the server; what others played or wrote with them stays as it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import structlog

from parlour.core.audit.record import AuditRecord
from parlour.core.room import Account, RoomId
from parlour.runtime.rooms.registry import RoomRegistry

log = structlog.get_logger()

NOT_REACHED = (
    "backups that were made before",
    "entries that webhooks delivered, and notices that people read",
    "moves of games, updates of documents and titles of rooms, which stay under the address",
    "what others saved",
)
"""What an erasure does not reach, as it is answered."""


class PersonRows(Protocol):
    """What is stored of people; every method may raise StoreError."""

    async def rooms_written(self, account: Account) -> Sequence[RoomId]:
        """Return the rooms in which texts of the account are stored."""
        ...

    async def erase_texts(self, room: RoomId, account: Account) -> int:
        """Erase texts of the account in a room, some at once; return how many, 0 where none is left.

        With the last of them the room's lease ends, so that no process goes on with what it remembers.
        """
        ...

    async def erase_facts(self, account: Account, audit: AuditRecord) -> None:
        """Erase what is stored of the account beside logs, and write the audit row."""


class PersonEraser:
    """Erases people for one process.

    Args:
        sign_out: ends every session of an account.
        sweep: removes the bytes of files that are on no list any more.
    """

    def __init__(
        self,
        rows: PersonRows,
        registry: RoomRegistry,
        sign_out: Callable[[Account], Awaitable[Any]],
        sweep: Callable[[], None],
    ) -> None:
        self._rows = rows
        self._registry = registry
        self._sign_out = sign_out
        self._sweep = sweep

    async def erase(self, account: Account, audit: AuditRecord) -> dict[str, Any]:
        """Erase a person; answer `{erased, notReached}`. The same again does what is left. Raises StoreError."""
        await self._sign_out(account)
        erased = 0
        for room in await self._rows.rooms_written(account):
            while some := await self._rows.erase_texts(room, account):
                erased += some
            self._registry.open_anew(room)
        answer = {"erased": erased, "notReached": list(NOT_REACHED)}
        await self._rows.erase_facts(account, audit.answered(answer))
        self._sweep()
        log.info("person.erased", account=account, by=audit.by, texts=erased)
        return answer
