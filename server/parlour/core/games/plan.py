"""Plans the entries that one command leads to, each tried on the world that the one before left."""

from __future__ import annotations

from typing import Any

from parlour.core.authoring.author_errors import Stuck, aborted
from parlour.core.authoring.world import DRAWING, PLAYING, Fact, World
from parlour.core.games.deadlines import ending
from parlour.core.games.effects import apply_fact
from parlour.core.games.game_log import GameLog
from parlour.core.games.referee import Referee
from parlour.core.games.ticking import note_inputs
from parlour.core.room import Command, Draft, Notice, Outcome


class Plan:
    """The entries of one command while it is being decided.

    Attributes:
        referee: the rules.
        command: what is being decided.
        before: the world before the command.
        world: what the drafts so far have led to; to be read, never changed.
        outcome: what the room will answer with.
        steps: each draft with the world it leads to, for the log to adopt when the entry is applied.
    """

    def __init__(self, referee: Referee, log: GameLog, command: Command, offset: int = 0) -> None:
        """Args: offset: drafts of the same outcome that come before this plan's."""
        self.referee = referee
        self.command = command
        self.world = self.before = log.world
        self.outcome = Outcome()
        self.steps: list[tuple[Draft, World]] = []
        self._live = log.live
        self._offset = offset
        log.ahead = self.steps

    @property
    def next_seq(self) -> int:
        """The number that the next draft will get."""
        return self.command.seq + self._offset + len(self.steps)

    def fact(self, draft: Draft) -> Fact:
        """Return the draft as the entry it would be."""
        assert isinstance(draft.body, dict)
        command = self.command
        return Fact(draft.type, draft.body, draft.author, command.seq + self._offset + len(self.steps), command.at)

    def add(self, draft: Draft) -> None:
        """Try a draft and add it; raises what the author's action raises."""
        self.flush()
        world = self.world.copy()
        try:
            apply_fact(self.referee, world, self.fact(draft))
        except Stuck as error:
            if draft.type == "game.action":
                raise
            self.referee.report(draft.type, error)
            # The mark spares every replay the hook that does not come to an end.
            draft.body = {**draft.body, "failed": "overrun"}  # type: ignore[dict-item]  # a dict: see fact
            world = self.world.copy()
            apply_fact(self.referee, world, self.fact(draft))
        self.keep(draft, world)

    def keep(self, draft: Draft, world: World) -> None:
        """Add a draft and the world it leads to."""
        self.outcome.entries.append(draft)
        self.steps.append((draft, world))
        self.world = world

    def flush(self) -> None:
        """Add the ticks played so far first, because what follows happens after them."""
        if not self.steps and (played := self._live.entry(self.world)) is not None:
            self.keep_ticks(*played)

    def keep_ticks(self, draft: Draft, world: World) -> None:
        """Add a `game.tick` entry that was played already, and the ids of its inputs."""
        note_inputs(self.referee, world, self.fact(draft))
        self.keep(draft, world)

    def abort(self, reason: str, **more: Any) -> None:
        """End the game without a winner."""
        self.flush()
        world = self.world.copy()
        world.finished = world.finished or aborted(reason, **more)
        self.add(ending(self.referee, world))

    def end_if_finished(self) -> None:
        """Add the end of the game if the author's code has finished it."""
        if self.world.finished is not None and self.world.status in (PLAYING, DRAWING):
            self.add(ending(self.referee, self.world))

    def done(self, **reply: Any) -> Outcome:
        """Return the outcome, with the end of the game if it came and a notice to the player on turn."""
        if self.world.finished is not None:
            self.end_if_finished()
        self.outcome.reply |= reply
        turn = self.world.turn
        if self.steps and turn is not None and turn != self.before.turn:
            player = self.world.seats.players[turn]
            if not player.bot:
                self.outcome.notices.append(Notice(player.account, "turn", self._offset + len(self.steps) - 1))
        return self.outcome
