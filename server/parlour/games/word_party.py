"""Word party: one player gives clues for a secret word, the others guess it against the clock."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from parlour import Between, Game, Length, Options, Player, Reject, State, action

WORDS = """
    anchor balloon candle desert engine feather garden hammer island jungle kettle lantern mirror needle ocean
    parrot quarry rocket saddle tunnel umbrella violin window yogurt zipper bridge castle dragon falcon glacier
""".split()  # noqa: SIM905  # easier to add to than a list of literals
CLUE_SECONDS = 60
"""For one word."""
PAUSE_SECONDS = 5
"""In which the word is shown."""


class Party(Options):
    rounds: Annotated[int, Between(1, 10)] = 2


class Evening(State):
    """The words so far, and who guessed the current one.

    Attributes:
        phase: clues are given, or the word is shown for a moment.
        word: the secret.
        used: words that were had.
        giver: the seat that gives clues.
        turns: words so far.
        clues: for this word.
        wrong: guesses at this word that were not it.
        guessed: seats that found this word.
        scores: by seat.
        until: when (ms) the phase ends.
    """

    phase: Literal["clues", "pause"] = "pause"
    word: str = ""
    used: list[str] = []
    giver: int = -1
    turns: int = 0
    clues: list[str] = []
    wrong: int = 0
    guessed: list[int] = []
    scores: dict[int, int] = {}
    until: int = 0


class WordParty(Game[Evening]):
    """Everybody gives clues in turn. A quick guess scores more, and so does a good clue."""

    seats = (2, 8)
    drop_seconds = 120
    options: Party

    def on_start(self) -> None:
        self.state.scores = {player.seat: 0 for player in self.players}
        self.next_word()

    @action
    def clue(self, player: Player, text: Annotated[str, Length(1, 80)]) -> None:
        if self.state.phase != "clues":
            raise Reject("not_now", "The next word is about to come.")
        if player.seat != self.state.giver:
            raise Reject("not_the_giver", "Somebody else gives the clues for this word.")
        if self.state.word in text.lower():
            raise Reject("says_the_word", "A clue may not hold the word itself.")
        self.state.clues.append(text)

    @action(hidden=True)  # a right guess shown at once would give the word away
    def guess(self, player: Player, text: Annotated[str, Length(1, 40)]) -> None:
        state = self.state
        if state.phase != "clues":
            raise Reject("not_now", "The next word is about to come.")
        if player.seat == state.giver or player.seat in state.guessed:
            raise Reject("you_know_it", "You know the word already.")
        if text.strip().lower() != state.word:
            state.wrong += 1
            return
        state.guessed.append(player.seat)
        state.scores[player.seat] += 1 + (state.until - self.now) * 9 // (CLUE_SECONDS * 1000)
        state.scores[state.giver] += 2
        if len(state.guessed) >= len(self.players) - 1:
            self.pause()

    def on_timeout(self, player: Player | None) -> None:
        self.pause() if self.state.phase == "clues" else self.next_word()

    def on_leave(self, player: Player) -> None:
        super().on_leave(player)
        if player.seat == self.state.giver and self.state.phase == "clues":
            self.pause()

    def pause(self) -> None:
        """Show the word and all guesses for a moment."""
        self.reveal()
        self.state.phase = "pause"
        self.state.until = self.now + PAUSE_SECONDS * 1000
        self.timer(PAUSE_SECONDS)

    def next_word(self) -> None:
        """Give the next seat a word; end the party when everybody has given enough clues."""
        state, seats = self.state, [player.seat for player in self.players]
        if state.turns >= self.options.rounds * len(seats):
            best = max(state.scores[seat] for seat in seats)
            winners = [player for player in self.players if state.scores[player.seat] == best]
            return self.finish(winners[0] if len(winners) == 1 else None, scores=list(state.scores.items()))
        state.giver = next((seat for seat in seats if seat > state.giver), seats[0])
        state.word = self.random.choice([word for word in WORDS if word not in state.used] or WORDS)
        state.used.append(state.word)
        state.phase, state.turns, state.until = "clues", state.turns + 1, self.now + CLUE_SECONDS * 1000
        state.clues, state.guessed, state.wrong = [], [], 0
        return self.timer(CLUE_SECONDS)

    def view(self, viewer: Player | None) -> dict[str, Any]:
        state = self.state
        shown = state.model_dump(mode="json", exclude={"word", "used"})
        knows = state.phase == "pause" or (viewer and viewer.seat in (state.giver, *state.guessed))
        return {**shown, "word": state.word if knows else None, "letters": len(state.word)}
