"""Reads documents and their versions, and goes back to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from parlour.core.documents.commands import RestoreVersion
from parlour.core.documents.room import DocumentRoom
from parlour.core.room import RoomId
from parlour.core.rooms.hall import Hall
from parlour.errors import Invalid, NotFound
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.rooms.interface import Caller
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.rights import RoomRights
from parlour.runtime.rooms.state_at import StatesAt

T = TypeVar("T")
VERSIONS_LISTED = 50
"""Versions of a page: what a list beside an editor shows."""


class Documents:
    """Answers what is asked of documents; every call checks the right to join, and may raise StoreError."""

    def __init__(self, rights: RoomRights, states_at: StatesAt, registry: RoomRegistry) -> None:
        self._rights = rights
        self._states_at = states_at
        self._registry = registry

    async def read(self, room: RoomId, caller: Caller, version: int | None, as_: str) -> dict[str, Any]:
        """Answer `{seq, approximate?}` and, under its name, the document as `update`, `text` or `json`.

        Args:
            version: the seq of a `doc.version`; None for the document as it is now.

        Raises:
            NotFound: there is no such version. RateLimited: reading costs too much right now.
        """
        if version is not None:
            await self._check_version(room, caller, version)

        def export(hall: Hall) -> dict[str, Any]:
            document = _document(hall)
            approximate = {"approximate": True} if document.contents.approximate and as_ != "update" else {}
            return {as_: document.read(as_), **approximate}

        seq, exported = await self._states_at.ask(room, caller, version, export)
        return {"seq": seq, **exported}

    async def versions(self, room: RoomId, caller: Caller, cursor: str | None, limit: int | None) -> dict[str, Any]:
        """Answer `{versions, cursor}`, newest first."""
        before = int(cursor) if cursor is not None and cursor.isascii() and cursor.isdigit() else None
        wanted = 0 if cursor is not None and before is None else min(limit or VERSIONS_LISTED, VERSIONS_LISTED)
        page, following = await self._ask(
            room, caller, lambda document: document.versions.page(before, wanted) if wanted else ([], None)
        )
        return {"versions": page, "cursor": None if following is None else str(following)}

    async def restore(self, room: RoomId, caller: Caller, version: int, request_id: str) -> dict[str, Any]:
        """Write the edit that makes the document read as in a version; answer `{seq, duplicate?}`."""
        await self._check_version(room, caller, version)
        _, (then, roots) = await self._states_at.ask(room, caller, version, _content)
        command = RestoreVersion(caller.account, caller.rank, version=version, then=then, roots=roots)
        return await self._registry.ask(room, RoomRequest(command, request_id=request_id))

    async def _check_version(self, room: RoomId, caller: Caller, version: int) -> None:
        if await self._ask(room, caller, lambda document: document.versions.find(version)) is None:
            raise NotFound(f"This document has no version {version}.", details={"path": "version"})

    async def _ask(self, room: RoomId, caller: Caller, question: Callable[[DocumentRoom], T]) -> T:
        host, _ = await self._rights.open(room, caller)
        return await host.read_state(lambda hall: question(_document(hall)))


def _content(hall: Hall) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    contents = _document(hall).contents
    return contents.whole(), tuple(contents.roots.items())


def _document(hall: Hall) -> DocumentRoom:
    if not isinstance(hall, DocumentRoom):
        raise Invalid("That room is no document.", details={"path": "room"})
    return hall
