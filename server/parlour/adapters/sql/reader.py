"""Reads beside the writer. Each read is a function of a synchronous connection, so its SQL exists once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from parlour.runtime.store import StoreError

T = TypeVar("T")
Q = TypeVar("Q")
A = TypeVar("A")


class Reader(Protocol):
    """Runs reads on a few connections."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a connection that sees everything committed before.

        On Postgres each statement stands alone: what is committed between two of them, the second one sees.

        Raises:
            StoreError: the database cannot answer now.
        """

    async def close(self) -> None:
        """Wait for the reads under way and close the connections."""


class Together(Generic[Q, A]):
    """Collects the questions of one pass of the event loop and asks them in one go: one hop to a thread, not hundreds.

    Args:
        ask: answers several questions, in their order.
    """

    def __init__(self, ask: Callable[[Sequence[Q]], Awaitable[Sequence[A]]]) -> None:
        self._ask = ask
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._asking: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        """Return the answer to one question; raises what asking them all raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[A] = loop.create_future()
        self._waiting.append((question, future))
        if len(self._waiting) == 1:
            loop.call_soon(self._begin)
        return await future

    def _begin(self) -> None:
        asked, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._answer(asked))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _answer(self, asked: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._ask([question for question, _ in asked])
        except Exception as error:
            for _, future in asked:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(asked, answers, strict=True):
            if not future.done():
                future.set_result(answer)


class ReadsTogether:
    """Runs the short reads of one pass of the event loop one after the other, in one hop; implements `Reader`."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._together: Together[Callable[[Connection], Any], Any] = Together(self._run)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return cast(T, await self._together.ask(work))

    async def _run(self, works: Sequence[Callable[[Connection], Any]]) -> list[Any]:
        return await self._reader.read(lambda connection: [work(connection) for work in works])

    async def close(self) -> None:
        await self._reader.close()


class LongReads:
    """Runs reads over a whole table or log, a few at once, so that short reads find free connections.

    Args:
        most: how many of the reader's connections they may use.
        waiting: how many more may wait for one of those.
    """

    def __init__(self, reader: Reader, most: int, waiting: int = 256) -> None:
        self._reader = reader
        self._free = asyncio.Semaphore(most)
        self._places = most + waiting

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` as `Reader.read` does; where too many wait, raise StoreError at once."""
        if not self._places:
            raise StoreError("Too many lists and searches are asked for at once.")
        self._places -= 1
        try:
            async with self._free:
                return await self._reader.read(work)
        finally:
            self._places += 1


class SqliteReader:
    """Reads a SQLite file in a few threads, each with a connection.

    A read hops to a thread once, not once for each call of the driver.
    """

    def __init__(self, engine: Engine, threads: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="parlour-reader")

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            raise _failure(error) from error

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


class PostgresReader:
    """Reads Postgres over a small pool of connections."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._read(work)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise _failure(error) from error
        except (SQLAlchemyError, OSError) as error:
            raise _failure(error) from error
        return await self._read_again(work)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def _read_again(self, work: Callable[[Connection], T]) -> T:
        """Read once more on a fresh connection: the pool held one that a restart of Postgres had killed."""
        try:
            return await self._read(work)
        except (SQLAlchemyError, OSError) as error:
            raise _failure(error) from error

    async def close(self) -> None:
        await self._engine.dispose()


def _failure(error: Exception) -> StoreError:
    return StoreError(str(error.orig if isinstance(error, DBAPIError) else error))
