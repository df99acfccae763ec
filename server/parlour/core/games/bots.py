"""Makes the moves of seats that the game's own `bot(view)` plays.

A bot is asked when time has passed, so its moves are entries like any other (author "", with their `seat`), and a
replay reads them instead of asking again. It knows its own view and draws its own chance, apart from the game's.
"""

from __future__ import annotations

from typing import Any

from parlour.core.authoring.author_errors import PASSING, Stuck
from parlour.core.authoring.chance import derived
from parlour.core.authoring.game import Move
from parlour.core.authoring.world import PLAYING, World, clone_json
from parlour.core.canonical_json import canonical
from parlour.core.games.plan import Plan
from parlour.core.games.player_view import view_of
from parlour.core.games.referee import Referee
from parlour.core.games.ticking import Live
from parlour.core.room import Draft

MAX_ARGS_BYTES = 16 * 1024
"""Of a bot's arguments as JSON: what an account may post."""


def due_at(referee: Referee, world: World, asked_at: int) -> int | None:
    """Return when (ms) bots are to be asked again after `asked_at`, or None where none may act."""
    if world.status != PLAYING or world.paused_at is not None or not _able(referee, world):
        return None
    return max(asked_at, world.turn_at) + round(referee.game.bot_seconds * 1000)


def ask(plan: Plan) -> None:
    """Ask the bots that may act for a move, each at most once.

    A bot that fails or breaks the rules in its own turn has run out of time. One that does not come back ends the game,
    for asking it again would cost every other room a second each time.
    """
    for seat in _able(plan.referee, plan.world):
        if plan.world.status != PLAYING:
            return
        world = plan.world
        try:
            move = _answer(plan.referee, world, seat, plan.next_seq, plan.command.at)
            if move is None:
                continue
            name, args = move
            action = plan.referee.rules.actions[name]
            action.parse(args)
            plan.referee.check_action(world, seat, action)
            plan.add(Draft("game.action", {"action": name, "args": args, "seat": seat}))
        except Stuck as error:
            plan.referee.report("bot", error)
            plan.abort("overrun")
            return
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            plan.referee.report("bot", error)
            if plan.referee.game.turns and world.turn == seat:
                plan.add(Draft("game.timeout", {"seat": seat}))
        plan.end_if_finished()


def feed(live: Live, referee: Referee, base: World, at: int) -> None:
    """Ask the bots of a ticking game for inputs; raises Stuck."""
    for seat in _able(referee, live.world or base):
        world = live.world or base
        try:
            move = _answer(referee, world, seat, world.tick, at)
            if move is not None:
                live.input(referee, base, {"seat": seat, "action": move[0], "args": move[1]})
        except PASSING:
            raise
        except BaseException as error:
            referee.report("bot", error)
            continue


def _able(referee: Referee, world: World) -> list[int]:
    """Return the seats of bots that may act: the one on turn, or all of them while nobody is."""
    bots = [seat for seat in world.seats.playing if world.seats.players[seat].bot]
    return bots if world.turn is None else [seat for seat in bots if seat == world.turn]


def _answer(referee: Referee, world: World, seat: int, seq: int, at: int) -> Move | None:
    # A copy, for views share what a bot could change.
    view: dict[str, Any] = clone_json(view_of(referee, world, world.seats.players[seat].account)) | {"seat": seat}
    draws = (derived(bytes.fromhex(world.draw_seed), f"bot:{seat}"), seq, 0)
    move = referee.game(world.copy(), referee.options, draws, at).bot(view)
    if move is not None and len(canonical(move[1])) > MAX_ARGS_BYTES:  # what could not be stored is no move
        raise ValueError(f"A bot's arguments are {MAX_ARGS_BYTES} bytes of JSON at most.")
    return move
