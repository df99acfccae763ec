"""A thread with an event loop: where a synchronous program's calls run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class Portal:
    """Runs the calls of a synchronous program on an event loop of its own, in a thread of its own, until `close`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="parlour client", daemon=True)
        self._thread.start()

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run an asynchronous call to its end and return its result; an interrupted program cancels it.

        Raises:
            RuntimeError: a listener called this: it runs on the loop, which it would stop.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("A listener runs on the client's own thread and cannot wait: hand its news to another.")

        async def call() -> T:
            return await work()

        future: Future[T] = asyncio.run_coroutine_threadsafe(call(), self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def call(self, work: Callable[[], T]) -> T:
        """Run a call that does not wait on the loop's thread, and return its result."""
        if threading.current_thread() is self._thread:
            return work()

        async def called() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result()

    def iterate(self, begin: Callable[[], AsyncIterator[T]]) -> Iterator[T]:
        """Yield what an asynchronous iterator yields."""
        items = begin()
        try:
            while True:
                try:
                    item = self.run(lambda: anext(items))
                except StopAsyncIteration:
                    return
                yield item
        finally:
            close: Callable[[], Awaitable[Any]] | None = getattr(items, "aclose", None)
            if close is not None:
                self.run(close)

    @contextmanager
    def entered(self, manager: Callable[[], AbstractAsyncContextManager[T]]) -> Iterator[T]:
        """Enter an asynchronous block for the length of this one."""
        stack = AsyncExitStack()
        found = self.run(lambda: stack.enter_async_context(manager()))
        try:
            yield found
        except BaseException as raised:
            reason = type(raised), raised, raised.__traceback__
            if not self.run(lambda: stack.__aexit__(*reason)):
                raise
        else:
            self.run(stack.aclose)

    def close(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
