"""What every kind of room shares, and two promises as properties, for every kind there is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.canonical_json import canonical
from parlour.core.documents.room import DocumentRoom
from parlour.core.games.room import GameRoom
from parlour.core.log.hash_chain import ZERO_HASH, seal
from parlour.core.room import (
    Close,
    Command,
    Configure,
    DeadlinePassed,
    Dropped,
    Entry,
    Join,
    Leave,
    Moderate,
    Post,
    Resumed,
    Returned,
    Tick,
    fold,
)
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.titles import MAX_TITLE
from parlour.errors import ParlourError
from parlour.games.arena import Arena
from parlour.games.battleship import Battleship
from parlour.games.chess import Chess
from parlour.games.tic_tac_toe import TicTacToe
from parlour.games.word_party import WordParty

NOW = 1_800_000_000_000
KINDS: dict[str, type[Hall]] = {"chat": Hall, "document": DocumentRoom} | {
    game.kind: GameRoom.of(game) for game in (TicTacToe, Battleship, Arena, Chess, WordParty)
}
SERVER_TYPES = [
    "room.created",
    "room.closed",
    "room.configured",
    "member.role",
    "member.banned",
    "game.seated",
    "game.ended",
    "game.tick",
    "chain.event",
    "chain.reverted",
    "market.trade",
    "wallet.transfer",
    "nonsense",
    "app",
    "app.",
    "App.note",
    "app.\x00",
    "app.with space",
]


class Kept:
    """A room with its log, as a host would keep it, without waiting."""

    def __init__(self, kind: type[Hall], **created: Any) -> None:
        self.kind, self.now = kind, NOW
        self.room = kind("hall")
        self.log: list[Entry] = []
        settings = {"title": "", "visibility": "public", "options": kind.check_options({}), "signed": False} | created
        self.store([kind.created("owner", **settings)])

    def handle(self, command: Command) -> None:
        """Decide and fold, or refuse; raises ParlourError."""
        command.at, command.seq, command.entropy = self.now, len(self.log) + 1, b"\x05" * 32
        if isinstance(command, Post):
            command.referenced = {s: self.log[s - 1] for s in command.references() if 0 < s <= len(self.log)}
        outcome = self.room.handle(command)
        self.store(outcome.entries)
        for entry in self.log:
            if entry.seq in outcome.erase or (entry.type == "chat.edit" and entry.ref in outcome.erase):
                entry.body = entry.raw = entry.salt = None

    def store(self, drafts: list[Any]) -> None:
        for draft in drafts:
            previous = self.log[-1].hash if self.log else ZERO_HASH
            raw, seq = canonical(draft.body), len(self.log) + 1
            entry = seal(draft, ("hall", "epoch", seq, self.now, previous), b"\x01" * 16, raw)
            self.room.apply(entry)
            self.log.append(entry)

    def refused(self, command: Command) -> ParlourError:
        with pytest.raises(ParlourError) as refusal:
            self.handle(command)
        return refusal.value


# ── the two promises ─────────────────────────────────────────────────────────────────────────────────────────────

people = st.sampled_from(["owner", "alice", "bob", "carol", "", "app:backend"])
seqs = st.integers(-1, 30)
fleets = st.just([{"cell": 20 * n, "length": length} for n, length in enumerate((2, 3, 3, 4, 5))])
actions = st.one_of(
    st.builds(lambda cell: ("place", {"cell": cell}), st.integers(0, 9)),
    st.builds(lambda ships: ("place_fleet", {"ships": ships}), fleets),
    st.builds(lambda cell: ("fire", {"cell": cell}), st.integers(0, 99)),
    st.builds(lambda dx, dy: ("steer", {"dx": dx, "dy": dy}), st.integers(-2, 2), st.integers(-1, 1)),
    st.builds(lambda uci: ("move", {"uci": uci}), st.sampled_from(["e2e4", "e7e5", "g1f3", "a1a9"])),
    st.builds(lambda name: (name, {}), st.sampled_from(["start", "pause", "resume", "rematch", "resign", "nothing"])),
)
bodies = st.one_of(
    st.builds(lambda text: ("chat.message", {"text": text}), st.text(max_size=5)),
    st.builds(lambda of, text: ("chat.edit", {"of": of, "text": text}), seqs, st.text(max_size=3)),
    st.builds(lambda of: ("chat.delete", {"of": of}), seqs),
    st.builds(lambda of, on: ("chat.reaction", {"of": of, "emoji": "x", "on": on}), seqs, st.booleans()),
    st.builds(lambda of, on: ("chat.pin", {"of": of, "on": on}), seqs, st.booleans()),
    st.builds(lambda move: ("game.action", {"action": move[0], "args": move[1]}), actions),
    st.builds(lambda n: ("app.note", {"n": n}), st.integers()),
    st.sampled_from([(type_, {"account": "bob"}) for type_ in SERVER_TYPES]),
)
commands = st.one_of(
    st.builds(
        lambda who, n, post: Post(author=who, id=str(n), type=post[0], body=post[1]), people, st.integers(), bodies
    ),
    st.builds(lambda who: Join(author=who), people),
    st.builds(lambda who: Join(author=who, as_="spectator"), people),
    st.builds(lambda who: Leave(author=who), people),
    st.builds(lambda who: Dropped(author=who), people),
    st.builds(lambda who: Returned(author=who), people),
    st.builds(
        lambda who, action, whom, role: Moderate(author=who, action=action, account=whom, role=role),
        people,
        st.sampled_from(["mute", "unmute", "kick", "ban", "unban", "role"]),
        people,
        st.sampled_from(["member", "moderator", None]),
    ),
    st.builds(lambda who, title: Configure(author=who, title=title), people, st.text("ab\n", max_size=3)),
    st.builds(
        lambda who, to: Configure(author=who, visibility=to), people, st.sampled_from(["public", "private", "x"])
    ),
    st.just(DeadlinePassed()),
    st.just(Tick(dt=0.05)),
    st.builds(lambda ms: Resumed(paused_ms=ms), st.integers(0, 10_000)),
)
steps = st.lists(st.tuples(commands, st.integers(0, 40_000)), max_size=40)


def play(kind: str, script: list[tuple[Command, int]]) -> Kept:
    kept = Kept(KINDS[kind])
    for account in ("alice", "bob"):
        kept.handle(Join(author=account))
    for command, ms in script:
        kept.now += ms
        before = kept.room.snapshot()
        try:
            kept.handle(command)
        except ParlourError:
            assert kept.room.snapshot() == before, f"a refused {type(command).__name__} changed something"
    return kept


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(script=steps, cut=st.integers(0, 100))
def test_snapshot_and_later_entries_are_a_fresh_fold(kind: str, script: list[tuple[Command, int]], cut: int) -> None:
    kept = play(kind, script)
    whole = fold(kept.kind("hall"), kept.log).snapshot()
    assert whole == kept.room.snapshot()
    at = 1 + cut % len(kept.log)
    restored = kept.kind("hall")
    restored.restore(fold(kept.kind("hall"), kept.log[:at]).snapshot())
    assert fold(restored, kept.log[at:]).snapshot() == whole


@pytest.mark.parametrize("kind", KINDS)
def test_room_is_unchanged_until_its_entry_is_folded(kind: str) -> None:
    kept = Kept(KINDS[kind])
    kept.handle(Join(author="alice"))
    before = kept.room.snapshot()
    for command in (
        Join(author="bob"),
        Post(author="alice", id="1", type="chat.message", body={"text": "gm"}),
        Moderate(author="owner", action="ban", account="alice"),
        Configure(author="owner", title="Salon"),
        Close(author="owner"),
    ):
        command.at, command.seq, command.entropy = kept.now, len(kept.log) + 1, b"\x05" * 32
        kept.room.handle(command)
        assert kept.room.snapshot() == before, type(command).__name__


# ── what may be written ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("type_", SERVER_TYPES)
def test_type_of_the_server_is_forbidden_to_every_author(kind: str, type_: str) -> None:
    kept = Kept(KINDS[kind])
    for author in ("owner", "alice", "app:backend"):
        assert kept.refused(Post(author=author, id="1", type=type_, body={})).code == "forbidden"


def test_game_action_in_a_chat_room_is_invalid() -> None:
    assert Kept(Hall).refused(Post(author="alice", id="1", type="game.action", body={})).code == "invalid"


@pytest.mark.parametrize("kind", KINDS)
def test_chat_posts_are_accepted_beside_any_kind(kind: str) -> None:
    kept = Kept(KINDS[kind])
    kept.handle(Post(author="alice", id="1", type="chat.message", body={"text": "gm"}))
    kept.handle(Post(author="bob", id="1", type="chat.reaction", body={"of": 2, "emoji": "👋", "on": True}))
    assert [entry.type for entry in kept.log[-2:]] == ["chat.message", "chat.reaction"]


def test_closed_room_takes_nothing_more_but_lets_people_leave() -> None:
    kept = Kept(Hall)
    kept.handle(Close(author="owner", reason="late"))
    for command in (Post(author="owner", id="1", type="chat.message", body={"text": "x"}), Join(author="alice")):
        assert kept.refused(command).code == "closed"
    kept.handle(Leave(author="alice"))


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("title", ["x" * (MAX_TITLE + 1), "a\nb", "a\x00", "\u202eevil", 5])
def test_title_is_one_short_printable_line(title: Any) -> None:
    assert Kept(Hall).refused(Configure(author="owner", title=title)).code == "invalid"


def test_room_is_configured_and_closed_by_its_owner_alone() -> None:
    kept = Kept(Hall)
    kept.handle(Moderate(author="owner", action="role", account="mod", role="moderator"))
    for who, code in (("alice", "forbidden"), ("mod", "forbidden"), ("", "unauthorized")):
        assert kept.refused(Configure(author=who, title="mine")).code == code
        assert kept.refused(Close(author=who)).code == code
    kept.handle(Configure(author="owner", title="Salon", visibility="private", options={"slow": 3}))
    assert (kept.room.title, kept.room.visibility, kept.room.options) == ("Salon", "private", {"slow": 3})
    assert kept.refused(Post(author="alice", id="1", type="chat.message", body={"text": "x"})).code == "not_found"


def test_games_options_are_fixed() -> None:
    kept = Kept(KINDS["tic-tac-toe"])
    assert kept.refused(Configure(author="owner", options={"bots": 1})).reason == "fixed_options"
