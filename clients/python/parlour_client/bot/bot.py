"""A bot: a wallet with handlers. A task for each room handles its entries in order."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from eth_account.signers.local import LocalAccount

from parlour_client.bot.attendance import Attendance
from parlour_client.bot.clock import Clock, WallClock
from parlour_client.bot.following import Following
from parlour_client.bot.reload import CodeWatch, start_again
from parlour_client.bot.router import Router
from parlour_client.bot.running import Running
from parlour_client.client import Parlour
from parlour_client.connecting import connect
from parlour_client.listeners import Guard, log_error
from parlour_client.ports import ErrorHook

log = logging.getLogger("parlour.bot")

Hook = Callable[[Parlour], Any]
S = TypeVar("S", bound=Hook)


class Bot(Router):
    """A wallet with handlers. `run` signs in, joins, comes back after lost connections and bans, ends on SIGTERM.

    What a handler raises goes to the error handlers, then to the error hook, and never ends the bot.

    Args:
        url: the server's address.
        key: as for `connect`, `env:NAME` above all.
        prefix: what commands start with.
        state: whether `ctx.store` keeps values in each room.
        own: whether what the bot itself wrote is handled too.
        concurrency: handlers that run at once; the others wait.
        session_key: as for `connect`.
        on_error: gets what handlers and listeners raise; by default it is logged.
    """

    def __init__(
        self,
        url: str,
        key: str | bytes | LocalAccount,
        *,
        prefix: str = "!",
        state: bool = False,
        own: bool = False,
        concurrency: int = 64,
        session_key: bool | str = False,
        on_error: ErrorHook | None = None,
    ) -> None:
        super().__init__("bot")
        self.url = url
        self.prefix = prefix
        self.state = state
        self.own = own
        self.concurrency = concurrency
        self.on_error = on_error
        self._key = key
        self._session_key = session_key
        self._startups: list[Hook] = []
        self._shutdowns: list[Hook] = []
        self._stop = asyncio.Event()

    def startup(self) -> Callable[[S], S]:
        """Call the decorated `async def` with the client once it is signed in, before any room is joined."""
        return self._hooking(self._startups)

    def shutdown(self) -> Callable[[S], S]:
        """Call the decorated `async def` with the client once all handlers have ended."""
        return self._hooking(self._shutdowns)

    def run(self, rooms: Sequence[str], *, reload: bool = False) -> None:
        """Serve rooms until SIGTERM or Ctrl-C: ids, or patterns such as `table-*` that rooms yet to come match too.

        Where the program has set up no logging, what the bot does is logged on stderr.

        Args:
            reload: for development: start the program again whenever one of its files has changed.

        Raises:
            ParlourError: the server refuses this wallet, or a room named here for another reason than its rights; or
                it has ended the session for good.
        """
        _log_on_stderr()
        changed = CodeWatch(self.stop) if reload else None
        asyncio.run(self._serve(rooms, changed))
        if changed is not None and changed.seen:
            start_again()

    async def serve(self, rooms: Sequence[str], *, signals: bool = False) -> None:
        """Serve rooms inside a running event loop until `stop`. Args and errors as for `run`."""
        if signals:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self.stop)
        hook = self.on_error or log_error
        async with connect(self.url, self._key, session_key=self._session_key, on_error=hook) as parlour:
            await self.attend(parlour, rooms)

    async def attend(self, parlour: Parlour, rooms: Sequence[str], *, clock: Clock | None = None) -> None:
        """Serve rooms by a client that is connected already, until `stop`. Errors as for `run`.

        Args:
            clock: time and chance; a test has its own.
        """
        log.info("signed in to %s as %s", self.url, parlour.account)
        guard, running = Guard(self.on_error or log_error), Running(self.on_error, self.concurrency)
        following = Following(self, parlour, running, guard, clock or WallClock())
        attendance = Attendance(parlour, guard, following.follow)
        try:
            for hook in self._startups:
                await hook(parlour)
            following.start_timers()
            patterns = [room for room in rooms if any(char in room for char in "*?[")]
            for room in rooms:
                if room not in patterns:
                    await attendance.enter(room)
            await attendance.keep_looking(patterns, self._stop)
        finally:
            following.stop_timers()
            await running.drain()
            for hook in self._shutdowns:
                await hook(parlour)
            await guard.close()
            self._stop = asyncio.Event()  # it may serve again, on another loop
        if parlour.failure is not None:
            raise parlour.failure
        log.info("stopped")

    @property
    def router(self) -> Router:
        """Its handlers: a bot is the outermost router."""
        return self

    @property
    def stopping(self) -> bool:
        """Whether it is about to end."""
        return self._stop.is_set()

    def stop(self) -> None:
        """End `run`: running handlers may finish, and seats in games are kept."""
        self._stop.set()

    async def _serve(self, rooms: Sequence[str], changed: CodeWatch | None) -> None:
        watching = asyncio.ensure_future(changed.watch()) if changed is not None else None
        try:
            await self.serve(rooms, signals=True)
        finally:
            if watching is not None:
                watching.cancel()

    @staticmethod
    def _hooking(hooks: list[Hook]) -> Callable[[S], S]:
        def register(hook: S) -> S:
            hooks.append(hook)
            return hook

        return register


def _log_on_stderr() -> None:
    """Log what the client and its bots do, unless the program has set up logging of its own."""
    ours = logging.getLogger("parlour")
    if not ours.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        ours.addHandler(handler)
        ours.setLevel(logging.INFO)
