"""A game class as a process serves it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from parlour.core.games.author_errors import Report
from parlour.core.games.game import Game
from parlour.core.games.rules import Rules


@dataclass(frozen=True, slots=True)
class ServedGame:
    """What all rooms of one game share.

    Attributes:
        guard: entered around the author's code; may raise `Stuck` in it when it does not come back.
        report: gets what the author's code raised where nobody is refused with it.
    """

    game: type[Game[Any]]
    rules: Rules
    guard: AbstractContextManager[None]
    report: Report
