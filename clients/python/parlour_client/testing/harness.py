"""A bot under test: what happens to it, and what it does about that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from parlour_client.bot import Bot
from parlour_client.client import Parlour
from parlour_client.entries import Entry
from parlour_client.net.retry import Retry
from parlour_client.parts import Parts
from parlour_client.testing.server_in_memory import ServerInMemory
from parlour_client.testing.still_clock import StillClock

ALICE = "0x" + "A" * 40
BOB = "0x" + "B" * 40
ME = "0x" + "0" * 39 + "1"
"""The bot's account in a test."""
QUIET_TURNS = 50
"""Turns of the loop without anything on the wire after which everything has happened that can without time passing."""
GUARD_S = 30.0
"""Longest wait of `until`: a test that waits longer has failed."""


class Action(NamedTuple):
    """A move of the bot in a game."""

    name: str
    args: dict[str, Any]


class BotHarness:
    """Runs a bot without a server and without sleeping, for the length of its `async with`.

    Attributes:
        answers: what requests are answered that the server in memory does not know, by their name.
        parlour: the bot's client.
        errors: what handlers raised and no error handler took.
        logs: what the bot logged.

    Args:
        bot: with its handlers; its url and its key are not used.
        room: the room it is in.
        kind: of the room.
        state: of the room's game; the bot sits at seat 0.
        also: more rooms the bot is in; `entry(…, room=…)` writes there.
        after: an earlier harness that has ended, whose rooms and time go on: a restart of the bot.
    """

    def __init__(
        self,
        bot: Bot,
        *,
        room: str = "lobby",
        kind: str = "chat",
        state: Any = None,
        also: Sequence[str] = (),
        after: BotHarness | None = None,
    ) -> None:
        self.bot = bot
        self.clock: StillClock = after.clock if after else StillClock()
        self.server: ServerInMemory = after.server if after else ServerInMemory(ME, self.clock)
        self.answers = self.server.answers
        self.errors: list[Exception] = []
        self.logs: list[str] = []
        self._room = self.server.rooms.get(room) or self.server.add_room(room, kind, state)
        for name in also:
            self.server.add_room(name, "chat")
        self._names = [room, *also]
        self._listening = _Listening(self.logs)

    async def __aenter__(self) -> BotHarness:
        self._hook, self.bot.on_error = self.bot.on_error, self.errors.append
        logging.getLogger("parlour.bot").addHandler(self._listening)
        retry = Retry(chance=lambda: 0.0)
        self.parlour = Parlour(Parts(self.bot.url, self.server, retry=retry, on_error=self.errors.append))
        self._connection = asyncio.ensure_future(self.parlour.run())
        await self.parlour.ready()
        self._serving = asyncio.ensure_future(self.bot.attend(self.parlour, self._names, clock=self.clock))
        await self.settle()
        if self._serving.done():
            await self._serving
        return self

    async def __aexit__(self, *_: object) -> None:
        self.bot.stop()
        try:
            await self._serving
        finally:
            self._connection.cancel()
            with suppress(asyncio.CancelledError):
                await self._connection
            await self.parlour.close()
            logging.getLogger("parlour.bot").removeHandler(self._listening)
            self.bot.on_error = self._hook

    # ── what the bot did ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def posted(self) -> list[Entry]:
        """Every entry of the bot, in all rooms, in the order of each room's log."""
        rooms = self.server.rooms.values()
        return [Entry.from_json(one) for room in rooms for one in room.entries if one["author"] == ME]

    @property
    def texts(self) -> list[str]:
        """The texts of the bot's messages."""
        return [entry.text for entry in self.posted if entry.type == "chat.message"]

    @property
    def reactions(self) -> list[tuple[int, str]]:
        """The reactions of the bot: the message's seq, and the emoji."""
        bodies = [entry.body for entry in self.posted if entry.type == "chat.reaction"]
        return [(body["of"], body["emoji"]) for body in bodies if isinstance(body, dict) and body["on"]]

    # ── what happens to it ───────────────────────────────────────────────────────────────────────────────────────

    async def say(self, text: str, *, author: str = ALICE) -> list[Entry]:
        """Let somebody write a message; returns what the bot posted thereupon."""
        return await self.entry("chat.message", {"text": text}, author=author)

    async def entry(
        self, type: str, body: Mapping[str, Any], *, author: str = "", room: str | None = None
    ) -> list[Entry]:
        """Let any entry come, such as a `chain.event`; returns what the bot posted thereupon, in whatever room."""
        before = self.posted
        self.server.write(self._room if room is None else self.server.rooms[room], type, dict(body), author)
        await self.settle()
        return [entry for entry in self.posted if entry not in before]

    async def turn(self, state: Any) -> list[Action]:
        """Let the view of the game become this; returns the bot's moves thereupon."""
        head = len(self._room.entries)
        self._room.state = state
        self.server.tell("state", {"room": self._room.id, "seq": head, "state": state})
        bodies = [entry.body for entry in await self._posted_after(head) if entry.type == "game.action"]
        return [Action(body["action"], body["args"]) for body in bodies if isinstance(body, dict)]

    async def signal(self, type: str, body: Any = None, *, author: str = ALICE) -> list[Entry]:
        """Let somebody send passing news; returns what the bot posted thereupon."""
        head = len(self._room.entries)
        sender = {"account": author, "connection": f"of {author}"}
        self.server.tell("signal", {"room": self._room.id, "from": sender, "type": type, "body": body})
        return await self._posted_after(head)

    async def come(self, account: str = ALICE) -> list[Entry]:
        """Let somebody come into the room; returns what the bot posted thereupon."""
        return await self._presence(joined=[account], left=[])

    async def go(self, account: str = ALICE) -> list[Entry]:
        """Let somebody leave the room; returns what the bot posted thereupon."""
        return await self._presence(joined=[], left=[account])

    def give_role(self, account: str, role: str) -> None:
        """Give an account a role in the room."""
        self._room.roles[account] = role
        self.server.write(self._room, "member.role", {"account": account, "by": "", "role": role}, "")

    async def advance(self, seconds: float) -> list[Entry]:
        """Let time pass; returns what the bot posted meanwhile."""
        head, until = len(self._room.entries), self.clock.now() + seconds
        await self.settle()
        while self.clock.move_to(until):
            await self.settle()
        return await self._posted_after(head)

    async def drop(self) -> None:
        """Cut the connection; the client makes another one by itself."""
        self.server.cut()
        await self.settle()

    def refuse(self, code: str, *, request: str = "room:post", times: int = 1) -> None:
        """Refuse the bot's next requests with a code, such as `rate_limited`."""
        self.server.refusals[request].extend([code] * times)

    async def settle(self) -> None:
        """Wait until everything has happened that can happen without time passing."""
        seen, quiet = -1, 0
        while quiet < QUIET_TURNS:
            await asyncio.sleep(0)
            quiet = quiet + 1 if self.server.activity == seen else 0
            seen = self.server.activity

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds: for handlers that wait for something real, such as a thread.

        Raises:
            TimeoutError: it does not hold after half a minute.
        """
        async with asyncio.timeout(GUARD_S):
            while not condition():  # noqa: ASYNC110  # what is real tells no event
                await asyncio.sleep(0.001)
        await self.settle()

    async def _posted_after(self, seq: int) -> list[Entry]:
        await self.settle()
        return [entry for entry in self.posted if entry.room == self._room.id and entry.seq > seq]

    async def _presence(self, *, joined: list[str], left: list[str]) -> list[Entry]:
        room, head = self._room, len(self._room.entries)
        room.here = [one for one in room.here if one not in left] + joined
        room.presence_version += 1
        event = {"room": room.id, "v": room.presence_version, "joined": joined, "left": left, "count": len(room.here)}
        self.server.tell("presence", event)
        return await self._posted_after(head)


class _Listening(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())
