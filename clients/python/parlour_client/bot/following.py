"""What a bot does with the rooms it is in: entries in order; turns, people, signals and timers beside them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from parlour_client.bot.clock import Clock
from parlour_client.bot.context import Around, Context, Host, Replies
from parlour_client.bot.dispatch import Dispatcher
from parlour_client.bot.people import People
from parlour_client.bot.questions import Questions
from parlour_client.bot.router import Router, What
from parlour_client.bot.running import Running
from parlour_client.bot.store import STATE_TYPE, RoomStore
from parlour_client.bot.timers import keep_calling
from parlour_client.client import Parlour
from parlour_client.entries import Entry
from parlour_client.errors import LogReset, ParlourError
from parlour_client.listeners import Guard
from parlour_client.rooms.room import Room

log = logging.getLogger("parlour.bot")

_WRITTEN = ("chat.", "app.", "game.action")
"""Entries that a client writes; what an account does beside is told by the server."""


class Served(Host, Protocol):
    """What of a bot matters here. Attributes as `Bot` says."""

    prefix: str
    state: bool
    own: bool

    @property
    def stopping(self) -> bool:
        """Whether it is about to end."""

    @property
    def router(self) -> Router:
        """Its handlers."""


class Following:
    """Calls a bot's handlers for as long as it serves.

    Args:
        bot: whose handlers they are.
        parlour: its client.
        running: runs handlers.
        guard: watches tasks.
        clock: time and chance.
    """

    def __init__(self, bot: Served, parlour: Parlour, running: Running, guard: Guard, clock: Clock) -> None:
        self._bot = bot
        self._parlour = parlour
        self._guard = guard
        self._around = Around(bot, parlour, clock, Replies(), Questions(clock), People(parlour), {})
        self._dispatcher = Dispatcher(bot.router, bot.prefix, running)
        self._timers: list[asyncio.Task[None]] = []
        self._shares_its_key = False

    def start_timers(self, room: Room | None = None) -> list[asyncio.Task[None]]:
        """Start the timers of a room, or those that are for no room."""
        started = []
        for chain in self._bot.router.walk():
            for timer in chain[-1].timers:
                if timer.per_room == (room is not None):
                    call = partial(self._call, chain, timer.handler, room)
                    name = f"bot's timer {getattr(timer.handler, '__name__', timer.handler)}"
                    started.append(self._guard.start(keep_calling(timer, self._around.clock, call), name))
        self._timers += started
        return started

    def stop_timers(self) -> None:
        """Start no handler of a timer any more; those that run may finish."""
        for timer in self._timers:
            timer.cancel()

    async def _call(self, chain: tuple[Router, ...], handler: Any, room: Room | None) -> None:
        await self._dispatcher.call(chain, handler, Context(self._around, room))

    async def follow(self, room: Room) -> None:
        """Handle what happens in a room until it ends for the bot."""
        if self._bot.state:
            store = self._around.stores.setdefault(room.id, RoomStore(room, self._parlour.account))
            await store.load()
        beside = self.start_timers(room)
        beside.append(self._guard.start(self._play(room), f"bot's turns in {room.id}"))
        offs = [room.on_signal(partial(self._signal, room)), room.on_presence(_Comings(room, self._people).heard)]
        try:
            while not self._bot.stopping:
                try:
                    entry = await anext(room)
                except LogReset as reset:
                    log.warning("%s", reset)
                else:
                    await self._handle(room, entry)
        except (StopAsyncIteration, ParlourError):  # `room.ended` says why
            if self._parlour.failure is not None:
                self._bot.stop()
        finally:
            self._around.stores.pop(room.id, None)
            for off in offs:
                off()
            for task in beside:
                task.cancel()
            self._timers = [timer for timer in self._timers if timer not in beside]

    async def _play(self, room: Room) -> None:
        changed = asyncio.Event()
        changed.set()
        off = room.on_state(lambda _state: changed.set())
        try:
            while True:
                await changed.wait()
                changed.clear()
                if _my_turn(room) and not self._bot.stopping:
                    await self._dispatcher.dispatch("turn", "", Context(self._around, room))
        finally:
            off()

    async def _signal(self, room: Room, signal: Mapping[str, Any]) -> None:
        who = str((signal.get("from") or {}).get("account", ""))  # null where the room itself tells
        if who != self._parlour.account or self._bot.own:
            context = Context(self._around, room, signal=signal, who=who)
            await self._dispatcher.dispatch("signal", str(signal.get("type")), context)

    async def _people(self, room: Room, what: What, account: str) -> None:
        if account != self._parlour.account:
            await self._dispatcher.dispatch(what, "", Context(self._around, room, who=account))

    async def _handle(self, room: Room, entry: Entry) -> None:
        self._around.people.heard(entry)
        if entry.author == self._parlour.account:
            self._notice_a_second(entry)
            if not self._bot.own or entry.type == STATE_TYPE:
                return
        if self._around.questions.take(entry):
            return
        context = Context(self._around, room, entry)
        if entry.type in ("chat.message", "chat.edit") and await self._dispatcher.command(context):
            return
        await self._dispatcher.dispatch("entry", entry.type, Context(self._around, room, entry))

    def _notice_a_second(self, entry: Entry) -> None:
        """Warn once where another process writes by the same key: both would answer everything."""
        if self._shares_its_key or not entry.type.startswith(_WRITTEN) or self._parlour.has_sent(entry.id):
            return
        self._shares_its_key = True
        log.warning(
            "entry %d of room %s is of this bot's account %s, and this process did not write it: "
            "another one runs with the same key, and both answer",
            entry.seq, entry.room, entry.author,
        )  # fmt: skip


class _Comings:
    """Tells who came into a room and who left it, from one presence to the next; a crowd is not named."""

    def __init__(self, room: Room, tell: Any) -> None:
        self._room, self._tell = room, tell
        self._here = _named(room.presence)

    async def heard(self, presence: Mapping[str, Any]) -> None:
        """Tell what changed since the presence before."""
        before, self._here = self._here, _named(presence)
        if before is None or self._here is None:
            return
        for account in [one for one in self._here if one not in before]:
            await self._tell(self._room, "joined", account)
        for account in [one for one in before if one not in self._here]:
            await self._tell(self._room, "left", account)


def _named(presence: Mapping[str, Any]) -> list[str] | None:
    members = presence.get("members") or []
    return list(members) if len(members) >= presence.get("count", 0) else None


def _my_turn(room: Room) -> bool:
    view = room.state
    return (
        isinstance(view, dict)
        and room.seat is not None
        and view.get("turn") == room.seat
        and view.get("status", "playing") == "playing"
    )
