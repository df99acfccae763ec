"""Opens direct rooms and answers requests: `dm:<hash of its people>`, the same people, the same room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Protocol

from parlour.core.identity.accounts import account_of
from parlour.core.room import Account, Answer, Leave, RoomId
from parlour.core.rooms.direct import blocked, direct_room
from parlour.errors import Illegal, Invalid, NoSuchRoom, NotFound, Unauthorized
from parlour.runtime.live_room.host import RoomRequest
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.runtime.rooms.registry import RoomRegistry
from parlour.runtime.rooms.rights import RoomRights

KIND = "chat"


class Acquaintances(Protocol):
    """Who knows whom. Every method may raise StoreError."""

    async def known(self, accounts: Collection[Account]) -> set[Account]:
        """Return which of these accounts ever signed in here."""
        ...

    async def acquainted(self, account: Account, others: Collection[Account]) -> set[Account]:
        """Return which of the others have accepted a direct room that the account has accepted too."""
        ...

    async def blockers(self, author: Account, accounts: Collection[Account]) -> set[Account]:
        """Return which of these accounts block the author."""
        ...


class Silence(Protocol):
    """Keeps who wants to hear nothing of a room; raises StoreError."""

    async def set_level(
        self, room: RoomId, account: Account, thread: int | None, level: str | None, until: int | None
    ) -> None:
        """Keep how much an account wants to hear of a room."""


class DirectRooms:
    """Opens direct rooms and answers requests.

    Args:
        spend: counts a new room of an account; raises RateLimited.
    """

    def __init__(
        self,
        registry: RoomRegistry,
        people: Acquaintances,
        silence: Silence,
        spend: Callable[[Account], Awaitable[None]],
    ) -> None:
        self._registry = registry
        self._rights = RoomRights(registry)
        self._people = people
        self._silence = silence
        self._spend = spend

    async def open(self, caller: Caller, named: Sequence[str]) -> dict[str, Any]:
        """Make the direct room with these accounts if there is none, accept it, and answer `{room}`.

        Raises:
            Unauthorized: a guest. Invalid: oneself, or no account. NotFound: an account that never signed in here.
            Forbidden: the only other one blocks the caller. RateLimited: too many new rooms. StoreError.
        """
        me = caller.account
        others = dict.fromkeys(account_of(each) for each in named)
        if not me:
            raise Unauthorized()
        if me in others:
            raise Invalid("Nobody writes to themselves.", details={"path": "accounts"})
        if strange := others.keys() - await self._people.known(others):
            raise NotFound(f"{min(strange)} never signed in here.", details={"path": "accounts"})
        if len(others) == 1 and await self._people.blockers(me, others):
            raise blocked()
        room = direct_room([me, *others])
        try:
            await self._registry.reach(room)
        except NoSuchRoom:
            await self._spend(me)
            wanted = NewRoom(KIND, room, visibility="private", options={"accounts": sorted([me, *others])})
            await self._registry.create("", wanted, reserved=True)
        known = sorted(await self._people.acquainted(me, others))
        await self._registry.ask(room, RoomRequest(Answer(me, known=known)))
        host, _ = await self._rights.open(room, caller)
        return {"room": host.described(me, caller.rank)}

    async def answer(self, caller: Caller, room: RoomId, accept: bool) -> None:
        """Accept a direct room, or decline it: then it leaves the caller's list, and nobody is told.

        Raises:
            Unauthorized: a guest. Illegal: no direct room. As `RoomRights.open`. StoreError.
        """
        if not caller.account:
            raise Unauthorized()
        host, hall = await self._rights.open(room, caller)
        if hall.chat.direct is None:
            raise Illegal("Only a direct room is accepted or declined.", reason="not_direct")
        await self._silence.set_level(host.id, caller.account, None, None if accept else "none", None)
        command = Answer(caller.account) if accept else Leave(caller.account)
        await self._registry.ask(host.id, RoomRequest(command))

    def note_block(self, account: Account, other: Account, on: bool) -> None:
        """Let the direct room of two know, where it is live, that one blocks the other, or no longer."""
        self._registry.note_block(direct_room([account, other]), other, on)
