"""The kind `board`: who stands where in a game, folded from the ends of its matches."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from parlour.core.boards.declared import Season, Ties, scoring_of, season_at
from parlour.core.boards.repeats import Repeats
from parlour.core.boards.scoring import Measured, Numbers, Ratings
from parlour.core.boards.seasons import KEPT_SEASONS, EndedSeason
from parlour.core.boards.skill import RatingSystem
from parlour.core.boards.standings import Standings
from parlour.core.room import Account, ChainUpdate, DeadlinePassed, Draft, Entry, Outcome, RoomId
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.state import Options, parsed

PREFIX = "board:"
SHOWN = 100
"""Rows of the state."""
COUNTED = "board.counted"
SEASON = "board.season"


class BoardOptions(Options):
    """What a board is made with: of which kind, and what it measures (core/boards/declared.py)."""

    kind: str
    rating: RatingSystem = "openskill"
    score: str = "rating"
    reset: str | None = None
    ties: Ties = "earlier"


class BoardRoom(Hall):
    """The board of one kind; everybody may read it, and only the server writes there.

    A match that a reorganisation takes back is reverted here too, and the board is folded again without it.

    Attributes:
        standings: who stands where in this season.
        season: the one that matches count for; None before the first, and on a board that never resets.
        ended: the newest seasons that are over, by name.
    """

    kind: ClassVar[str] = "board"
    computed = True
    shares_view = True

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self.standings = Standings(Ratings("openskill"))
        self.season: Season | None = None
        self.ended: dict[str, EndedSeason] = {}
        self._repeats = Repeats()
        self._ending: EndedSeason | None = None
        self._version = object()

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return parsed(BoardOptions, options, "options").model_dump(mode="json")

    @classmethod
    def described(cls) -> dict[str, Any]:
        return {**super().described(), "description": "Who stands where in a game.", "view": {"type": "object"},
                "options": BoardOptions.model_json_schema()}  # fmt: skip

    @property
    def snapshot_bytes(self) -> int:  # type: ignore[override]  # it grows with the players
        return 100 * len(self.standings)

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────

    def handle_chain(self, command: ChainUpdate, drafts: list[Draft]) -> list[Draft]:
        """Say first which season has ended, and how much each match counts."""
        repeats = self._repeats.copy()
        for draft in drafts:
            if draft.type == COUNTED and isinstance(draft.body, dict) and self.options["score"] == "rating":
                weight = repeats.met(draft.body["teams"], command.at)
                draft.body = {**draft.body, **({} if weight == 1.0 else {"weight": weight})}
        return [*self._season_drafts(command.at), *drafts]

    def handle_deadline(self, command: DeadlinePassed) -> Outcome:
        return Outcome(self._season_drafts(command.at))

    def _season_drafts(self, at: int) -> list[Draft]:
        return [Draft(SEASON, ended.announced(self.board)) for ended in self._unsigned(at)]

    def _unsigned(self, at: int) -> list[EndedSeason]:
        """Return the seasons that are over by then and were not announced."""
        ended = [*self.ended.values(), *self._over(at)]
        return [each for each in ended if not each.signed]

    def _over(self, at: int) -> list[EndedSeason]:
        """Return this season as it ends, if it is over by then and somebody has a row.

        Deciding, checking and folding ask in one turn of the room, and its root costs 3,000 hashes: it is kept until
        the standings change.
        """
        if self.season is None or at < self.season.ends or not len(self.standings):
            return []
        if self._ending is None:
            self._ending = EndedSeason.of(self.season, self.standings, SHOWN)
        return [self._ending]

    def deadline(self) -> int | None:
        if any(not each.signed for each in self.ended.values()):
            return min(each.season.ends for each in self.ended.values() if not each.signed)
        return self.season.ends if self.season is not None and len(self.standings) else None

    def refuses(self, entry: Entry) -> str | None:
        """Void the announcement of a season which a reorganisation made end with other rows."""
        if entry.type != SEASON or not isinstance(entry.body, dict):
            return super().refuses(entry)
        found = {each.season.name: each for each in (*self.ended.values(), *self._over(entry.at))}
        ended = found.get(entry.body["season"])
        return None if ended is not None and entry.body["root"] == "0x" + ended.root.hex() else "wrong_root"

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def options_known(self, entry: Entry | None) -> None:
        if entry is not None and entry.type == "room.created":
            self.standings, self._ending = self._fresh(), None

    @property
    def board(self) -> str:
        """The board's name, such as `weekly:chess`: the room's id without its prefix."""
        return self.room[len(PREFIX) :]

    def _measured(self) -> Measured:
        scoring = scoring_of(self.options["score"])
        return Ratings(self.options["rating"]) if scoring.measure == "rating" else Numbers(scoring)

    def _fresh(self) -> Standings:
        return Standings(self._measured(), self.options["ties"])

    def apply_kind(self, entry: Entry) -> None:
        if entry.type not in (COUNTED, SEASON) or not isinstance(entry.body, dict):
            return
        self._begin_season(entry.at)
        if entry.type == COUNTED:
            self._repeats.met(entry.body.get("teams", ()), entry.at)
            self.standings.count(entry.body, entry.at)
            self._ending = None
        elif (ended := self.ended.get(entry.body["season"])) is not None:
            self.ended[ended.season.name] = replace(ended, signed=True)
        self._version = object()

    def _begin_season(self, at: int) -> None:
        """Put a season away that is over, and begin the one that holds a time."""
        reset = self.options["reset"]
        if reset is None or (self.season is not None and at < self.season.ends):
            return
        for ended in self._over(at):
            self.ended[ended.season.name] = ended
        for name in list(self.ended)[:-KEPT_SEASONS]:
            del self.ended[name]
        self.season, self.standings, self._ending = season_at(reset, at), self._fresh(), None

    def snapshot(self) -> dict[str, Any]:
        seasons = [list(self.season) if self.season else None, [ended.dump() for ended in self.ended.values()]]
        whole = {"standings": self.standings.dump(), "seasons": seasons, "repeats": self._repeats.dump()}
        return {**super().snapshot(), **whole}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self.standings = Standings.load(self._measured(), self.options["ties"], state["standings"])
        self._ending = None
        season, ended = state["seasons"]
        self.season = Season(*season) if season else None
        self.ended = {each.season.name: each for each in map(EndedSeason.load, ended)}
        self._repeats = Repeats.load(state["repeats"])

    # ── what everybody sees ──────────────────────────────────────────────────────────────────────────────────────

    def view(self, viewer: Account | None) -> Any:
        view = {"kind": self.options["kind"], "players": len(self.standings), "rows": self.standings.rows(1, SHOWN)}
        if self.season is not None:
            view |= {"season": self.season._asdict(), "seasons": list(self.ended)}
        return view

    def view_key(self, viewer: Account | None) -> Hashable:
        return None

    @property
    def view_version(self) -> object | None:
        return self._version


def counted(room: RoomId, seq: int, said: Mapping[str, Any]) -> Draft:
    """Return the entry that counts the end of a match; its source makes a second one harmless.

    Args:
        room, seq: of the `game.ended`.
        said: `{teams, ranks}` on a board of ratings, `{scores}` on any other.
    """
    return Draft(COUNTED, {"room": room, "seq": seq, **said}, source=source_of(room, seq))


def source_of(room: RoomId, seq: int) -> str:
    """Return the source under which the end of a match is counted."""
    return f"result:{room.lower()}:{seq}"
