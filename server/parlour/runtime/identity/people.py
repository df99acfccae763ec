"""What accounts say of themselves, and whom they block (protocol §3 "People")."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from parlour.core.identity.accounts import account_of
from parlour.core.room import Account
from parlour.core.rooms.access import check_future
from parlour.core.rooms.names import check_bio, check_name
from parlour.core.rooms.normal_form import is_line
from parlour.errors import Illegal, Invalid
from parlour.runtime.clock import Clock
from parlour.runtime.statuses import Status, Statuses


class PeopleRows(Protocol):
    """Where profiles and blocks are kept; every method may raise StoreError."""

    async def profiles(self, accounts: Collection[Account]) -> dict[Account, dict[str, Any]]:
        """Return the profiles of these accounts that have one, keys without a value left out."""

    async def set_profile(self, account: Account, changes: dict[str, Any]) -> None:
        """Change the keys that are named; None takes one off. Raises NotFound for an avatar that it did not upload."""

    async def set_block(self, account: Account, other: Account, on: bool, most: int) -> bool:
        """Block an account, or no longer; return False, and block nobody, where the account blocks `most` others."""
        ...

    async def blocks(self, account: Account) -> list[Account]:
        """Return whom an account blocks, in order."""

    async def blockers(self, author: Account, accounts: Collection[Account]) -> set[Account]:
        """Return which of these accounts block the author."""


class People:
    """Answers what is asked about people; any call may raise StoreError.

    Args:
        name_of: returns an account's verified ENS name, as far as it is known.
        on_block: told who blocks whom, or no longer.
        statuses: what accounts say of themselves.
        most_blocks: accounts that one account blocks.
    """

    def __init__(
        self,
        rows: PeopleRows,
        name_of: Callable[[Account], str | None],
        on_block: Callable[[Account, Account, bool], None],
        statuses: Statuses,
        clock: Clock,
        most_blocks: int,
    ) -> None:
        self._statuses = statuses
        self._most_blocks = most_blocks
        self._clock = clock
        self._rows = rows
        self._name_of = name_of
        self._on_block = on_block

    async def block(self, account: Account, other: str, on: bool) -> dict[str, Any]:
        """Block an account, or no longer; raises Invalid for oneself, Illegal where the list is full."""
        named = account_of(other)
        if named == account:
            raise Invalid("Nobody blocks themselves.", details={"path": "account"})
        if not await self._rows.set_block(account, named, on, self._most_blocks):
            raise Illegal(f"An account blocks {self._most_blocks} others at most.", reason="blocks")
        self._on_block(account, named, on)
        return {}

    async def blocks(self, account: Account) -> dict[str, Any]:
        """Answer `{accounts}`: whom the account blocks."""
        return {"accounts": await self._rows.blocks(account)}

    async def set_profile(self, account: Account, changes: dict[str, Any]) -> dict[str, Any]:
        """Change one's profile, where "" takes a key off, and answer `{profile}`.

        Raises:
            Invalid: a name or a text that is none; `confusable` where a name imitates. NotFound: another's picture.
        """
        if changes.get("name"):
            check_name(changes["name"])
        if changes.get("bio"):
            check_bio(changes["bio"])
        await self._rows.set_profile(account, {key: None if value == "" else value for key, value in changes.items()})
        return {"profile": (await self._shown([account]))[account]}

    async def profiles(self, accounts: Sequence[str]) -> dict[str, Any]:
        """Answer `{profiles}` by account; an account that says nothing has an empty one."""
        return {"profiles": await self._shown([account_of(each) for each in accounts])}

    def say(self, account: Account, status: str, text: str | None, until: int | None) -> None:
        """Keep how an account says it is; raises Invalid for a text that is no line, or a time that has passed."""
        if text is not None and not is_line(text):
            raise Invalid("text is one line of printable characters.", details={"path": "text"})
        if until is not None:
            check_future(until, self._clock.now())
        self._statuses.say(account, Status(status, text, until))

    async def _shown(self, accounts: list[Account]) -> dict[Account, dict[str, Any]]:
        found = await self._rows.profiles(accounts)
        shown = {account: dict(found.get(account, {})) for account in accounts}
        for account in accounts:
            ens = self._name_of(account)
            if ens is not None:
                shown[account]["ens"] = ens
        return shown
