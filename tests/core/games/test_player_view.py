"""The leak property: what is hidden reaches nobody else, in no byte of any path, before it is shown."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.log.hash_chain import canonical, hash_body
from parlour.core.log.patches import diff
from parlour.core.room import Entry
from parlour.errors import ParlourError
from parlour.testing import Table, play
from tests.core.games.small_games import Poker

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
@settings(max_examples=150, deadline=None)
def test_a_secret_never_reaches_anybody_it_is_hidden_from(steps: list[tuple[str, str]]):
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


def test_what_everybody_may_read_is_heard():
    """The eavesdropper is not deaf: a secret shown is a secret heard."""
    game = play(Poker, "alice", "bob")
    ear = Eavesdropper(game, "bob")
    game.alice.keep(secret="token")
    ear.listen()
    assert b"token" not in ear.heard
    game.alice.show()
    ear.listen()
    assert b"token" in ear.heard


def test_a_dictionary_does_not_find_what_a_published_hash_hides():
    game = play(Poker, "alice", "bob")
    hidden = game.alice.keep(secret="four")
    published = game.log_of("bob")[hidden.seq - 1]
    salts = [b"", bytes(16), *(entry.salt for entry in game.log_of("bob") if entry.salt is not None)]
    words = ["one", "two", "three", "four", "five"]
    bodies = [canonical({"action": "keep", "args": {"secret": word}}) for word in words]
    assert published.body_hash not in {hash_body(salt, body) for salt in salts for body in bodies}
    assert hidden.salt is not None
    assert published.body_hash == hash_body(hidden.salt, bodies[3])
