"""Reads a game class, once: its state, options, actions and chain hooks, with their schemas."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError

from parlour.core.chain.abi import Event, Param, parse_event
from parlour.core.games.check_class import check_class, check_options
from parlour.core.games.game import ActionMark, ChainMark, Game, overrides, seat_range
from parlour.core.games.stakes import EVENTS, holds_stake
from parlour.core.rooms.hooks import title_of
from parlour.core.rooms.state import UNORDERED, Options, State, parsed, parts, refusal, state_of
from parlour.core.rooms.view_schema import looks_at_viewer
from parlour.errors import Invalid

BUILT_IN = frozenset(("start", "pause", "resume", "rematch", "commit", "contribute"))
"""Actions every game has, where its class allows them; an author cannot define one of these names."""


ENGINE_KEYS = frozenset(
    (
        *("status", "players", "away", "gone", "turn", "round", "winner", "result", "deadline", "clocks"),
        *("seat", "version", "error", "stakes", "unstaked"),
    )
)
"""Keys of a view that the referee fills in (player_view.Facts); an author's State has no fields of these names."""


@dataclass(frozen=True, slots=True)
class Action:
    """One `@action`.

    Attributes:
        name: the method's.
        method: the author's function.
        args: model of the arguments.
        hidden: others get the entry redacted.
        anytime: allowed out of turn.
    """

    name: str
    method: Callable[..., None]
    args: type[BaseModel]
    hidden: bool
    anytime: bool

    def parse(self, args: Any) -> dict[str, Any]:
        """Return the arguments as Python values, read strictly: no "4" for a 4.

        Raises:
            Invalid: `details.path` names the field.
        """
        try:
            # Sorted, as a replay will read them: an author's loop over a dict has to go the same way again.
            raw = orjson.dumps(args, option=orjson.OPT_SORT_KEYS)
            parsed = self.args.__pydantic_validator__.validate_json(raw, strict=True)
        except ValidationError as error:
            raise refusal(error, "args") from None
        except TypeError as error:
            raise Invalid(f"args: {error}.", details={"path": "args", "problem": str(error)}) from None
        return dict(vars(parsed))


@dataclass(frozen=True, slots=True)
class ChainHook:
    """One `@on_chain`.

    Attributes:
        name: the method's.
        event: what it is called with.
        numbers: names of the arguments that are a single (u)int.
        method: the author's function.
        finality: how sure the chain must be.
        contract: the option that holds the contract; None for any contract.
    """

    name: str
    event: Event
    numbers: frozenset[str]
    method: Callable[..., None]
    finality: str
    contract: str | None

    def means(self, event: str, args: dict[str, Any]) -> bool:
        """Return whether a `chain.event`'s name or signature, and arguments, are this event's."""
        if "(" in event:
            return _signature(event) == self.event.signature
        return event == self.event.name and set(args) == set(self.event.names)


def _confirm(finalities: set[str]) -> list[str]:
    """Return the levels a watch must announce: those that hooks wait for, and `finalized`."""
    return sorted({"finalized", *finalities} - {"included"})


@cache
def _signature(event: str) -> str:
    return parse_event(event).signature


@dataclass(frozen=True, slots=True)
class Rules:
    """What the referee needs to know of a game class; `Rules.of(game)`.

    Attributes:
        game: the class.
        state: its State.
        options: its Options, with `bots` where it has a bot.
        actions: by name.
        hooks: `@on_chain` methods by name.
        fewest: players it needs.
        most: players it has seats for.
        has_bot: the author wrote a `bot`.
        has_view: the author wrote a `view`.
        per_viewer: that view looks at its viewer; else one view serves everybody.
        hides: some action is hidden.
    """

    game: type[Game[Any]]
    state: type[State]
    options: type[Options]
    actions: dict[str, Action]
    hooks: dict[str, ChainHook]
    fewest: int
    most: int
    has_bot: bool
    has_view: bool
    per_viewer: bool
    hides: bool

    @staticmethod
    def of(game: type[Game[Any]]) -> Rules:
        """Return the rules of a class; raises TypeError, saying what to change, where it cannot be a game."""
        return _read(game)  # type: ignore[arg-type]  # a class is hashable

    def check_options(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options as stored, with defaults, so that a later default changes no running match."""
        return self.read_options(options).model_dump(mode="json")

    def read_options(self, options: dict[str, Any]) -> Options:
        """Return the options as the class that the author declared; raises Invalid."""
        return parsed(self.options, options, "options")

    def wanted_watches(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what a room with these options watches from its creation: the hooks that name a contract.

        Once each, for an event that two watches bring is two entries and runs every hook twice; and with news of every
        finality that a hook waits for.
        """
        levels: dict[tuple[int, str, str], set[str]] = {}
        for hook, contract in self._contracts(self.read_options(options)):
            levels.setdefault((contract.chain, contract.address, hook.event.text), set()).add(hook.finality)
        return [
            {"chain": chain, "address": address, "event": event, "confirm": _confirm(asked)}
            for (chain, address, event), asked in levels.items()
        ]

    def complete_watch(self, asked: Any) -> Any:
        """Return a `room:watch` request that announces every finality a hook waits for."""
        as_usual = isinstance(asked, dict) and asked.get("confirm") is None
        if as_usual and self.hooks and asked.get("finality", "included") == "included":
            return {**asked, "confirm": _confirm({hook.finality for hook in self.hooks.values()})}
        return asked

    def fed_by(self, watch: dict[str, Any], options: Options) -> set[str]:
        """Return the names of the hooks with a `contract` that events of this watch reach.

        Args:
            watch: a record of core/chain/watches.py.
        """
        address, event = watch.get("address"), watch["event"]
        addresses = {a.lower() for a in ([address] if isinstance(address, str) else address or ())}
        events = {_signature(text) for text in ([event] if isinstance(event, str) else event)}
        return {
            hook.name
            for hook, contract in self._contracts(options)
            if contract.chain == watch["chain"]
            and (not addresses or contract.address.lower() in addresses)
            and hook.event.signature in events
        }

    def _contracts(self, options: Options) -> list[tuple[ChainHook, Any]]:
        """Return the hooks that name a contract, each with the `{chain, address}` that these options give it."""
        named = [(hook, getattr(options, hook.contract, None)) for hook in self.hooks.values() if hook.contract]
        return [(hook, contract) for hook, contract in named if contract is not None]

    def describe(self) -> dict[str, Any]:
        """Return the game as `GET /api/kinds` shows it: all that a page needs to lay a table (JSON Schema 2020-12)."""
        game = self.game
        return {
            "kind": game.kind,
            "title": title_of(game.kind),
            "description": inspect.cleandoc(game.__doc__ or ""),
            "version": game.version,
            "seats": {"min": self.fewest, "max": self.most},
            "bots": self.most - 1 if self.has_bot else 0,
            "turns": game.turns,
            "turnSeconds": game.turn_seconds,
            "clock": game.clock and {"seconds": game.clock.seconds, "increment": game.clock.increment},
            "lateJoin": game.late_join,
            "pausable": game.pausable,
            "fair": game.fair,
            "tickRate": game.tick_rate,
            "options": self.options.model_json_schema(),
            "actions": {
                name: {
                    "description": inspect.cleandoc(action.method.__doc__ or ""),
                    "args": action.args.model_json_schema(),
                    "hidden": action.hidden,
                    "anytime": action.anytime,
                }
                for name, action in self.actions.items()
            },
        }


@cache
def _read(game: Any) -> Rules:
    check_class(game)
    fewest, most = seat_range(game)
    marked = [(name, getattr(game, name)) for name in dir(game) if hasattr(getattr(game, name), "__parlour__")]
    actions = {name: _action(game, name, m) for name, m in marked if isinstance(m.__parlour__, ActionMark)}
    state = state_of(game, Game)
    has_bot = overrides(game, "bot")
    if clash := state.model_fields.keys() & ENGINE_KEYS:
        raise TypeError(f"{state.__name__}.{min(clash)}: the view has a {min(clash)} of its own; rename the field.")
    if game.tick_rate and (game.turns or game.clock):
        raise TypeError(f"{game.__name__}: a ticking game has no turns and no clock; count them in its state.")
    options = _options(game, most if has_bot else 0)
    if game.staked_by is not None and game.staked_by not in options.model_fields:
        raise TypeError(f"{game.__name__}.staked_by: there is no option {game.staked_by!r}.")
    if clash := actions.keys() & BUILT_IN:
        raise TypeError(f"{game.__name__}.{min(clash)}: every game has an action of that name; rename yours.")
    rules = Rules(
        game=game,
        state=state,
        options=options,
        actions=actions,
        hooks={
            **{name: _hook(name, m.__parlour__, m) for name, m in marked if isinstance(m.__parlour__, ChainMark)},
            **_stake_hooks(game, options),
        },
        fewest=fewest,
        most=most,
        has_bot=has_bot,
        has_view=overrides(game, "view"),
        per_viewer=overrides(game, "view") and looks_at_viewer(game.view),
        hides=any(a.hidden for a in actions.values()),
    )
    try:
        rules.describe()
    except PydanticUserError as error:
        raise TypeError(f"{game.__name__}: {error}") from error
    return rules


def _options(game: type[Game[Any]], most_bots: int) -> type[Options]:
    own: type[Options] = get_type_hints(game).get("options", Options)
    check_options(game, own)
    if not most_bots:
        return own
    bots = (int, Field(default=0, ge=0, lt=most_bots, description="Seats played by the game's own bot."))
    return create_model(own.__name__, __base__=own, bots=bots)


def _action(game: type[Game[Any]], name: str, method: Callable[..., None]) -> Action:
    mark: ActionMark = method.__parlour__  # type: ignore[attr-defined]  # set by @action
    hints = get_type_hints(method, include_extras=True)
    fields: dict[str, Any] = {}
    parameters = list(inspect.signature(method).parameters.values())
    if len(parameters) < 2:
        raise TypeError(f"{game.__name__}.{name}: its first argument is the player who acts.")
    for parameter in parameters[2:]:
        where = f"{game.__name__}.{name}: {parameter.name}"
        if parameter.name not in hints or parameter.kind not in _NAMED or parameter.name.startswith("_"):
            raise TypeError(f"{where} needs an annotation and a plain name: they are the payload's schema.")
        if any(part in UNORDERED for part in parts(hints[parameter.name])):
            raise TypeError(f"{where}: no sets, for their order differs from run to run; use a list.")
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], default)
    config = ConfigDict(extra="forbid", strict=True, protected_namespaces=())
    try:
        args = create_model(name, __config__=config, **fields)
        args.model_json_schema()
    except (PydanticUserError, NameError) as error:
        raise TypeError(f"{game.__name__}.{name}: {error}") from error
    return Action(name, method, args, mark.hidden, mark.anytime)


def _stake_hooks(game: type[Game[Any]], options: type[Options]) -> dict[str, ChainHook]:
    """Return the hooks that count a table's stakes; their names are none that a method has."""
    if not holds_stake(options, game.staked_by):
        return {}
    hooks = {}
    for event, method in EVENTS:
        name = f"stake.{method.__name__}"
        hooks[name] = _hook(name, ChainMark(event, game.stake_finality, game.staked_by), method)
    return hooks


def _hook(name: str, mark: ChainMark, method: Callable[..., None]) -> ChainHook:
    event = parse_event(mark.event)
    whole = frozenset(n for n, p in zip(event.names, event.inputs, strict=True) if _is_whole(p))
    return ChainHook(name, event, whole, method, mark.finality, mark.contract)


def _is_whole(param: Param) -> bool:
    """Return whether the value is one number, which reaches the author as int."""
    return param.kind.startswith(("uint", "int")) and not param.kind.endswith("]")


_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
