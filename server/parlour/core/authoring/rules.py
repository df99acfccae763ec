"""Reads a game class, once: its state, options, actions and chain hooks, with their schemas."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

from pydantic import Field, create_model
from pydantic.errors import PydanticUserError

from parlour.core.authoring.check_class import check_class, check_options
from parlour.core.authoring.game import Game, overrides, seat_range
from parlour.core.authoring.marks import ActionMark, ChainMark, matched
from parlour.core.authoring.methods import Action, ChainHook, action_of, hook_of, signature_of
from parlour.core.authoring.stakes import EVENTS, holds_stake
from parlour.core.rooms.hooks import title_of
from parlour.core.rooms.state import Options, State, parsed, state_of
from parlour.core.rooms.view_schema import looks_at_viewer

BUILT_IN = frozenset(("start", "pause", "resume", "rematch", "commit", "contribute", "add_bot", "remove_bot"))
"""Actions every game has, where its class allows them; an author cannot define one of these names."""
DELAY = "delay"
"""The option every game room has beside the author's own (core/games/delay.py)."""


ENGINE_KEYS = frozenset(
    (
        *("status", "players", "away", "gone", "turn", "round", "winner", "result", "deadline", "clocks"),
        *("seat", "version", "error", "stakes", "unstaked", "settlement", "applied"),
    )
)
"""Keys of a view that the referee fills in (player_view.Facts); an author's State has no fields of these names."""


def _confirm(finalities: set[str]) -> list[str]:
    """Return the levels a watch must announce: those that hooks wait for, and `finalized`."""
    return sorted({"finalized", *finalities} - {"included"})


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
        agreed: options that all at a table of matchmaking ask for alike: those marked `matched`, and the stake.
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
    agreed: tuple[str, ...] = ()

    @staticmethod
    def of(game: type[Game[Any]]) -> Rules:
        """Return the rules of a class; raises TypeError, saying what to change, where it cannot be a game."""
        return _read(game)  # type: ignore[arg-type]  # a class is hashable

    def check_options(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options as stored, with defaults, so that a later default changes no running match."""
        return self.read_options(options).model_dump(mode="json")

    def read_options(self, options: dict[str, Any]) -> Options:
        """Return the options as the class that the author declared; raises Invalid."""
        if DELAY in options and DELAY not in self.options.model_fields:
            options = {name: value for name, value in options.items() if name != DELAY}
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
        address, event = watch.get("address"), watch.get("event", [])
        addresses = {a.lower() for a in ([address] if isinstance(address, str) else address or ())}
        events = {signature_of(text) for text in ([event] if isinstance(event, str) else event)}
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
            "stake": game.staked_by if holds_stake(self.options, game.staked_by) else None,
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
    actions = {name: action_of(game, name, m) for name, m in marked if isinstance(m.__parlour__, ActionMark)}
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
            **{name: hook_of(name, m.__parlour__, m) for name, m in marked if isinstance(m.__parlour__, ChainMark)},
            **_stake_hooks(game, options),
        },
        fewest=fewest,
        most=most,
        has_bot=has_bot,
        has_view=overrides(game, "view"),
        per_viewer=overrides(game, "view") and looks_at_viewer(game.view),
        hides=any(a.hidden for a in actions.values()),
        agreed=tuple(
            name for name, field in options.model_fields.items() if matched in field.metadata or name == game.staked_by
        ),
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


def _stake_hooks(game: type[Game[Any]], options: type[Options]) -> dict[str, ChainHook]:
    """Return the hooks that count a table's stakes; their names are none that a method has."""
    if not holds_stake(options, game.staked_by):
        return {}
    hooks = {}
    for event, method in EVENTS:
        name = f"stake.{method.__name__}"
        hooks[name] = hook_of(name, ChainMark(event, game.stake_finality, game.staked_by), method)
    return hooks
