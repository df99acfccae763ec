"""Games that load, and cannot be served as they are."""

from __future__ import annotations

from typing import Any

from parlour import Game, Player
from tests.core.games.small_games import Diary, Notes


class OtherDiary(Diary):
    kind = "diary"


class Chatting(Game[Notes]):
    kind = "chat"


class Blind(Game[Notes]):
    def view(self, viewer: Player | None) -> dict[str, Any]:
        raise LookupError("what I did wrong")
