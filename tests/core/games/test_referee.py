"""What authors get wrong: found when the class is read where it can be, contained and explained where it cannot."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from types import new_class
from typing import Any, ClassVar, Literal, NamedTuple

import orjson
import pytest
from pydantic import BaseModel, PrivateAttr, field_validator

from parlour import Clock, Game, Move, Options, Player, Reject, State, action
from parlour.core.games.author_errors import Stuck
from parlour.core.games.room import GameRoom
from parlour.core.log.hash_chain import canonical
from parlour.core.room import fold
from parlour.errors import Internal, ParlourError
from parlour.testing import play
from parlour.testing.play import Table


class Count(State):
    n: int = 0
    names: list[str] = []


def reading(**members: Any) -> type[GameRoom]:
    """Read a game class with these members, as the server does at its start."""
    return GameRoom.of(new_class("Wrong", (Game[Count],), {}, lambda body: body.update(__module__=__name__, **members)))


# ── found when the class is read ─────────────────────────────────────────────────────────────────────────────────


async def _async(self: Any, player: Player) -> None: ...


def _generator(self: Any, player: Player) -> Any:
    yield


async def _async_hook(self: Any) -> None: ...


def _nobody(self: Any) -> None: ...


def _bare(self: Any) -> None: ...


def _with_set(self: Any, player: Player, cells: set[str]) -> None: ...


def _with_nested_set(self: Any, player: Player, cells: dict[str, list[frozenset[str]]]) -> None: ...


def _with_callable(self: Any, player: Player, what: Callable[[], None]) -> None: ...


def _with_oddity(self: Any, player: Player, what: range) -> None: ...


def _with_rest(self: Any, player: Player, *cells: int) -> None: ...


def _with_underscore(self: Any, player: Player, _cell: int) -> None: ...


def _fine(self: Any, player: Player, cell: int = 0) -> None: ...


@pytest.mark.parametrize(
    ("member", "method", "problem"),
    [
        ("go", action(_async), "go: no `async def`"),
        ("go", action(_generator), "go: no `yield`"),
        ("on_start", _async_hook, "on_start: no `async def`"),
        ("tick", _nobody, r"tick is called with \(dt\)"),
        ("view", _nobody, r"view is called with \(viewer\)"),
        ("on_join", _nobody, r"on_join is called with \(player\)"),
        ("on_droped", _nobody, "no hook on_droped; did you mean on_drop"),
        ("go", action(_bare), "go: its first argument is the player"),
        ("go", action(_with_set), "cells: no sets"),
        ("go", action(_with_nested_set), "cells: no sets"),
        ("go", action(_with_callable), "go: "),
        ("go", action(_with_oddity), "go: "),
        ("go", action(_with_rest), "cells"),
        ("go", action(_with_underscore), "go: "),
        ("finish", action(_fine), "finish: every game has a member of that name"),
        ("view", action(_fine), "view: every game has a member of that name"),
        ("turn", action(_fine), "turn: every game has a member of that name"),
        ("__init__", _nobody, "__init__"),
    ],
)
def test_a_method_that_cannot_work_is_a_mistake(member: str, method: Any, problem: str):
    with pytest.raises(TypeError, match=problem):
        reading(**{member: method})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("seats", v) for v in (0, -1, (3, 2), (0, 2), "2", (1, 2, 3), 1_000_000, True)),
        *(("turn_seconds", v) for v in (0, -1, "30", float("nan"))),
        *(("drop_seconds", v) for v in (-1, "60")),
        *(("bot_seconds", v) for v in (0, -1)),
        *(("tick_rate", v) for v in (0, -5, 2.5, 100_000)),
        *(("version", v) for v in (0, "2", 1.5)),
        *(("kind", v) for v in ("", "Not Kebab", "a_b", "x" * 65)),
        *(("clock", v) for v in (300, Clock(seconds=0), Clock(seconds=60, increment=-1))),
        ("options", Options),
    ],
)
def test_a_member_of_the_wrong_type_or_size_is_a_mistake(name: str, value: Any):
    members = {"__annotations__": {"options": "int"}} if name == "options" else {name: value}
    with pytest.raises(TypeError, match=name):
        reading(**members)


def test_what_is_right_stays_right():
    class Fine(Game[Count]):
        seats = (1, 8)
        tick_rate = 20
        drop_seconds = None

        def on_join(self, player: Player) -> None: ...

        def tick(self, dt: float) -> None: ...

        @action
        def go(self, player: Player, cell: int | None = None, side: Literal["a", 1] = "a") -> None: ...

        def helper(self, anything: set[int]) -> set[int]:
            return anything

    assert GameRoom.of(Fine).described()["actions"].keys() == {"go"}


class Plain(BaseModel):
    a: int = 1


class Point(NamedTuple):
    x: int = 1
    y: int = 2


class Side(Enum):
    LEFT = "left"


@pytest.mark.parametrize("annotation", [dict[tuple[int, int], int], dict[Point, int], list[dict[tuple[int, ...], str]]])
def test_a_dict_of_a_state_has_keys_that_json_has(annotation: Any):
    with pytest.raises(TypeError, match="keys"):
        type("Bad", (State,), {"__annotations__": {"x": annotation}, "__module__": __name__})


@pytest.mark.parametrize("annotation", [Plain, list[Plain], dict[str, Plain | None], complex, Callable[[], None]])
def test_a_state_is_made_of_states_and_json(annotation: Any):
    with pytest.raises(TypeError, match="holds no"):
        type("Bad", (State,), {"__annotations__": {"x": annotation}, "__module__": __name__})


def test_a_state_has_no_private_fields_for_no_snapshot_would_hold_them():
    with pytest.raises(TypeError, match="_hidden"):

        class Bad(State):
            _hidden: int = PrivateAttr(3)


# ── what an action leaves behind survives a restart, or is refused ───────────────────────────────────────────────


class Shelf(State):
    whole: int = 0
    real: float = 0.0
    words: list[str] = []
    by: dict[int | str, int] = {}
    point: Point = Point()
    side: Side = Side.LEFT


VALUES: dict[str, Any] = {
    "a text for a number": ("whole", "one"),
    "nothing for a number": ("whole", None),
    "infinity": ("real", float("inf")),
    "not a number": ("real", float("nan")),
    "beyond 64 bits": ("whole", 10**40),
    "half a character": ("words", ["\ud800"]),
    "keys that become one": ("by", {1: 1, "1": 2}),
}


class Keeper(Game[Shelf]):
    @action
    def keep(self, player: Player, what: str) -> None:
        setattr(self.state, *VALUES[what])

    @action
    def keep_point(self, player: Player) -> None:
        self.state.point = Point(5, 6)

    def on_leave(self, player: Player) -> None:
        self.state.whole = None  # type: ignore[assignment]  # that is the mistake


@pytest.mark.parametrize("what", VALUES)
def test_a_state_that_would_not_survive_a_restart_is_the_authors_error(what: str):
    game = play(Keeper, "alice", "bob")
    before = game.room.snapshot()
    with pytest.raises(TypeError, match="survive"):
        game.alice.keep(what=what)
    assert game.room.snapshot() == before


def test_a_hook_that_leaves_such_a_state_ends_the_game():
    game = play(Keeper, "alice", "bob")
    game.alice.leave()
    assert game.result is not None
    assert game.result["aborted"] == "error"
    assert game.restored(len(game.log)).match.log.world.state == game.state


def test_a_named_tuple_stays_one():
    game = play(Keeper, "alice", "bob")
    game.alice.keep_point()
    assert game.restored(len(game.log)).match.log.world.state.point.x == game.state.point.x == 5


class Grower(Game[Count]):
    tick_rate = 20

    def tick(self, dt: float) -> None:
        self.state.names += ["x" * 5000]


def test_a_state_that_grows_tick_by_tick_ends_the_game_at_its_cap():
    game = play(Grower, "alice", "bob")
    game.wait(10)
    assert game.result is not None
    assert game.result["problem"] == "state_too_large"
    assert game.now - game.log[0].at == 10_000


# ── nothing outside the state, nothing from a view ───────────────────────────────────────────────────────────────


class Loose(Game[Count]):
    @action
    def forget(self, player: Player) -> None:
        self.score = 5

    @action
    def renew(self, player: Player) -> None:
        self.state = Count(n=self.state.n + 5)

    @action
    def spoil(self, player: Player) -> None:
        self.state = {"n": 5}  # type: ignore[assignment]  # that is the mistake

    @action
    def hand(self, player: Player) -> None:
        self.turn = 1  # type: ignore[assignment]  # that is the mistake

    @action
    def win(self, player: Player) -> None:
        self.finish(1)  # type: ignore[arg-type]  # that is the mistake

    @action
    def cheat(self, player: Player) -> None:
        self.finish(player, account="somebody else")


def test_what_is_kept_outside_the_state_is_an_error_and_not_forgotten():
    game = play(Loose, "alice", "bob")
    with pytest.raises(AttributeError, match=r"self\.state\.score"):
        game.alice.forget()


def test_a_whole_new_state_may_be_set():
    game = play(Loose, "alice", "bob")
    game.alice.renew()
    game.alice.renew()
    assert game.state.n == 10
    assert game.replayed().match.log.world.state == game.state
    with pytest.raises(TypeError, match="Count"):
        game.alice.spoil()


@pytest.mark.parametrize("wrong", ["hand", "win"])
def test_a_seat_number_is_no_player(wrong: str):
    game = play(Loose, "alice", "bob")
    with pytest.raises(TypeError, match="Player"):
        game.alice.__getattr__(wrong)()


def test_who_won_is_not_overwritten_by_the_rest_of_the_result():
    game = play(Loose, "alice", "bob")
    with pytest.raises(TypeError, match="account"):
        game.alice.cheat()


class Peeping(Game[Count]):
    @action
    def go(self, player: Player) -> None:
        self.state.n += 1

    def view(self, viewer: Player | None) -> dict[str, Any]:
        self.state.names.append("seen")
        self.state.n += 100
        self.reveal()
        self.timer(5)
        self.finish()
        return {"n": self.state.n}


def test_looking_changes_nothing():
    game = play(Peeping, "alice", "bob")
    game.alice.go()
    assert [game.alice.view["n"], game.bob.view["n"], game.alice.view["n"]] == [101, 101, 101]
    assert game.state == Count(n=1)
    game.wait(60)
    assert game.status == "playing"
    assert game.replayed().snapshot() == game.room.snapshot()


@pytest.mark.parametrize(
    "shown", [10**30, "\ud800", object(), ["x" * 1_000_000]], ids=["big", "half", "object", "huge"]
)
def test_a_view_that_no_client_could_read_is_a_view_that_raised(shown: Any):
    class Odd(Game[Count]):
        def view(self, viewer: Player | None) -> dict[str, Any]:
            return {"shown": shown}

    view = play(Odd, "alice", "bob").view("alice")
    assert view["error"] == "view"
    assert "shown" not in view


# ── containment ──────────────────────────────────────────────────────────────────────────────────────────────────


class Quitter(Game[Count]):
    seats = (1, 2)

    @action
    def go(self, player: Player) -> None:
        sys.exit(3)

    @action
    def set_timer(self, player: Player) -> None:
        self.timer(1)

    def on_timeout(self, player: Player | None) -> None:
        sys.exit(3)

    def view(self, viewer: Player | None) -> dict[str, Any]:
        sys.exit(3)

    def bot(self, view: dict[str, Any]) -> Move | None:
        sys.exit(3)


def test_a_game_that_calls_exit_does_not_end_the_server():
    game = play(Quitter, "alice", bots=1)
    with pytest.raises(RuntimeError, match="SystemExit"):
        game.alice.go()
    assert game.view()["error"] == "view"
    game.alice.set_timer()
    game.wait(2)
    assert game.result is not None
    assert game.result["problem"] == "SystemExit"


def test_a_tick_that_calls_exit_ends_its_game_alone():
    class Quits(Game[Count]):
        tick_rate = 20

        def tick(self, dt: float) -> None:
            sys.exit(3)

    game = play(Quits, "alice", "bob")
    game.wait(1)
    assert game.result is not None
    assert game.result["problem"] == "SystemExit"


class Doom(BaseException):
    """What an `except Exception` lets pass."""


class Doomed(Game[Count]):
    def on_timeout(self, player: Player | None) -> None:
        raise Doom

    def view(self, viewer: Player | None) -> dict[str, Any]:
        raise Doom

    def bot(self, view: dict[str, Any]) -> Move | None:
        raise Doom

    @action
    def go(self, player: Player) -> None:
        raise Doom

    @action
    def set_timer(self, player: Player) -> None:
        self.timer(1)


def test_whatever_a_game_raises_goes_no_further_than_the_game():
    game = play(Doomed, "alice", bots=1)
    with pytest.raises(RuntimeError, match="Doom"):
        game.alice.go()
    assert game.view()["error"] == "view"
    game.alice.set_timer()
    game.wait(2)
    assert game.result is not None
    assert game.result["problem"] == "Doom"
    assert game.replayed().view("alice") == game.view("alice")


def test_who_tests_a_game_may_still_break_off():
    class Awaited(Game[Count]):
        def on_start(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(Awaited, "alice", "bob")


class Impatient(Game[Count]):
    def on_start(self) -> None:
        self.timer(0)

    def on_timeout(self, player: Player | None) -> None:
        self.state.n += 1
        self.timer(-5)


def test_a_timer_set_again_and_again_rings_ten_times_a_second_at_most():
    game = play(Impatient, "alice", "bob")
    game.wait(2)
    assert game.state.n == 20


class Bids(State):
    order: list[str] = []


class Auction(Game[Bids]):
    @action
    def bid(self, player: Player, bids: dict[str, int]) -> None:
        self.state.order = list(bids)


def test_arguments_come_in_the_order_in_which_a_replay_will_read_them():
    game = play(Auction, "alice", "bob")
    game.alice.bid(bids={"z": 1, "a": 2})
    assert game.state.order == ["a", "z"]


# ── what authors hear ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_test_shows_where_a_hook_raised(capsys: pytest.CaptureFixture[str]):
    class Raises(Game[Count]):
        def on_start(self) -> None:
            raise LookupError("what I did wrong")

        def view(self, viewer: Player | None) -> dict[str, Any]:
            raise LookupError("what else I did wrong")

    game = play(Raises, "alice", "bob")
    assert game.result is not None
    assert game.view()["error"] == "view"
    assert [str(error) for error in game.errors] == ["what I did wrong", "what else I did wrong"]
    told = capsys.readouterr().err
    assert "what I did wrong" in told
    assert __file__ in told


class Drop(Game[Count]):
    """Four in a row has an action of a name that the test kit uses too."""

    @action
    def drop(self, player: Player, action: int) -> None:
        if action > 6:
            raise Reject("no_such_column")
        self.state.n = action


def test_an_action_may_be_called_as_the_test_kit_calls_something():
    game = play(Drop, "alice", "bob")
    game.alice.drop(action=3)
    assert game.state.n == 3
    assert game.alice.refused("drop", action=7) == "no_such_column"


# ── options ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Picky(Options):
    size: int = 3

    @field_validator("size")
    @classmethod
    def odd(cls, size: int) -> int:
        if size % 2 == 0:
            raise ValueError("an even board has no middle")
        return {1: 1, 3: 3}[size]


def test_an_option_refused_by_the_authors_validator_is_named():
    kind = reading(__annotations__={"options": "Picky"})
    with pytest.raises(ParlourError, match="no middle") as refused:
        kind.check_options({"size": 2})
    assert refused.value.details == {"path": "options.size", "problem": "Value error, an even board has no middle"}


class Slow(Options):
    size: int = 3

    @field_validator("size")
    @classmethod
    def never(cls, size: int) -> int:
        raise Stuck


def test_options_that_take_for_ever_are_refused():
    kind = reading(__annotations__={"options": "Slow"})
    with pytest.raises(Internal) as refused:
        kind.check_options({"size": 2})
    assert refused.value.reason == "overrun"


# ── versions ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Old(Game[Count]):
    kind = "aging"

    @action
    def go(self, player: Player) -> None:
        self.state.n += 1


def test_a_snapshot_these_rules_cannot_read_opens_read_only_and_is_kept():
    class Renamed(State):
        wholly: list[int] = []

    class Unversioned(Game[Renamed]):
        kind = "aging"

    game = play(Old, "alice", "bob")
    game.alice.go()
    snapshot = game.room.snapshot()
    room = GameRoom.of(Unversioned)("table")
    room.restore(snapshot)
    assert room.view(None)["status"] == "incompatible"
    again = GameRoom.of(Old)("table")
    again.restore(room.snapshot())
    assert again.view("alice")["n"] == 1


class New(Old):
    kind = "aging"
    version = 2

    @classmethod
    def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
        return state


def newer(game: Table, at: int) -> GameRoom:
    """The log opened by version 2, from a snapshot at entry `at` and what came after it."""
    room = GameRoom.of(New)("table")
    room.restore(game.replayed(at).snapshot())
    for entry in game.log[at:]:
        room.apply(entry)
    return room


def test_match_with_moves_after_its_snapshot_is_not_migrated():
    game = play(Old, "alice", "bob")
    game.alice.go()
    game.bob.go()
    assert newer(game, len(game.log)).deadline() is not None
    late = newer(game, len(game.log) - 1)
    assert late.deadline() is None
    assert late.view("alice")["status"] == "incompatible"


def test_migrated_match_read_again_keeps_the_order_of_its_dicts():
    class Book(State):
        pages: dict[str, int] = {}

    class First(Game[Book]):
        kind = "book"

        @action
        def write(self, player: Player, page: str) -> None:
            self.state.pages[page] = 1

    class Second(First):
        kind = "book"
        version = 2

        @classmethod
        def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
            return state

    game = play(First, "alice", "bob")
    for page in ("ü", "z", "a"):
        game.alice.write(page=page)
    room = GameRoom.of(Second)("table")
    room.restore(game.room.snapshot())
    game.kind, game.room = type(room), room
    game.wait(0)
    stored = [replace(entry, body=orjson.loads(canonical(entry.body or {}))) for entry in game.log]
    again = GameRoom.of(Second)("table")
    fold(again, stored)
    assert list(again.match.log.world.state.pages) == list(game.state.pages) == ["ü", "z", "a"]


def test_a_log_that_changed_rules_take_for_ever_over_opens_read_only():
    class Endless(Old):
        kind = "aging"

        @action
        def go(self, player: Player) -> None:
            raise Stuck

    game = play(Old, "alice", "bob")
    game.alice.go()
    game.kind = GameRoom.of(Endless)
    assert game.replayed().view(None)["status"] == "incompatible"


# ── what takes too long again and again ──────────────────────────────────────────────────────────────────────────


class Sluggish(Game[Count]):
    seats = (1, 2)
    calls: ClassVar[Counter[str]] = Counter()

    @action
    def crawl(self, player: Player) -> None:
        self.calls["crawl"] += 1
        raise Stuck

    @action
    def go(self, player: Player) -> None:
        self.state.n += 1

    def bot(self, view: dict[str, Any]) -> Move | None:
        raise Stuck


class Blinding(Sluggish):
    def view(self, viewer: Player | None) -> dict[str, Any]:
        self.calls["view"] += 1
        raise Stuck


def test_an_action_that_overruns_again_and_again_is_not_tried_any_more():
    game = play(Sluggish, "alice", "bob")
    Sluggish.calls.clear()
    for _ in range(10):
        assert game.alice.refused("crawl") == "overrun"
    assert Sluggish.calls["crawl"] == 3
    assert [type(error) for error in game.errors] == [Stuck] * 3
    game.alice.go()


def test_a_view_that_overruns_again_and_again_is_not_asked_any_more():
    game = play(Blinding, "alice", "bob")
    Sluggish.calls.clear()
    for _ in range(10):
        assert game.alice.view["error"] == "view"
    assert Sluggish.calls["view"] == 3


@pytest.mark.parametrize("rate", [None, 20])
def test_a_bot_that_overruns_ends_the_game(rate: int | None):
    kind = new_class("Sluggish2", (Sluggish,), {}, lambda body: body.update(tick_rate=rate))
    game = play(kind, "alice", bots=1)
    game.wait(5)
    assert game.result == {"winner": None, "account": None, "aborted": "overrun"}


def test_a_hook_that_overruns_is_told_of_like_one_that_raises():
    class Rings(Sluggish):
        def on_start(self) -> None:
            raise Stuck

    assert [type(error) for error in play(Rings, "alice", "bob").errors] == [Stuck]


def test_a_result_larger_than_a_body_is_the_authors_error():
    class Verbose(Game[Count]):
        @action
        def end(self, player: Player) -> None:
            self.finish(player, story="x" * 40_000)

    with pytest.raises(ValueError, match="A result"):
        play(Verbose, "alice", "bob").alice.end()
