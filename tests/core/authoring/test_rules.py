"""A game class, read once: its actions, options, hooks and schemas."""

from __future__ import annotations

from types import new_class
from typing import Annotated, Any

import jsonschema
import pytest
from pydantic import field_validator

from parlour import Address, Amount, Between, Game, Length, Options, Player, State, action, on_chain
from parlour.core.authoring.author_errors import Stuck
from parlour.core.authoring.rules import BUILT_IN, ENGINE_KEYS, Rules
from parlour.core.games.builtin_actions import HANDLERS
from parlour.core.games.player_view import Facts
from parlour.core.games.room import GameRoom
from parlour.errors import Internal, Invalid, ParlourError
from parlour.games.chess import Chess
from parlour.games.tic_tac_toe import TicTacToe
from parlour.games.word_party import WordParty
from tests.core.games.small_games import Bank, Count, Diary, Notes, Race


class Ship(State):
    cell: int = 0


def reading(**members: Any) -> type[GameRoom]:
    """Read a game class with these members, as the server does at its start."""
    return GameRoom.of(new_class("Wrong", (Game[Count],), {}, lambda body: body.update(__module__=__name__, **members)))


def test_kind_is_the_class_name_in_kebab_case():
    assert (TicTacToe.kind, Diary.kind) == ("tic-tac-toe", "diary")

    class FPSArena2(Game[Notes]): ...

    assert FPSArena2.kind == "fps-arena2"


def test_game_names_its_state():
    class Stateless(Game): ...  # type: ignore[type-arg]  # that is the mistake

    with pytest.raises(TypeError, match=r"write Game\[YourState\]"):
        GameRoom.of(Stateless)


def test_subclass_of_a_game_plays_with_the_same_state():
    class Longer(Diary):
        turn_seconds = 60

    assert Rules.of(Longer).state is Notes
    assert set(Rules.of(Longer).actions) == set(Rules.of(Diary).actions)


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_action_named_like_a_built_in_one_is_refused(name: str):
    def method(self: Any, player: Player) -> None: ...

    game = new_class("Taken", (Game[Notes],), exec_body=lambda body: body.update({name: action(method)}))
    with pytest.raises(TypeError, match=f"Taken.{name}: every game has an action of that name"):
        Rules.of(game)


def test_built_in_names_all_have_a_handler():
    assert set(HANDLERS) == BUILT_IN


def test_ticking_game_has_no_turns():
    class Both(Game[Notes]):
        turns = True
        tick_rate = 20

    with pytest.raises(TypeError, match="no turns and no clock"):
        Rules.of(Both)


def test_state_field_named_like_a_view_key_is_refused():
    class Bad(State):
        turn: int = 0

    class Game1(Game[Bad]): ...

    with pytest.raises(TypeError, match=r"Bad.turn: the view has a turn of its own"):
        Rules.of(Game1)


def test_argument_without_an_annotation_is_refused():
    class Loose(Game[Notes]):
        @action
        def go(self, player: Player, where) -> None: ...  # type: ignore[no-untyped-def]  # that is the mistake

    with pytest.raises(TypeError, match="where needs an annotation"):
        Rules.of(Loose)


def test_on_chain_text_that_is_no_event_is_refused():
    class Odd(Game[Notes]):
        @on_chain("Staked(addres player)", finality="safe")
        def staked(self, log: Any) -> None: ...

    with pytest.raises((TypeError, Invalid)):
        Rules.of(Odd)


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


def test_game_is_described_as_a_page_needs_it():
    chess, party = GameRoom.of(Chess).described(), GameRoom.of(WordParty).described()
    assert (chess["title"], party["title"]) == ("Chess", "Word party")
    assert (chess["clock"], chess["turns"], chess["bots"]) == ({"seconds": 300, "increment": 3}, True, 1)
    assert (party["seats"], party["lateJoin"], party["bots"]) == ({"min": 2, "max": 8}, False, 0)
    assert (chess["stake"], party["stake"]) == ("stake", None)
    assert chess["actions"]["move"]["description"].startswith("Move a piece: `e2e4`")


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


def test_game_with_a_bot_has_the_option_bots():
    assert GameRoom.of(Race).check_options({"bots": 3}) == {"bots": 3}
    for bots in (4, -1, "1"):
        with pytest.raises(Invalid):
            GameRoom.of(Race).check_options({"bots": bots})


def test_number_beyond_json_is_invalid():
    with pytest.raises(Invalid):
        Rules.of(Typed).actions["go"].parse({"cell": 10**30, "ships": []})


class Bets(Game[Notes]):
    @action
    def bet(self, player: Player, wei: Amount) -> None: ...


def test_amount_is_a_decimal_string():
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


def test_author_has_no_field_named_like_a_key_of_every_view():
    assert frozenset(Facts.__annotations__) | {"seat", "version", "error"} == ENGINE_KEYS


class Picky(Options):
    size: int = 3

    @field_validator("size")
    @classmethod
    def odd(cls, size: int) -> int:
        if size % 2 == 0:
            raise ValueError("an even board has no middle")
        return {1: 1, 3: 3}[size]


def test_option_refused_by_the_authors_validator_is_named():
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
