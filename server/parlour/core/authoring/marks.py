"""What an author marks with: methods by `@action` and `@on_chain`, options by `matched`. `Rules` reads them back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar, overload

F = TypeVar("F", bound=Callable[..., None])
Finality = Literal["included", "safe", "finalized"]


@dataclass(frozen=True, slots=True)
class ActionMark:
    """What `@action(...)` noted on a method."""

    hidden: bool = False
    anytime: bool = False


@dataclass(frozen=True, slots=True)
class ChainMark:
    """What `@on_chain(...)` noted on a method."""

    event: str
    finality: Finality
    contract: str | None = None


class MatchedMark:
    """What `matched` notes on an option."""


matched = MatchedMark()
"""Marks an option that all who are matched must ask for alike: `board: Annotated[int, Between(9, 19), matched]`."""


@overload
def action(method: F, /) -> F: ...
@overload
def action(*, hidden: bool = False, anytime: bool = False) -> Callable[[F], F]: ...
def action(method: F | None = None, /, *, hidden: bool = False, anytime: bool = False) -> F | Callable[[F], F]:
    """Make a method something players do; its annotations are the schema of what they send.

    Args:
        hidden: others get the entry redacted until `self.reveal()` or the end of the game.
        anytime: allowed out of turn, and does not pass the turn on (`turns = True` only).
    """

    def mark(function: F) -> F:
        function.__parlour__ = ActionMark(hidden, anytime)  # type: ignore[attr-defined]  # read back by Rules
        return function

    return mark if method is None else mark(method)


def on_chain(event: str, *, finality: Finality, contract: str | None = None) -> Callable[[F], F]:
    """Call a method with each such event of the room's watches: `def staked(self, log: ChainLog)`.

    Args:
        event: the human-readable signature, `"Staked(address indexed player, uint256 amount)"`.
        finality: how sure the chain must be. There is no default: `included` is quick and may be undone by a reorg
            (the room then folds again without it); `finalized` is slow and never undone.
        contract: name of the option that holds `{chain, address}`: events of any other contract are ignored, and the
            room watches that contract from its creation.
    """

    def mark(function: F) -> F:
        function.__parlour__ = ChainMark(event, finality, contract)  # type: ignore[attr-defined]  # read by Rules
        return function

    return mark
