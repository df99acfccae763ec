"""What an author's class is read as, and what it is told when it cannot be a game."""

from __future__ import annotations

import subprocess
import sys
from types import new_class
from typing import Annotated, Any

import jsonschema
import pytest
import structlog

from parlour import Address, Amount, Between, Game, Length, Options, Player, State, action, on_chain
from parlour.core.games.builtin_actions import HANDLERS
from parlour.core.games.player_view import Facts
from parlour.core.games.room import GameRoom
from parlour.core.games.rules import BUILT_IN, ENGINE_KEYS, Rules
from parlour.core.rooms.state import clone
from parlour.errors import Invalid
from parlour.games.tic_tac_toe import TicTacToe
from parlour.runtime.games.discovery import game_rooms, load
from parlour.runtime.plugins import PluginNotFound
from tests.core.games.small_games import Bank, Diary, Notes, Race
from tests.core.rooms.test_hall import Kept


class Ship(State):
    cell: int = 0


# ── state ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "annotation", [set[int], frozenset[str], list[set[int]], dict[str, list[frozenset[int]]], bytes]
)
def test_a_state_holds_no_sets_and_no_bytes(annotation: Any):
    with pytest.raises(TypeError, match="no sets and no bytes"):
        type("Bad", (State,), {"__annotations__": {"seen": annotation}, "__module__": __name__})


def test_a_set_that_slips_in_is_found_when_the_state_is_copied():
    with pytest.raises(TypeError, match="State holds no set"):
        clone([{"a": {1, 2}}])


def test_a_copy_shares_nothing_that_can_change():
    class Fleet(State):
        ships: list[Ship] = [Ship(cell=1)]
        by_seat: dict[int, list[int]] = {0: [1]}
        pair: tuple[int, list[int]] = (1, [2])

    fleet = Fleet()
    twin = clone(fleet)
    twin.ships[0].cell = 9
    twin.by_seat[0].append(9)
    twin.pair[1].append(9)
    assert fleet == Fleet()
    assert twin != fleet


def test_defaults_are_shared_by_nobody():
    one, other = Notes(), Notes()
    one.lines.append("x")
    assert other.lines == []


# ── classes ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_kind_is_the_class_name_in_kebab_case():
    assert (TicTacToe.kind, Diary.kind) == ("tic-tac-toe", "diary")

    class FPSArena2(Game[Notes]): ...

    assert FPSArena2.kind == "fps-arena2"


def test_a_game_names_its_state():
    class Stateless(Game): ...  # type: ignore[type-arg]  # that is the mistake

    with pytest.raises(TypeError, match=r"write Game\[YourState\]"):
        GameRoom.of(Stateless)


def test_a_subclass_of_a_game_plays_with_the_same_state():
    class Longer(Diary):
        turn_seconds = 60

    assert Rules.of(Longer).state is Notes
    assert set(Rules.of(Longer).actions) == set(Rules.of(Diary).actions)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_the_names_of_built_in_actions_are_taken(name: str):
    def method(self: Any, player: Player) -> None: ...

    game = new_class("Taken", (Game[Notes],), exec_body=lambda body: body.update({name: action(method)}))
    with pytest.raises(TypeError, match=f"Taken.{name}: every game has an action of that name"):
        Rules.of(game)


def test_every_built_in_name_does_something():
    assert set(HANDLERS) == BUILT_IN


def test_a_ticking_game_has_no_turns():
    class Both(Game[Notes]):
        turns = True
        tick_rate = 20

    with pytest.raises(TypeError, match="no turns and no clock"):
        Rules.of(Both)


def test_fields_of_the_view_are_taken():
    class Bad(State):
        turn: int = 0

    class Game1(Game[Bad]): ...

    with pytest.raises(TypeError, match=r"Bad.turn: the view has a turn of its own"):
        Rules.of(Game1)


def test_an_argument_without_an_annotation_is_a_mistake():
    class Loose(Game[Notes]):
        @action
        def go(self, player: Player, where) -> None: ...  # type: ignore[no-untyped-def]  # that is the mistake

    with pytest.raises(TypeError, match="where needs an annotation"):
        Rules.of(Loose)


def test_an_event_that_is_none_is_a_mistake():
    class Odd(Game[Notes]):
        @on_chain("Staked(addres player)", finality="safe")
        def staked(self, log: Any) -> None: ...

    with pytest.raises((TypeError, Invalid)):
        Rules.of(Odd)


# ── schemas ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Ranged(Options):
    size: Annotated[int, Between(3, 9)] = 3
    name: Annotated[str, Length(1, 5)] = "a"
    stake: Amount = 0
    to: Address | None = None


class Typed(Game[Notes]):
    options: Ranged

    @action
    def go(
        self, player: Player, cell: Annotated[int, Between(0, 8)], ships: list[Ship], loud: bool = False
    ) -> None: ...


def test_options_and_actions_are_served_as_json_schemas():
    described = GameRoom.of(Typed).described()
    for schema in (described["options"], described["actions"]["go"]["args"]):
        jsonschema.Draft202012Validator.check_schema(schema)
    args = jsonschema.Draft202012Validator(described["actions"]["go"]["args"])
    assert args.is_valid({"cell": 3, "ships": [{"cell": 1}]})
    for wrong in ({"cell": 9, "ships": []}, {"cell": 1}, {"cell": 1, "ships": [], "x": 1}, {"cell": "1", "ships": []}):
        assert not args.is_valid(wrong)
        with pytest.raises(Invalid):
            Rules.of(Typed).actions["go"].parse(wrong)
    assert described["seats"] == {"min": 2, "max": 2}
    assert GameRoom.of(Race).described()["tickRate"] == 10


def test_options_are_stored_with_their_defaults():
    checked = GameRoom.of(Typed).check_options({"size": 4, "stake": "7"})
    assert checked == {"size": 4, "name": "a", "stake": "7", "to": None}


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"size": 2}, "options.size"),
        ({"size": "4"}, "options.size"),
        ({"size": True}, "options.size"),
        ({"name": ""}, "options.name"),
        ({"stake": "much"}, "options.stake"),
        ({"to": "0x12"}, "options.to"),
        ({"colour": "red"}, "options.colour"),
        ({"bots": 1}, "options.bots"),
    ],
)
def test_wrong_options_are_refused_and_named(options: dict[str, Any], path: str):
    with pytest.raises(Invalid) as refused:
        GameRoom.of(Typed).check_options(options)
    assert refused.value.details is not None
    assert refused.value.details["path"] == path


def test_bots_are_an_option_of_games_that_have_one():
    assert GameRoom.of(Race).check_options({"bots": 3}) == {"bots": 3}
    for bots in (4, -1, "1"):
        with pytest.raises(Invalid):
            GameRoom.of(Race).check_options({"bots": bots})


def test_a_number_beyond_json_is_invalid():
    with pytest.raises(Invalid):
        Rules.of(Typed).actions["go"].parse({"cell": 10**30, "ships": []})


class Bets(Game[Notes]):
    @action
    def bet(self, player: Player, wei: Amount) -> None: ...


def test_an_amount_is_a_decimal_string():
    bet = Rules.of(Bets).actions["bet"]
    assert bet.parse({"wei": str(2**256 - 1)}) == {"wei": 2**256 - 1}
    assert bet.parse({"wei": 5}) == {"wei": 5}
    for wei in (1.5, True, None, "", " 5 ", "1_000", "1e3", "0x10", "٣", "9" * 81):
        with pytest.raises(Invalid) as refused:
            bet.parse({"wei": wei})
        assert refused.value.details is not None
        assert refused.value.details["path"] == "args.wei"


def test_hooks_name_their_event_and_its_numbers():
    hook = Rules.of(Bank).hooks["paid"]
    assert hook.event.signature == "Paid(address,uint256)"
    assert hook.numbers == {"amount"}


# ── finding games ────────────────────────────────────────────────────────────────────────────────────────────────


def test_installed_games_are_found_by_their_entry_points():
    assert {"tic-tac-toe", "battleship", "word-party", "arena", "chess"} <= set(game_rooms())


def test_a_named_game_joins_them():
    assert game_rooms(["tests.core.games.small_games:Diary"])["diary"].served.game is Diary


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("tests.core.games.small_games", "write module:Class"),
        ("no_such_module:Game", "No module named"),
        ("tests.core.games.small_games:Nothing", "has no attribute"),
        ("tests.core.games.broken_game:Broken", "ZeroDivisionError"),
        ("tests.core.games.small_games:Notes", "is not a parlour.Game"),
    ],
)
def test_a_game_that_cannot_be_found_is_explained(reference: str, problem: str):
    with pytest.raises(PluginNotFound, match=problem):
        load(reference)


def test_a_game_that_cannot_work_is_explained():
    with pytest.raises(PluginNotFound, match="write Game"):
        game_rooms(["tests.core.games.test_rules:Nameless"])


class Nameless(Game): ...  # type: ignore[type-arg]  # that is the mistake


def test_two_named_games_of_one_kind_are_a_mistake():
    with pytest.raises(PluginNotFound, match="are both of kind diary"):
        game_rooms(["tests.core.games.small_games:Diary", "tests.core.games.clashing_games:OtherDiary"])
    assert (
        game_rooms(["tests.core.games.small_games:Diary", "tests.core.games.small_games:Diary"])["diary"].served.game
        is Diary
    )


def test_the_kinds_of_the_house_are_taken():
    with pytest.raises(PluginNotFound, match="another `kind`"):
        game_rooms(["tests.core.games.clashing_games:Chatting"])


def test_what_a_hook_raises_is_logged_once_with_its_place():
    room = Kept(game_rooms(["tests.core.games.clashing_games:Blind"])["blind"]).room
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            assert room.view(None)["error"] == "view"
    assert [(line["event"], line["kind"], line["where"]) for line in logs] == [("game.raised", "blind", "view")]
    assert str(logs[0]["exc_info"]) == "what I did wrong"


def test_author_has_no_field_named_like_a_key_of_every_view():
    assert frozenset(Facts.__annotations__) | {"seat", "version", "error"} == ENGINE_KEYS


def test_importing_parlour_loads_nothing_heavy():
    code = (
        "import sys, parlour; print([m for m in ('pydantic', 'eth_abi', 'sqlalchemy', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_parlour_names_what_it_offers():
    import parlour

    assert set(parlour.__all__) <= set(dir(parlour))
    assert all(getattr(parlour, name) is not None for name in parlour.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nope'"):
        parlour.Nope  # noqa: B018  # looking it up is the test
