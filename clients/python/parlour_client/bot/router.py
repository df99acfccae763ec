"""What an author registers: handlers of entries, commands, turns, people, signals, timers and errors."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import time
from fnmatch import fnmatchcase
from typing import Literal, TypeVar

from parlour_client.bot.commands import AsyncHandler, Command, H, Per, RoleName, Terms, checked_name
from parlour_client.bot.context import Context
from parlour_client.bot.filters import Filter

What = Literal["entry", "turn", "joined", "left", "signal"]
CallNext = Callable[[], Awaitable[None]]
Middleware = Callable[[Context, CallNext], Awaitable[object]]
ErrorHandler = Callable[..., Awaitable[bool | None]]
M = TypeVar("M", bound=Middleware)
E = TypeVar("E", bound=ErrorHandler)


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and what it is called with.

    Attributes:
        type: a pattern for the type of the entry or signal.
        rooms: a pattern for the room's id.
        wants_entry: whether the handler takes the entry beside its context.
    """

    what: What
    type: str
    rooms: str
    filters: tuple[Filter, ...]
    handler: AsyncHandler
    wants_entry: bool


@dataclass(frozen=True, slots=True)
class Timer:
    """A handler that is called again and again.

    Attributes:
        seconds: between two starts; None where it runs each day `at` a time (UTC).
        jitter: the share of the pause that chance adds, so that a crowd of bots is spread.
    """

    handler: AsyncHandler
    seconds: float | None
    at: time | None
    per_room: bool
    jitter: float


class Router:
    """Handlers that belong together; a bot includes routers, and routers include others.

    Args:
        name: for logs.
        room: a pattern for the ids of the rooms it is for, or a filter that what happens there must pass.
    """

    def __init__(self, name: str | None = None, *, room: str | Filter = "*") -> None:
        self.name = name or type(self).__name__
        self.rooms = room if isinstance(room, str) else "*"
        self.filter = room if isinstance(room, Filter) else None
        self.words: tuple[str, ...] = ()
        self.routes: list[Route] = []
        self.commands: list[tuple[Command, list[tuple[str, ...]]]] = []
        self.timers: list[Timer] = []
        self.layers: list[Middleware] = []
        self.error_handlers: list[tuple[tuple[type[Exception], ...], ErrorHandler]] = []
        self.routers: list[Router] = []

    # ── what happens in a room ───────────────────────────────────────────────────────────────────────────────────

    def on(self, type: str, *filters: Filter, room: str = "*") -> Callable[[H], H]:
        """Call the decorated function with entries of a type, in rooms whose id matches a pattern.

        Args:
            type: `chat.message`, `chain.event`, or a pattern such as `game.*`.
            filters: all of them must pass.
        """
        return self._register("entry", type, filters, room)

    def message(self, *filters: Filter) -> Callable[[H], H]:
        """Call the decorated function with chat messages that call no command."""
        return self.on("chat.message", *filters)

    def chain(self, event: str, *filters: Filter) -> Callable[[H], H]:
        """Call the decorated function with events of a chain by their name, such as `Transfer`, or by a pattern."""

        def is_it(ctx: Context) -> bool:
            body = ctx.entry.body if ctx.entry else None
            return isinstance(body, dict) and fnmatchcase(str(body.get("event", "")), event)

        return self.on("chain.event", Filter(is_it), *filters)

    def turn(self, *filters: Filter | str, room: str = "*") -> Callable[[H], H]:
        """Call the decorated function whenever it is this bot's turn in a game; `ctx.state` is the view.

        Args:
            filters: all of them must pass; a string among them is a pattern for the room, as `room` is.
        """
        rooms = [one for one in filters if isinstance(one, str)]
        passing = tuple(one for one in filters if isinstance(one, Filter))
        return self._register("turn", "*", passing, rooms[0] if rooms else room)

    def joined(self, *filters: Filter) -> Callable[[H], H]:
        """Call the decorated function when somebody comes into a room; `ctx.author` is who. Crowds are not named."""
        return self._register("joined", "*", filters, "*")

    def left(self, *filters: Filter) -> Callable[[H], H]:
        """Call the decorated function when somebody has gone from a room; `ctx.author` is who."""
        return self._register("left", "*", filters, "*")

    def signal(self, type: str, *filters: Filter) -> Callable[[H], H]:
        """Call the decorated function with passing news of a type; `ctx.signal` is `{from, type, body}`."""
        return self._register("signal", type, filters, "*")

    # ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────

    def command(
        self,
        name: str,
        *aliases: str,
        help: str = "",
        role: RoleName | None = None,
        cooldown: float = 0.0,
        per: Per = "account",
        also: bool = False,
    ) -> Callable[[H], H]:
        """Call the decorated function on `!name one two`: the words are its arguments, as its annotations want them.

        A command that is edited runs again, and its reply is edited.

        Args:
            help: what `!help` says; by default the docstring.
            role: the least role in the room that may call it.
            cooldown: seconds between two calls, counted `per` account, room or bot.
            also: whether the handlers of messages get its message too.

        Raises:
            TypeError: on decorating, where words cannot become what an annotation says.
            ValueError: nobody can type the name.
        """
        terms = Terms(help, role, cooldown, per, also)
        words = (*self.words, checked_name(name))
        others = [(*self.words, checked_name(alias)) for alias in aliases]

        def register(handler: H) -> H:
            self.commands.append((Command(words, _checked(handler), terms), others))
            return handler

        return register

    def group(self, name: str) -> Router:
        """Return a router whose commands have this word in front: `!poll new`, `!poll close`."""
        group = Router(name)
        group.words = (*self.words, checked_name(name))
        self.include(group)
        return group

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────

    def every(
        self, seconds: float | None = None, *, at: time | None = None, per_room: bool = False, jitter: float = 0.1
    ) -> Callable[[H], H]:
        """Call the decorated function again and again, counted from the start of one call to the next.

        Args:
            seconds: between two calls.
            at: in place of seconds, the time of each day, in UTC.
            per_room: for each room the bot is in; else once for the bot.
            jitter: the share of a pause that chance adds.

        Raises:
            ValueError: not one of `seconds` and `at`, or a pause that is none.
        """
        if (seconds is None) == (at is None):
            raise ValueError("A timer has either seconds or a time of the day.")
        if seconds is not None and seconds <= 0:
            raise ValueError(f"A timer's pause is more than 0 seconds, not {seconds:g}.")

        def register(handler: H) -> H:
            self.timers.append(Timer(_checked(handler), seconds, at, per_room, jitter))
            return handler

        return register

    def error(self, *kinds: type[Exception]) -> Callable[[E], E]:
        """Call the decorated `async (ctx, error)` with what this router's handlers raise; False hands it on outwards.

        Args:
            kinds: of errors; all where none is named.
        """

        def register(handler: E) -> E:
            self.error_handlers.append((kinds or (Exception,), _checked(handler)))
            return handler

        return register

    def middleware(self) -> Callable[[M], M]:
        """Put the decorated `async (ctx, call_next)` around this router's handlers; without call_next none runs."""

        def register(layer: M) -> M:
            self.layers.append(_checked(layer))
            return layer

        return register

    def include(self, router: Router) -> None:
        """Take over what another router registered, and will register. Raises ValueError where it is here already."""
        if any(chain[-1] is self for chain in router.walk()) or any(chain[-1] is router for chain in self.walk()):
            raise ValueError(f"Router {router.name} is included already.")
        self.routers.append(router)

    def walk(self, outer: tuple[Router, ...] = ()) -> Iterator[tuple[Router, ...]]:
        """Yield this router and all that are included, each with those around it, the outermost first."""
        chain = (*outer, self)
        yield chain
        for router in self.routers:
            yield from router.walk(chain)

    def _register(self, what: What, type: str, filters: tuple[Filter, ...], room: str) -> Callable[[H], H]:
        def register(handler: H) -> H:
            takes = len(inspect.signature(handler).parameters)
            self.routes.append(Route(what, type, room, filters, _checked(handler), what == "entry" and takes > 1))
            return handler

        return register


A = TypeVar("A", bound=Callable[..., object])


def _checked(handler: A) -> A:
    """Return a handler; raises TypeError where it is no `async def`."""
    if not (inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(type(handler).__call__)):
        raise TypeError(f"{getattr(handler, '__name__', handler)} is no handler: write it as `async def`.")
    return handler
