"""From what happened to the handlers: routers, filters, middleware, commands, and where errors go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from math import ceil

from parlour_client.bot.commands import RANKS, AsyncHandler, Command, CommandBook, Cooldowns
from parlour_client.bot.context import Context
from parlour_client.bot.router import Middleware, Route, Router, What
from parlour_client.bot.running import Running

log = logging.getLogger("parlour.bot")

Chain = Sequence[Router]
"""The routers around a handler, the outermost first."""


class Dispatcher:
    """Calls the handlers that are registered for what happened.

    Args:
        root: the bot.
        prefix: of commands.
        running: runs handlers.

    Raises:
        ValueError: two commands have one name.
    """

    def __init__(self, root: Router, prefix: str, running: Running) -> None:
        self._root = root
        self._running = running
        self._book = CommandBook(prefix)
        self._cooldowns = Cooldowns()
        self._chains: dict[Command, Chain] = {}
        for chain in root.walk():
            for command, aliases in chain[-1].commands:
                self._book.add(command, aliases)
                self._chains[command] = chain

    async def dispatch(self, what: What, type: str, ctx: Context) -> None:
        """Call every route for this, one after the other, in the order they were registered."""
        for chain in self._root.walk():
            for route in chain[-1].routes:
                if route.what == what and fnmatchcase(type, route.type) and self._is_for(chain, ctx, route.rooms):
                    await self._run(chain, route, ctx)

    async def call(self, chain: Chain, handler: AsyncHandler, ctx: Context) -> None:
        """Call one handler that no route leads to: a timer."""
        if ctx.place is None or self._is_for(chain, ctx):
            await self._guarded(chain, handler, ctx, partial(handler, ctx))

    @staticmethod
    def _is_for(chain: Chain, ctx: Context, rooms: str = "*") -> bool:
        return all(fnmatchcase(ctx.room.id, pattern) for pattern in (rooms, *(router.rooms for router in chain)))

    async def _run(self, chain: Chain, route: Route, ctx: Context) -> None:
        ctx = replace(ctx, waits=asyncio.Event())
        arguments = [ctx, ctx.entry] if route.wants_entry else [ctx]

        async def filtered() -> None:
            if await self._passes(chain, ctx) and all([await one.passes(ctx) for one in route.filters]):
                await _through(_layers(chain), ctx, partial(route.handler, *arguments))

        await self._guarded(chain, route.handler, ctx, filtered)

    async def _guarded(
        self, chain: Chain, handler: AsyncHandler, ctx: Context, work: Callable[[], Awaitable[object]]
    ) -> None:
        async def handled() -> None:
            try:
                await work()
            except Exception as error:
                if not await _takes(chain, ctx, error):
                    raise

        place = f" in room {ctx.place.id}" if ctx.place else ""
        await self._running.run(handled, f"handler {getattr(handler, '__name__', handler)} failed{place}", ctx.waits)

    @staticmethod
    async def _passes(chain: Chain, ctx: Context) -> bool:
        for router in chain:
            if router.filter is not None and not await router.filter.passes(ctx):
                return False
        return True

    # ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def command(self, ctx: Context) -> bool:
        """Run the command that the message calls, if any; returns whether the message is done with."""
        called = self._book.find(ctx.text)
        if called is None or ctx.entry is None:
            return False
        name, line = called
        command, told = self._book.get(name), f"{self._book.prefix}{name}"
        if command is None:
            return await self._unknown(ctx, name, line)
        chain = self._chains[command]
        if not self._is_for(chain, ctx):
            return False
        log.info("%s called %s in room %s (entry %d)", ctx.author, told, ctx.room.id, ctx.entry.seq)
        ctx.command = command.name
        if ctx.entry.type == "chat.edit" and ctx.message is not None:
            ctx.earlier = ctx.around.replies.to(ctx.room.id, ctx.message)
        await self._guarded(chain, command.handler, ctx, partial(self._execute, chain, command, ctx, line))
        return not command.terms.also

    async def _unknown(self, ctx: Context, name: str, line: str) -> bool:
        answer = self._book.answer(name, line)
        told = f"{self._book.prefix}{name}"
        if answer is None:
            log.info("%s called %s in room %s: there is no such command", ctx.author, told, ctx.room.id)
            return False
        log.info("%s asked for help in room %s", ctx.author, ctx.room.id)
        await self._running.run(partial(_tell, ctx, answer), f"the answer to {told} failed in room {ctx.room.id}")
        return True

    async def _execute(self, chain: Chain, command: Command, ctx: Context, line: str) -> None:
        """Call a command's handler where its terms allow it and its words fit; else say why not."""
        told = f"{self._book.prefix}{command.name}"
        if not await self._passes(chain, ctx):
            return None
        least = command.terms.role
        if least is not None and RANKS[await ctx.people.role(ctx.room, ctx.author)] < RANKS[least]:
            return await _tell(ctx, f"{told}: only for the role {least} and those above it.")
        try:
            bound = command.arguments.bind(line)
        except ValueError as error:
            return await _tell(ctx, f"{told}: {error}")
        except TypeError as error:
            return await _tell(ctx, f"{told}: {error}. Usage: {self._book.prefix}{command.usage}")
        wait = 0.0 if ctx.earlier else self._cooldowns.wait(command, ctx.author, ctx.room.id, ctx.now())
        if wait:
            return await _tell(ctx, f"{told}: again in {ceil(wait)} s.")
        ctx.args = dict(list(bound.arguments.items())[1:])
        call = partial(command.handler, ctx, *bound.args[1:], **bound.kwargs)
        return await _through(_layers(chain), ctx, call)


async def _tell(ctx: Context, text: str) -> None:
    await ctx.reply(text)


def _layers(chain: Chain) -> list[Middleware]:
    return [layer for router in chain for layer in router.layers]


async def _through(layers: Sequence[Middleware], ctx: Context, handler: Callable[[], Awaitable[object]]) -> None:
    """Call a handler through its middleware, the outermost first."""
    if not layers:
        await handler()
        return
    await layers[0](ctx, partial(_through, layers[1:], ctx, handler))


async def _takes(chain: Chain, ctx: Context, error: Exception) -> bool:
    """Ask error handlers whether one takes an error, the nearest router first."""
    for router in reversed(chain):
        for kinds, handler in router.error_handlers:
            if isinstance(error, kinds) and await handler(ctx, error) is not False:
                return True
    return False
