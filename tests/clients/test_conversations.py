"""The Python client plays every conversation of tests/vectors/conversations against a scripted server."""

from __future__ import annotations

import asyncio
import selectors
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from parlour_client import LogReset, Message, ParlourError, Retry, Room
from parlour_client.auth import Session
from parlour_client.client import Parlour
from parlour_client.errors import ConnectionLost, Unavailable, error_from
from parlour_client.net.transport import TRANSPORTS
from parlour_client.parts import Parts
from parlour_client.ports import Receive
from tests.clients.conversation_bots import LoopClock, greeting_bot
from tests.clients.conversation_documents import VERBS as DOCUMENT_VERBS
from tests.clients.conversation_documents import Documents
from tests.clients.conversations import VECTORS, Names, entries, numbers, read, written_out

TURNS = 60
"""Turns of the loop after which everything has happened that can happen without time passing."""


class StillLoop(asyncio.SelectorEventLoop):
    """A loop whose time passes only when every task waits for it."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Selector(self._pass))

    def time(self) -> float:
        return self.now

    def _pass(self, seconds: float) -> None:
        self.now += seconds


class _Selector(selectors.DefaultSelector):  # type: ignore[misc]  # an alias of the platform's best selector
    def __init__(self, pass_time: Callable[[float], None]) -> None:
        super().__init__()
        self._pass_time = pass_time

    def select(self, timeout: float | None = None) -> Any:
        self._pass_time(max(0.0, timeout or 0.0))
        return super().select(0)


@dataclass
class Request:
    """A request that the client has sent."""

    event: str
    data: Any
    acked: Callable[[Any], None]
    number: int | None


@dataclass
class ScriptedSocket:
    """Implements `parlour_client.ports.Socket`."""

    sent: deque[Request]
    receive: Receive
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def connected(self) -> bool:
        return not self.over.is_set()

    async def emit(self, event: str, data: Mapping[str, Any], acked: Callable[[Any], None] | int) -> None:
        number = acked if isinstance(acked, int) else None
        answer = partial(self._answer, number) if number is not None else acked
        self.sent.append(Request(event, dict(data), lambda ack: answer(ack) if self.connected else None, number))

    def _answer(self, number: int, ack: Any) -> None:
        self.receive("ack", {"n": number, "answer": ack})

    async def ended(self) -> None:
        await self.over.wait()

    async def close(self) -> None:
        self.over.set()


class ScriptedHttp:
    """Implements `parlour_client.ports.Http`: sign-ins and renewals answer the next of `tokens`."""

    def __init__(self, tokens: list[dict[str, Any]]) -> None:
        self._tokens = tokens
        self.renewals = 0

    async def call(self, method: str, path: str, *_: Any, **__: Any) -> dict[str, Any]:
        if path == "/auth/nonce":
            facts = ("domain", "uri", "version", "nonce", "issuedAt", "expirationTime", "statement")
            return dict.fromkeys(facts, "x") | {"chainIds": [1]}
        self.renewals += 1
        return self._tokens[min(self.renewals, len(self._tokens)) - 1]


class Player:
    """Plays the steps of one vector; each step's kind is a method."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self.names = Names()
        self.stack = stack
        self.chance = 0.0
        self.tokens: ScriptedHttp | None = None
        self.parlour: Parlour | None = None
        self.dials: deque[tuple[Any, Receive, asyncio.Future[ScriptedSocket]]] = deque()
        self.answering: tuple[Receive, asyncio.Future[ScriptedSocket]] | None = None
        self.socket: ScriptedSocket | None = None
        self.sent: deque[Request] = deque()
        self.unanswered: dict[str, Request] = {}
        self.calls: dict[str, asyncio.Task[Any]] = {}
        self.rooms: dict[str, Room] = {}
        self.documents = Documents()
        self.heard: dict[str, list[int]] = {}
        self.resets: Counter[str] = Counter()
        self.called: Counter[str] = Counter()
        self.errors: list[str] = []
        self.tasks: list[asyncio.Task[Any]] = []

    async def play(self, steps: list[dict[str, Any]]) -> None:
        for number, step in enumerate(steps, 2):
            try:
                kind = next(kind for kind in STEPS if kind in step)
                outcome = STEPS[kind](self, step)
                if outcome is not None:
                    await outcome
                for _ in range(TURNS):
                    await asyncio.sleep(0)
            except AssertionError as error:
                raise AssertionError(f"line {number}: {step}: {error}") from error
        self.nothing_more()

    def nothing_more(self) -> None:
        """Every request and every socket so far was matched by a step."""
        assert not self.sent, f"it also sent {self.sent}"
        assert not self.dials, "it also opened a socket"

    # ── the application ──────────────────────────────────────────────────────────────────────────────────────────

    def client(self, step: dict[str, Any]) -> None:
        args = written_out(step.get("args", {}))
        name = step.get("as", "")
        verb, on = step["client"], step.get("on", "")
        if verb in DOCUMENT_VERBS:
            call = self.documents.call(verb, on, args)
        else:
            call = VERBS[verb](self, self.rooms.get(on), args, name)
        if call is not None:
            self.calls[name] = asyncio.create_task(call)
            self.tasks.append(self.calls[name])

    def connect(self, _room: Room | None, _args: Any, _name: str) -> None:
        signer = Account.from_key("0x" + "11" * 32)
        loop = asyncio.get_running_loop()
        tokens = Session(self.tokens, signer, now=lambda: loop.time() * 1000) if self.tokens else None
        retry = Retry(chance=lambda: self.chance)
        on_error: Callable[[Exception], None] = lambda error: self.errors.append(str(error))  # noqa: E731
        self.parlour = Parlour(Parts("", self.dialled, tokens, retry=retry, on_error=on_error))
        self.tasks.append(asyncio.create_task(self.parlour.run()))

    async def dialled(self, auth: Any, receive: Receive) -> ScriptedSocket:
        """Implements `parlour_client.ports.Dial`."""
        answer: asyncio.Future[ScriptedSocket] = asyncio.get_running_loop().create_future()
        self.dials.append((auth, receive, answer))
        return await answer

    async def join(self, _room: Room | None, args: Any, name: str) -> None:
        self.heard[name] = []
        self.rooms[name] = await self.home.enter(args.pop("room"), **args)
        self.tasks.append(asyncio.create_task(self.hear(name)))

    async def hear(self, name: str) -> None:
        while True:
            try:
                self.heard[name].append((await anext(self.rooms[name])).seq)
            except LogReset:
                self.resets[name] += 1
            except (StopAsyncIteration, ParlourError):
                return

    async def lobby(self, _room: Room | None, args: Any, _name: str) -> None:
        await self.stack.enter_async_context(self.home.lobby(**args))

    async def find(self, _room: Room | None, args: Any, _name: str) -> dict[str, Any]:
        match = await self.home.find_match(**args)
        return {"room": match.room, "seat": match.seat}

    def listen(self, room: Room | None, args: Any, name: str) -> None:
        def listener(_news: Any) -> None:
            self.called[name] += 1
            if "raises" in args:
                raise RuntimeError(args["raises"])

        _ = room.on_signal(listener) if room else self.home.on_notice(listener)

    @property
    def home(self) -> Parlour:
        assert self.parlour is not None
        return self.parlour

    # ── the server ───────────────────────────────────────────────────────────────────────────────────────────────

    def dial(self, step: dict[str, Any]) -> None:
        assert self.dials, "no socket was opened"
        auth, receive, answer = self.dials.popleft()
        self.names.check(step["dial"], {"auth": auth, "transports": TRANSPORTS}, "dial")
        self.answering = receive, answer

    def open(self, step: dict[str, Any]) -> None:
        assert self.answering
        receive, answer = self.answering
        self.socket = ScriptedSocket(self.sent, receive)
        self.unanswered = {}
        answer.set_result(self.socket)
        receive("welcome", self.names.filled({"protocol": 1, "account": "$me", **step["open"]}))

    def refuse(self, step: dict[str, Any]) -> None:
        assert self.answering
        lost = ConnectionLost("Nobody answers.")
        self.answering[1].set_exception(error_from(step["refuse"], Unavailable) if step["refuse"] else lost)

    def drop(self, _step: dict[str, Any]) -> None:
        assert self.socket
        self.socket.over.set()

    def wire(self, step: dict[str, Any]) -> None:
        if step["wire"] == "→":
            assert self.sent, "nothing was sent"
            request = self.sent.popleft()
            assert request.event == step["event"]
            self.names.check(written_out(step["match"]), request.data, step["event"])
            if "n" in step:
                self.names.check(step["n"], request.number, f"{step['event']} n")
            self.unanswered[step.get("as", f"line {len(self.unanswered)} {id(step)}")] = request
        elif "ack" in step:
            name = step.get("to", next(iter(self.unanswered), ""))
            self.unanswered.pop(name).acked(self.names.filled(written_out(step["ack"])))
        else:
            assert self.socket
            for data in entries(step["data"]):
                self.socket.receive(step["event"], self.names.filled(data))

    async def clock(self, step: dict[str, Any]) -> None:
        await asyncio.sleep(step["clock"] / 1000)

    # ── what is expected ─────────────────────────────────────────────────────────────────────────────────────────

    def expect(self, step: dict[str, Any]) -> None:
        self.nothing_more()
        for key, value in step["expect"].items():
            self.names.check(numbers(value), getattr(self, f"seen_{key}")(), key)
        for name, room in step["expect"].get("rooms", {}).items():
            if "state" in room:
                assert self.rooms[name].state == room["state"], "the state holds something else beside"

    def seen_status(self) -> str:
        return "closed" if self.home.failure else "online" if self.home.connected else "offline"

    def seen_unsent(self) -> int:
        return self.home.unsent

    def seen_renewals(self) -> int:
        return self.tokens.renewals if self.tokens else 0

    def seen_errors(self) -> list[str]:
        return self.errors

    def seen_called(self) -> Counter[str]:
        return self.called

    def seen_calls(self) -> dict[str, Any]:
        return {name: _outcome(task) for name, task in self.calls.items()}

    def seen_documents(self) -> dict[str, Any]:
        return self.documents.seen()

    def seen_rooms(self) -> dict[str, Any]:
        return {
            name: {
                "head": room.head,
                "entries": [entry.seq for entry in room.recent],
                "heard": self.heard[name],
                "resets": self.resets[name],
                "state": room.state,
                "presence": room.presence,
                "messages": [_message(message) for message in room.messages()],
                "ended": room.ended,
            }
            for name, room in self.rooms.items()
        }


def _outcome(task: asyncio.Task[Any]) -> Any:
    if not task.done():
        return "pending"
    error = task.exception()
    if isinstance(error, ParlourError):
        return {"error": error.code}
    result = task.result()
    return {"ok": result if isinstance(result, dict) else {"seq": getattr(result, "seq", None)}}


def _message(message: Message) -> dict[str, Any]:
    plain = ("seq", "author", "text", "thread", "edited", "deleted", "pinned")
    return {name: getattr(message, name) for name in plain} | {
        "replyTo": message.reply_to,
        "reactions": dict(message.reactions),
    }


def _post(_: Player, room: Any, args: Any, _name: str) -> Any:
    return room.post(args["body"], args["type"], id=args.get("id"), timeout=args.get("timeout", 30_000) / 1000)


VERBS: dict[str, Callable[[Player, Any, Any, str], Coroutine[Any, Any, Any] | None]] = {
    "connect": Player.connect,
    "join": Player.join,
    "lobby": Player.lobby,
    "find": Player.find,
    "listen": Player.listen,
    "bot": lambda player, room, args, name: greeting_bot().attend(player.home, args["rooms"], clock=LoopClock()),
    "document": lambda player, room, args, name: player.documents.open(room, name, **args),
    "release": lambda _, room, args, name: room.release(),
    "leave": lambda _, room, args, name: room.leave(),
    "post": _post,
    "say": lambda _, room, args, name: room.say(args["text"], reply_to=args.get("replyTo"), thread=args.get("thread")),
    "edit": lambda _, room, args, name: room.edit(**args),
    "delete": lambda _, room, args, name: room.delete(**args),
    "react": lambda _, room, args, name: room.react(args["seq"], args["emoji"], args.get("on", True)),
    "pin": lambda _, room, args, name: room.pin(**args),
    "signal": lambda _, room, args, name: room.signal(**args),
    "create": lambda player, room, args, name: player.home.create(**args),
}
STEPS: dict[str, Callable[[Player, Any], Coroutine[Any, Any, None] | None]] = {
    "client": Player.client,
    "tokens": lambda player, step: setattr(player, "tokens", ScriptedHttp(step["tokens"])),
    "chance": lambda player, step: setattr(player, "chance", step["chance"]),
    "clock": Player.clock,
    "dial": Player.dial,
    "open": Player.open,
    "refuse": Player.refuse,
    "drop": Player.drop,
    "wire": Player.wire,
    "bob": lambda player, step: None,
    "expect": Player.expect,
}


async def _play(path: Path) -> None:
    _, steps = read(path)
    async with AsyncExitStack() as stack:
        player = Player(stack)
        try:
            await player.play(steps)
        finally:
            for task in player.tasks:
                task.cancel()
            await asyncio.gather(*player.tasks, return_exceptions=True)


@pytest.mark.parametrize("path", VECTORS, ids=[path.stem for path in VECTORS])
def test_client_plays_the_conversation(path: Path) -> None:
    with asyncio.Runner(loop_factory=StillLoop) as runner:
        runner.run(_play(path))
