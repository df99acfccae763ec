"""What viewers see, and that what is hidden reaches nobody else, in no byte of any path."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour import Game, Player
from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import hash_body
from parlour.core.log.patches import diff
from parlour.core.room import Entry
from parlour.errors import ParlourError
from parlour.testing import Table, play
from tests.core.games.small_games import (
    Diary,
    Poker,
)

PEOPLE = ("alice", "bob", "carol", None)
"""Two players, an account that watches, a guest."""


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["keep", "keep", "keep", "show", "end", "rematch", "restart", "wait", "malformed"]),
        st.sampled_from(["alice", "bob"]),
    ),
    max_size=14,
)


def entry_bytes(entry: Entry) -> bytes:
    shown = {**{k: getattr(entry, k) for k in ("seq", "id", "type", "author", "at", "body", "sig")}}
    return orjson.dumps([shown, entry.body_hash.hex(), entry.hash.hex(), entry.salt and entry.salt.hex()])


class Eavesdropper:
    """Collects every byte that one viewer receives, as a server sends it."""

    def __init__(self, game: Table, viewer: str | None) -> None:
        self.game, self.viewer = game, viewer
        self.view: Any = game.view(viewer)
        self.heard = b""

    def listen(self) -> None:
        view = self.game.view(self.viewer)
        self.heard += orjson.dumps([view, diff(self.view, view), self.game.room.lobby()])
        self.heard += b"".join(entry_bytes(entry) for entry in self.game.log_of(self.viewer))
        self.view = view


@given(STEPS)
@settings(max_examples=150)
def test_secret_never_reaches_anybody_it_is_hidden_from(steps: list[tuple[str, str]]):
    game = play(Poker, "alice", "bob")
    ears = [Eavesdropper(game, viewer) for viewer in PEOPLE]
    kept: dict[str, str] = {}
    for number, (step, who) in enumerate(steps):
        secret, told = f"token-{number}-of-{who}", ""
        try:
            if step == "keep":
                game.post(who, "keep", {"secret": secret})
                kept[secret] = who
            elif step == "restart":
                game.restart(downtime=1)
            elif step == "wait":
                game.wait(20)
            elif step == "malformed":
                game.post(who, "keep", {"secret": secret, "extra": 1})
            else:
                game.post(who, step, {})
                if step in ("show", "end"):
                    kept.clear()
        except ParlourError as error:
            told = str(error.to_json())
        assert secret not in told
        for ear in ears:
            ear.listen()
            for token, owner in kept.items():
                assert token.encode() not in ear.heard or owner == ear.viewer, (token, ear.viewer)


def test_eavesdropper_hears_what_everybody_may_read():
    """The eavesdropper is not deaf: a secret shown is a secret heard."""
    game = play(Poker, "alice", "bob")
    ear = Eavesdropper(game, "bob")
    game.alice.keep(secret="token")
    ear.listen()
    assert b"token" not in ear.heard
    game.alice.show()
    ear.listen()
    assert b"token" in ear.heard


def test_dictionary_does_not_find_what_a_published_hash_hides():
    game = play(Poker, "alice", "bob")
    hidden = game.alice.keep(secret="four")
    published = game.log_of("bob")[hidden.seq - 1]
    salts = [b"", bytes(16), *(entry.salt for entry in game.log_of("bob") if entry.salt is not None)]
    words = ["one", "two", "three", "four", "five"]
    bodies = [canonical({"action": "keep", "args": {"secret": word}}) for word in words]
    assert published.body_hash not in {hash_body(salt, body) for salt in salts for body in bodies}
    assert hidden.salt is not None
    assert published.body_hash == hash_body(hidden.salt, bodies[3])


def test_hidden_action_is_redacted_until_it_is_revealed():
    game = play(Poker, "alice", "bob")
    hidden = game.alice.keep(secret="ace of spades")
    assert game.log_of("alice")[hidden.seq - 1].body is not None
    for other in ("bob", None):
        shown = game.log_of(other)[hidden.seq - 1]
        assert (shown.body, shown.salt, shown.body_hash) == (None, None, hidden.body_hash)
    game.bob.show()
    assert game.log_of("bob")[hidden.seq - 1].body == hidden.body


def test_hash_of_a_hidden_action_does_not_give_it_away():
    game = play(Poker, "alice", "bob")
    hidden = game.alice.keep(secret="ace of spades")
    assert hidden.raw is not None
    assert sha256(hidden.raw).digest() != hidden.body_hash


def test_end_reveals_what_was_hidden():
    game = play(Poker, "alice", "bob")
    game.alice.keep(secret="ace")
    game.bob.end()
    assert all(entry.body is not None for entry in game.log_of(None))


def test_viewers_with_the_same_view_share_it():
    poker = play(Poker, "alice", "bob").room
    keys = [poker.view_key(who) for who in ("alice", "bob", "carol", None)]
    assert keys == [0, 1, None, None]
    diary = play(Diary, "alice", "bob").room
    assert {diary.view_key(who) for who in ("alice", "bob", None)} == {None}


class Shared(Diary):
    def view(self, viewer: Player | None) -> dict[str, Any]:
        return {"lines": len(self.state.lines)}


class Inherited(Shared):
    def view(self, viewer: Player | None) -> dict[str, Any]:
        return {**super().view(viewer), "more": True}


class Enclosed(Diary):
    def view(self, viewer: Player | None) -> dict[str, Any]:
        return {"mine": [line for line in self.state.lines if (lambda: viewer)()]}


@pytest.mark.parametrize(("kind", "shared"), [(Shared, True), (Inherited, False), (Enclosed, False), (Poker, False)])
def test_view_that_ignores_its_viewer_is_shared_by_all(kind: type[Game[Any]], shared: bool):
    room = play(kind, "alice", "bob").room
    assert (room.view_key("alice") == room.view_key("bob") == room.view_key(None)) is shared


def test_view_that_raises_shows_facts_and_an_error():
    class Blind(Poker):
        def view(self, viewer: Player | None) -> dict[str, Any]:
            raise ValueError("boom")

    game = play(Blind, "alice", "bob")
    game.alice.keep(secret="ace")
    view = game.view("bob")
    assert (view["error"], view["status"]) == ("view", "playing")
