"""The one place where what an author hands us is called, and where the client's tasks are watched."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from parlour_client.ports import ErrorHook, Off

log = logging.getLogger("parlour")

Listener = Callable[[Any], object]
"""A function or an `async def`; what an `async def` does runs beside everything else."""


def log_error(error: Exception) -> None:
    """Log an error with its traceback: the error hook where none is given."""
    log.error("a listener failed: %s", error, exc_info=error)


class Guard:
    """Calls listeners and hooks, and runs tasks: whatever one of them raises goes to the error hook and ends no other.

    Args:
        hook: gets what was raised; a function or an `async def`. What the hook itself raises is logged.
    """

    def __init__(self, hook: ErrorHook = log_error) -> None:
        self._hook = hook
        self._tasks: set[asyncio.Task[None]] = set()

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function; where it answers an awaitable, as an `async def` does, run that in a task."""
        try:
            answer = function(*arguments)
        except Exception as error:
            self.report(error)
        else:
            if inspect.isawaitable(answer):
                self.start(_wait(answer), f"parlour listener {getattr(function, '__name__', function)}")

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run work in a task that is kept until its end, and whose error is reported."""
        return self._keep(self._reported(work), name)

    def report(self, error: Exception) -> None:
        """Tell the error hook."""
        try:
            answer = self._hook(error)
        except Exception:
            log.exception("the error hook failed on %r", error)
        else:
            if inspect.isawaitable(answer):
                self._keep(_logged(answer, error), "parlour error hook")

    async def close(self) -> None:
        """Cancel every task that still runs, and wait for its end."""
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _keep(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _reported(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            self.report(error)


class Listeners:
    """Functions called with the same news, in the order they came; each is guarded, so that none silences another."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._listeners: dict[object, Listener] = {}

    def add(self, listener: Listener) -> Off:
        """Call `listener` with all news from now on; the answer takes it off again, and may be called twice."""
        key = object()
        self._listeners[key] = listener

        def off() -> None:
            self._listeners.pop(key, None)

        return off

    def tell(self, news: Any) -> None:
        """Call every listener with `news`."""
        for listener in list(self._listeners.values()):
            self._guard.call(listener, news)


async def _wait(answer: Awaitable[object]) -> None:
    await answer


async def _logged(answer: Awaitable[object], error: Exception) -> None:
    try:
        await answer
    except Exception:
        log.exception("the error hook failed on %r", error)
