"""The kind `party`: people who look for a table together. Its owner leads, and finds the table once all are ready."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from parlour.core.room import Account, Command, Draft, Entry, Join, Leave, Moderate, Outcome, RoomId
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.state import Between, Options, parsed
from parlour.errors import Forbidden, Illegal

MOST = 100
"""People of a party: as many as are asked about at once."""


class PartyOptions(Options):
    """What a party is made with: of which game, and for how many."""

    kind: str
    size: Annotated[int, Between(1, MOST)]


@dataclass(slots=True)
class Ready(Command):
    """`party:ready`: say that one is ready to play, or is not."""

    on: bool = True


class PartyRoom(Hall):
    """A party; who joins it is in it until they leave.

    Attributes:
        people: whether each of them is ready, the first to come first.
    """

    kind: ClassVar[str] = "party"
    computed = True
    shares_view = True

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self.people: dict[Account, bool] = {}

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return parsed(PartyOptions, options, "options").model_dump(mode="json")

    @classmethod
    def described(cls) -> dict[str, Any]:
        return {**super().described(), "description": "People who look for a table together.",
                "view": {"type": "object"}, "options": PartyOptions.model_json_schema()}  # fmt: skip

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────

    def handle_join(self, command: Join) -> Outcome:
        """Take an account in; raises Illegal where the party is full."""
        account = command.author
        if account in self.people or not account or account.startswith("app:") or command.as_ == "spectator":
            return Outcome()
        if len(self.people) >= self.options["size"]:
            raise Illegal("This party is full.", reason="full")
        return Outcome([Draft("party.joined", {"account": account})])

    def handle_leave(self, command: Leave) -> Outcome:
        return Outcome(self._left(command.author))

    def handle_removed(self, command: Moderate) -> list[Draft]:
        return self._left(command.account)

    def _left(self, account: Account) -> list[Draft]:
        return [Draft("party.left", {"account": account})] if account in self.people else []

    def handle_own(self, command: Command) -> Outcome:
        if not isinstance(command, Ready):
            return super().handle_own(command)
        if command.author not in self.people:
            raise Forbidden("Join the party before you say that you are ready.", reason="role")
        if self.people[command.author] == command.on:
            return Outcome()
        return Outcome([Draft("party.ready", {"on": command.on}, command.author)])

    def check_seeks(self, account: Account, rank: int, at: int) -> None:
        """Raise unless this account may look for a table for the party now.

        Raises:
            NoSuchRoom: the account may not know of it. Forbidden: it does not lead. Illegal: somebody is not ready.
        """
        self.may_read(account, rank, at)
        if account != self.owner or account not in self.people:
            raise Forbidden("The party's leader finds the table.", reason="role")
        if not all(self.people.values()):
            raise Illegal("Not everybody in the party is ready.", reason="not_ready")

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def apply_kind(self, entry: Entry) -> None:
        body = entry.body
        if not isinstance(body, dict):
            return
        match entry.type:
            case "party.joined":
                self.people = {**self.people, body["account"]: False}
            case "party.left":
                self.people = {account: ready for account, ready in self.people.items() if account != body["account"]}
            case "party.ready":
                self.people = {**self.people, entry.author: body["on"]}

    def snapshot(self) -> dict[str, Any]:
        return {**super().snapshot(), "people": [[account, ready] for account, ready in self.people.items()]}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self.people = dict(state["people"])

    # ── what everybody sees ──────────────────────────────────────────────────────────────────────────────────────

    def view(self, viewer: Account | None) -> Any:
        people = [{"account": account, "ready": ready} for account, ready in self.people.items()]
        return {**self.options, "leader": self.owner, "people": people}

    def view_key(self, viewer: Account | None) -> Hashable:
        return None
