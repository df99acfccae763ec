"""What a bot knows of the people around it: roles in rooms, and which accounts are bots."""

from __future__ import annotations

from parlour_client.client import Parlour
from parlour_client.entries import Entry
from parlour_client.rooms.room import Room

KEPT_ACCOUNTS = 10_000
"""Accounts of which it is remembered whether they are bots; then it is asked anew."""


class People:
    """Asks the server, and remembers the answers until an entry says that they changed."""

    def __init__(self, parlour: Parlour) -> None:
        self._parlour = parlour
        self._roles: dict[str, dict[str, str]] = {}
        self._bots: dict[str, bool] = {}

    async def role(self, room: Room, account: str) -> str:
        """Return an account's role in a room, `guest` where it has none. Raises ParlourError."""
        roles = self._roles.get(room.id)
        if roles is None:
            roles = self._roles[room.id] = {member.account: member.role for member in await room.members()}
        return roles.get(account, "guest")

    async def is_bot(self, account: str) -> bool:
        """Return whether an account's profile says that it is a bot. Raises ParlourError."""
        if not account or account.startswith("app:"):
            return False
        if account not in self._bots:
            if len(self._bots) >= KEPT_ACCOUNTS:
                self._bots.clear()
            profiles = await self._parlour.profiles([account])
            self._bots[account] = bool(profiles.get(account, {}).get("bot"))
        return self._bots[account]

    def heard(self, entry: Entry) -> None:
        """Forget a room's roles where an entry may have changed them; who joins has a role from then on."""
        if entry.type.startswith(("member.", "room.")) or entry.author not in self._roles.get(entry.room, {}):
            self._roles.pop(entry.room, None)
