"""A bot: a wallet with handlers. A task for each room handles its entries in order."""

from __future__ import annotations

import asyncio
import inspect
import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from eth_account.signers.local import LocalAccount

from parlour_client.bot.attendance import Attendance
from parlour_client.bot.commands import AsyncHandler, Commands, H
from parlour_client.bot.context import Context, Replies
from parlour_client.bot.running import Running
from parlour_client.client import Parlour
from parlour_client.connecting import connect
from parlour_client.entries import Entry
from parlour_client.errors import LogReset, ParlourError
from parlour_client.listeners import Guard, log_error
from parlour_client.ports import ErrorHook
from parlour_client.rooms.room import Room

log = logging.getLogger("parlour.bot")

TURN = "turn"
_WRITTEN = ("chat.", "app.", "game.action")
"""Entries that a client writes; what an account does beside is told by the server."""


@dataclass(slots=True, frozen=True)
class _Route:
    type: str
    rooms: str
    handler: AsyncHandler
    wants_entry: bool


class Bot:
    """A wallet with handlers. `run` signs in, joins, comes back after lost connections and bans, ends on SIGTERM.

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
        self._session_key = session_key
        self._hook = on_error
        self._guard = Guard(on_error or log_error)
        self._running = Running(on_error)
        self._routes: list[_Route] = []
        self._commands = Commands(prefix)
        self._replies = Replies()
        self._shares_its_key = False
        self._stop = asyncio.Event()

    # ── what an author registers ─────────────────────────────────────────────────────────────────────────────────

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
        """Call the decorated function on `!name one two`: the words are its arguments, as its annotations want them.

        Its docstring is what `!help` says. A command that is edited runs again, and its reply is edited.
        """

        def register(handler: H) -> H:
            self._commands.add(name, handler)
            return handler

        return register

    # ── life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, rooms: Sequence[str]) -> None:
        """Serve rooms until SIGTERM or Ctrl-C: ids, or patterns such as `table-*` that rooms yet to come match too.

        Where the program has set up no logging, what the bot does is logged on stderr.

        Raises:
            ParlourError: the server refuses this wallet, or a room named here for another reason than its rights; or
                it has ended the session for good.
        """
        _log_on_stderr()
        asyncio.run(self.serve(rooms, signals=True))

    async def serve(self, rooms: Sequence[str], *, signals: bool = False) -> None:
        """Serve rooms inside a running event loop until `stop`. Args and errors as for `run`."""
        if signals:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        hook = self._hook or log_error
        async with connect(self.url, self._key, session_key=self._session_key, on_error=hook) as parlour:
            log.info("signed in to %s as %s", self.url, parlour.account)
            rooms_of_mine = Attendance(parlour, self._guard, lambda room: self._follow(parlour, room))
            patterns = [room for room in rooms if any(char in room for char in "*?[")]
            try:
                for room in rooms:
                    if room not in patterns:
                        await rooms_of_mine.enter(room)
                await rooms_of_mine.keep_looking(patterns, self._stop)
            finally:
                await self._running.drain()
                await self._guard.close()
            if parlour.failure is not None:
                raise parlour.failure
        log.info("stopped")

    def stop(self) -> None:
        """End `run`: running handlers may finish, and seats in games are kept."""
        self._stop.set()

    # ── entries ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _follow(self, parlour: Parlour, room: Room) -> None:
        """Handle a room's entries until it ends; turns are played beside them."""
        turns = self._guard.start(self._play(parlour, room), f"bot's turns in {room.id}")
        try:
            while not self._stop.is_set():
                try:
                    entry = await anext(room)
                except LogReset as reset:
                    log.warning("%s", reset)
                else:
                    await self._handle(parlour, room, entry)
        except (StopAsyncIteration, ParlourError):  # `room.ended` says why
            if parlour.failure is not None:
                self._stop.set()
        finally:
            turns.cancel()

    async def _play(self, parlour: Parlour, room: Room) -> None:
        changed = asyncio.Event()
        changed.set()
        off = room.on_state(lambda _state: changed.set())
        try:
            while True:
                await changed.wait()
                changed.clear()
                if _my_turn(room) and not self._stop.is_set():
                    for route in self._matching(TURN, room.id):
                        await self._running.run(room.id, route.handler, Context(self, parlour, room))
        finally:
            off()

    async def _handle(self, parlour: Parlour, room: Room, entry: Entry) -> None:
        if entry.author == parlour.account:
            self._notice_a_second(parlour, entry)
            return
        context = Context(self, parlour, room, entry, self._replies)
        if entry.type in ("chat.message", "chat.edit"):
            await self._run_command(parlour, room, entry)
        for route in self._matching(entry.type, room.id):
            await self._running.run(room.id, route.handler, context, *([entry] if route.wants_entry else []))

    def _matching(self, type: str, room: str) -> list[_Route]:
        return [r for r in self._routes if fnmatchcase(type, r.type) and fnmatchcase(room, r.rooms)]

    def _notice_a_second(self, parlour: Parlour, entry: Entry) -> None:
        """Warn once where another process writes by the same key: both would answer everything."""
        if self._shares_its_key or not entry.type.startswith(_WRITTEN) or parlour.has_sent(entry.id):
            return
        self._shares_its_key = True
        log.warning(
            "entry %d of room %s is of this bot's account %s, and this process did not write it: "
            "another one runs with the same key, and both answer",
            entry.seq, entry.room, entry.author,
        )  # fmt: skip

    # ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _run_command(self, parlour: Parlour, room: Room, entry: Entry) -> None:
        called = self._commands.find(entry.text)
        if called is None:
            return
        (name, line), context = called, Context(self, parlour, room, entry, self._replies)
        if entry.type == "chat.edit" and context.message is not None:
            context.earlier = self._replies.to(room.id, context.message)
        command, told = self._commands.get(name), f"{self._commands.prefix}{name}"
        if command is None:
            answer = self._commands.help(line) if name.lower() == "help" else None
            if answer is not None:
                log.info("%s asked for help in room %s", entry.author, room.id)
                await self._running.run(room.id, context.reply, answer)
            else:
                log.info("%s called %s in room %s: there is no such command", entry.author, told, room.id)
            return
        log.info("%s called %s in room %s (entry %d)", entry.author, told, room.id, entry.seq)
        try:
            arguments = command.arguments(line)
        except ValueError as error:
            await self._running.run(room.id, context.reply, f"{told}: {error}")
        except TypeError as error:
            usage = f"{self._commands.prefix}{command.usage}"
            await self._running.run(room.id, context.reply, f"{told}: {error}. Usage: {usage}")
        except Exception as error:  # an annotation that names nothing
            self._running.report(error, f"command {name} cannot be called")
        else:
            await self._running.run(room.id, command.handler, context, *arguments.args[1:], **arguments.kwargs)


def _my_turn(room: Room) -> bool:
    view = room.state
    return (
        isinstance(view, dict)
        and room.seat is not None
        and view.get("turn") == room.seat
        and view.get("status", "playing") == "playing"
    )


def _log_on_stderr() -> None:
    """Log what the client and its bots do, unless the program has set up logging of its own."""
    ours = logging.getLogger("parlour")
    if not ours.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        ours.addHandler(handler)
        ours.setLevel(logging.INFO)
