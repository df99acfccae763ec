"""Says what a kind of game rooms is, before anybody plays: its options, its views, its watches, its stake."""

from __future__ import annotations

from typing import Any, ClassVar

from parlour.core.authoring.author_errors import Stuck, overrun
from parlour.core.games.delay import check_delay
from parlour.core.games.escrow import Settlement
from parlour.core.games.player_view import schema
from parlour.core.games.referee import ServedGame
from parlour.core.room import Account, Draft
from parlour.core.rooms.hall import Hall
from parlour.errors import Illegal, Invalid


class GameKind(Hall):
    """A hall for one game class; GameRoom (room.py) plays it.

    Attributes:
        served: the game's class, its rules and what guards them.
        settlement: the escrow that pays the room's games out; None where none does.
    """

    served: ClassVar[ServedGame]
    settlement: Settlement | None = None
    computed = True
    posts = ("game.action",)
    unsent = frozenset({"game.tick"})
    gates_seats = True

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        try:
            with cls.served.guard:
                return cls.served.rules.check_options(options) | check_delay(cls.served.rules, options)
        except Stuck:
            raise overrun() from None

    @classmethod
    def described(cls) -> dict[str, Any]:
        rules = cls.served.rules
        return {**rules.describe(), "view": schema(rules)}

    @classmethod
    def created(cls, owner: Account, title: str, visibility: str, options: dict[str, Any], signed: bool) -> Draft:
        draft = super().created(owner, title, visibility, options, signed)
        assert isinstance(draft.body, dict)
        draft.body["version"] = cls.served.game.version
        return draft

    @classmethod
    def wanted_watches(cls, options: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the room's own `room:watch` requests: one for each `@on_chain(…, contract="stake")`."""
        return cls.served.rules.wanted_watches(options)

    def rests_on_chain(self) -> bool:
        return self.settlement is not None or bool(self.served.rules.hooks)

    def escrow_watches(self) -> list[dict[str, Any]]:
        return [] if self.settlement is None else self.settlement.wanted_watches()

    @classmethod
    def complete_watch(cls, asked: Any) -> Any:
        return cls.served.rules.complete_watch(asked)

    @classmethod
    def holds_stake(cls, options: dict[str, Any]) -> bool:
        """Return whether a room of these options, as stored, holds something of value."""
        staked_by = cls.served.game.staked_by
        return staked_by is not None and options.get(staked_by) is not None

    @property
    def staked(self) -> bool:
        return self.settlement is not None or self.holds_stake(self.options)

    @classmethod
    def check_settle(cls, options: dict[str, Any]) -> None:
        game = cls.served.game
        if game.late_join:
            raise Invalid("A game that people join while it is played cannot be settled.", details={"path": "settle"})
        if options.get("bots"):
            raise Invalid("Bots play at no settled table.", details={"path": "options.bots"})
        if cls.holds_stake(options):
            raise Invalid(
                "A settled table holds its stakes in the escrow; leave the option out.",
                details={"path": f"options.{game.staked_by}"},
            )

    def reconfigured(self, options: dict[str, Any]) -> dict[str, Any]:
        raise Illegal("A game's options are fixed when its room is created.", reason="fixed_options")
