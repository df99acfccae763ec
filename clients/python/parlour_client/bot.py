"""Bots: handlers by type of entry, commands and turns. A task for each room handles its entries in order."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import shlex
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from eth_account.signers.local import LocalAccount

from parlour_client.client import Parlour
from parlour_client.connecting import connect
from parlour_client.entries import Entry, Posted
from parlour_client.errors import LogReset, ParlourError
from parlour_client.listeners import Guard, log_error
from parlour_client.ports import ErrorHook
from parlour_client.rooms.room import Room

log = logging.getLogger("parlour.bot")

LOOK_AROUND_S = 2.0
"""Between two looks at the server's list for rooms that match a pattern such as `table-*`."""
DRAIN_S = 5.0
"""For running handlers to finish after SIGTERM."""

TURN = "turn"
AsyncHandler = Callable[..., Awaitable[object]]
H = TypeVar("H", bound=AsyncHandler)


@dataclass(slots=True)
class Context:
    """What a handler gets.

    Attributes:
        bot, parlour, room: where it happened.
        entry: what happened; None for a turn.
    """

    bot: Bot
    parlour: Parlour
    room: Room
    entry: Entry | None = None

    @property
    def author(self) -> str:
        """The account that wrote the entry, "" for a turn."""
        return self.entry.author if self.entry else ""

    @property
    def text(self) -> str:
        """The text of the message, "" for everything else."""
        return self.entry.text if self.entry else ""

    @property
    def state(self) -> Any:
        """The view of a game."""
        return self.room.state

    async def reply(self, text: str) -> Posted:
        """Answer the message at hand, or post a message where there is none. Raises ParlourError."""
        return await self.room.say(text, reply_to=self.entry.seq if self.entry else None)

    async def react(self, emoji: str) -> Posted:
        """Put a reaction on the message at hand. Raises ValueError for a turn, ParlourError where it is refused."""
        if self.entry is None:
            raise ValueError("There is no entry to react to.")
        return await self.room.react(self.entry.seq, emoji)


@dataclass(slots=True, frozen=True)
class _Route:
    type: str
    rooms: str
    handler: AsyncHandler
    wants_entry: bool


class Bot:
    """A wallet with handlers. `run` signs in, joins, comes back after lost connections, and ends on SIGTERM.

    What a handler raises goes to the error hook and never ends the bot. What the bot itself wrote is not handled.

    Args:
        url: the server's address.
        key: as for `connect`, `env:NAME` above all.
        prefix: what commands start with.
        session_key: as for `connect`.
        on_error: gets what handlers and listeners raise; by default it is logged.
    """

    def __init__(
        self,
        url: str,
        key: str | bytes | LocalAccount,
        *,
        prefix: str = "!",
        session_key: bool | str = False,
        on_error: ErrorHook | None = None,
    ) -> None:
        self.url = url
        self._key = key
        self._prefix = prefix
        self._session_key = session_key
        self._on_error = on_error
        self._routes: list[_Route] = []
        self._commands: dict[str, AsyncHandler] = {}
        self._stop = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running: set[asyncio.Future[object]] = set()

    def on(self, type: str, *, room: str = "*") -> Callable[[H], H]:
        """Call the decorated function with entries of a type, in rooms whose id matches a pattern.

        Args:
            type: `chat.message`, `chain.event`, or a pattern such as `game.*`.
        """

        def register(handler: H) -> H:
            self._routes.append(_Route(type, room, handler, len(inspect.signature(handler).parameters) > 1))
            return handler

        return register

    def turn(self, room: str = "*") -> Callable[[H], H]:
        """Call the decorated function whenever it is this bot's turn in a game; `ctx.state` is the view."""
        return self.on(TURN, room=room)

    def command(self, name: str) -> Callable[[H], H]:
        """Call the decorated function on `!name one two`: the words are its arguments, as its annotations want them."""

        def register(handler: H) -> H:
            self._commands[name] = handler
            return handler

        return register

    def run(self, rooms: Sequence[str]) -> None:
        """Serve rooms until SIGTERM or Ctrl-C: ids, or patterns such as `table-*` that rooms yet to come match too.

        Raises:
            ParlourError: the server refuses this wallet, or a room named here.
        """
        asyncio.run(self.serve(rooms, signals=True))

    async def serve(self, rooms: Sequence[str], *, signals: bool = False) -> None:
        """Serve rooms inside a running event loop until `stop`. Args and errors as for `run`."""
        if signals:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        hook = self._on_error or log_error
        async with connect(self.url, self._key, session_key=self._session_key, on_error=hook) as parlour:
            patterns = [room for room in rooms if any(char in room for char in "*?[")]
            for room in rooms:
                if room not in patterns:
                    await self._enter(parlour, room)
            while not self._stop.is_set():
                with contextlib.suppress(ParlourError):
                    await self._look_around(parlour, patterns)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), LOOK_AROUND_S if patterns else None)
            await self._drain()

    def stop(self) -> None:
        """End `run`: running handlers may finish, and seats in games are kept."""
        self._stop.set()

    async def _look_around(self, parlour: Parlour, patterns: Sequence[str]) -> None:
        if not patterns:
            return
        for room in await parlour.rooms(limit=100):
            known = self._tasks.get(room["id"])
            if known is None and any(fnmatchcase(room["id"], pattern) for pattern in patterns):
                try:
                    await self._enter(parlour, room["id"])
                except ParlourError as error:
                    log.info("cannot join %s: %s", room["id"], error)

    async def _enter(self, parlour: Parlour, name: str) -> None:
        room = await parlour.enter(name)
        self._tasks[room.id] = asyncio.create_task(self._follow(parlour, room), name=f"bot in {room.id}")

    async def _follow(self, parlour: Parlour, room: Room) -> None:
        """Handle a room's entries until it ends; turns are played beside them."""
        turns = asyncio.create_task(self._play(parlour, room), name=f"bot's turns in {room.id}")
        try:
            while not self._stop.is_set():
                try:
                    entry = await anext(room)
                except LogReset as reset:
                    log.warning("%s", reset)
                else:
                    await self._handle(parlour, room, entry)
        except StopAsyncIteration:
            log.info("room %s is over: %s", room.id, room.ended)
        except ParlourError as error:
            log.warning("the right to room %s is lost: %s", room.id, error)
        finally:
            turns.cancel()

    async def _play(self, parlour: Parlour, room: Room) -> None:
        changed = asyncio.Event()
        changed.set()
        room.on_state(lambda _state: changed.set())
        while True:
            await changed.wait()
            changed.clear()
            if _my_turn(room) and not self._stop.is_set():
                for route in self._matching(TURN, room.id):
                    await self._guard(room.id, route.handler, Context(self, parlour, room))

    async def _handle(self, parlour: Parlour, room: Room, entry: Entry) -> None:
        if entry.author == parlour.account:
            return
        context = Context(self, parlour, room, entry)
        if entry.text.startswith(self._prefix):
            await self._run_command(context, entry.text.removeprefix(self._prefix))
        for route in self._matching(entry.type, room.id):
            await self._guard(room.id, route.handler, context, *([entry] if route.wants_entry else []))

    def _matching(self, type: str, room: str) -> list[_Route]:
        return [r for r in self._routes if fnmatchcase(type, r.type) and fnmatchcase(room, r.rooms)]

    async def _run_command(self, context: Context, line: str) -> None:
        try:
            name, *words = shlex.split(line)
            handler = self._commands[name]
        except (ValueError, KeyError):
            return
        try:
            arguments = _converted(handler, words)
        except (TypeError, ValueError) as error:
            await self._guard(context.room.id, context.reply, f"{self._prefix}{name}: {error}")
        except Exception as error:  # an annotation that names nothing
            self._report(error, f"command {name} cannot be called")
        else:
            await self._guard(context.room.id, handler, context, *arguments)

    async def _guard(self, room: str, handler: AsyncHandler, *arguments: Any) -> None:
        """Run a handler to its end, also when the bot stops meanwhile; what it raises goes to the error hook."""
        try:
            running = asyncio.ensure_future(handler(*arguments))
            self._running.add(running)
            try:
                await asyncio.shield(running)
            finally:
                self._running.discard(running)
        except Exception as error:
            self._report(error, f"handler {getattr(handler, '__name__', handler)} failed in room {room}")

    def _report(self, error: Exception, what: str) -> None:
        if self._on_error is None:
            log.error(what, exc_info=error)
        else:
            Guard(self._on_error).report(error)

    async def _drain(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=DRAIN_S)
        for late in self._running:
            late.cancel()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


def _my_turn(room: Room) -> bool:
    view = room.state
    return (
        isinstance(view, dict)
        and room.seat is not None
        and view.get("turn") == room.seat
        and view.get("status", "playing") == "playing"
    )


def _converted(handler: AsyncHandler, words: Sequence[str]) -> list[Any]:
    """Return a command's words as its handler's annotations want them.

    Raises:
        ValueError, TypeError: the words do not fit; the text is for the user who typed them.
    """
    signature = inspect.signature(handler, eval_str=True)
    parameters = list(signature.parameters.values())[1:]
    values: list[Any] = list(words)
    for index, parameter in enumerate(parameters[: len(words)]):
        if parameter.kind is parameter.VAR_POSITIONAL:
            break
        if parameter.annotation in (int, float):
            values[index] = parameter.annotation(words[index])
    signature.bind(None, *values)
    return values
