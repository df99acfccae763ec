"""A joined room: its entries in order, each once, whatever happens to the socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from parlour_client.entries import Entry, Position, Posted
from parlour_client.errors import Forbidden, LogReset, ParlourError
from parlour_client.patch import PatchError, apply_patch
from parlour_client.signing import signed

if TYPE_CHECKING:
    from parlour_client.client import Parlour

log = logging.getLogger("parlour")

QUEUE_LIMIT = 10_000
"""Entries kept for a slow reader; beyond it the room stops listening and resumes from the log once it has been read."""
PAGE = 200

Off = Callable[[], None]


class Room:
    """Made by `Parlour.join`. `async for entry in room` yields what happens from the join (or `since`) on.

    Attributes:
        id: as the server spells it.
        signed: whether the room takes signed posts only; this client signs them.
        recent: the latest entries at the join, oldest first (empty when resuming).
        role, seat: this account's; `seat` is None for those who watch.
        state: the computed view of kinds that have one (games, markets), kept up to date; else None.
        presence: `{v, members, count}`, kept up to date; a large crowd has a `count` alone.
        ended: why the room is over for us (`closed`, `banned` …), or None.
    """

    def __init__(
        self, parlour: Parlour, room: str, *, since: Position | None, limit: int | None, options: dict[str, Any]
    ) -> None:
        self.id = room
        self.signed = False
        self.recent: list[Entry] = []
        self.role = ""
        self.seat: int | None = None
        self.state: Any = None
        self.presence: dict[str, Any] = {"v": 0, "members": [], "count": 0}
        self.ended: str | None = None
        self._parlour = parlour
        self._limit = limit
        self._options = {key.rstrip("_"): value for key, value in options.items() if value is not None}
        self._received = since
        self._yielded = since
        self._head = since.seq if since else 0
        self._state_seq = 0
        self._queue: asyncio.Queue[Entry | ParlourError | None] = asyncio.Queue()
        self._held: list[Entry] | None = None
        self._overflowed = False
        self._entered = False
        self._task: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._listeners: dict[str, list[Callable[[Any], object]]] = {}

    @property
    def position(self) -> Position | None:
        """The place of the last entry that iteration yielded: what to keep, to go on there in another process."""
        return self._yielded

    @property
    def head(self) -> int:
        """The number of the last entry received."""
        return self._head

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def post(
        self, body: str | dict[str, Any] | bytes, type: str = "chat.message", *, id: str | None = None
    ) -> Posted:
        """Append an entry; returns once it is durable. A string is the text of a chat message. Signed where the room
        takes signed posts only.

        Args:
            id: what makes a repetition harmless; drawn where None. Reuse it to repeat a post from another process.

        Raises:
            ParlourError: refused; ConnectionLost where the outcome is unknown (post again with the same `id`).
        """
        content = {"text": body} if isinstance(body, str) else body
        post = {"room": self.id, "id": id or uuid4().hex, "type": type, "body": content}
        if self.signed and self._parlour.signer is not None and self._received is not None:
            post = signed(post, self._received, self._parlour.signer)
        ack = await self._parlour.request("room:post", post)
        return Posted(ack["seq"], ack["at"], ack["hash"], bool(ack.get("duplicate")))

    async def say(self, text: str, *, reply_to: int | None = None, thread: int | None = None) -> Posted:
        """Post a chat message, perhaps as an answer to the entry `reply_to`."""
        extra = {"replyTo": reply_to, "thread": thread}
        return await self.post({"text": text} | {key: seq for key, seq in extra.items() if seq is not None})

    async def react(self, of: int, emoji: str, *, on: bool = True) -> Posted:
        """Put (or take off) a reaction on the entry `of`."""
        return await self.post({"of": of, "emoji": emoji, "on": on}, "chat.reaction")

    async def act(self, action: str, /, **args: Any) -> Posted:
        """Do something in a game: `await room.act("place", cell=4)`.

        Raises:
            Illegal: the rules refuse; `reason` says why.
        """
        return await self.post({"action": action, "args": args}, "game.action")

    async def signal(self, type: str, body: Any = None) -> None:
        """Tell those who are here now; never stored, never repeated."""
        await self._ask("room:signal", type=type, body=body)

    async def history(
        self, *, before: int | None = None, after: int | None = None, limit: int = 50
    ) -> tuple[list[Entry], bool]:
        """A page of entries between two exclusive bounds, ascending, and whether there are more."""
        bounds = {"before": before, "after": after}
        ack = await self._ask("room:history", limit=limit, **{k: v for k, v in bounds.items() if v is not None})
        return [Entry.from_json(wire) for wire in ack["entries"]], bool(ack["more"])

    async def watch(self, *, chain: int, address: str, event: str, **more: Any) -> dict[str, Any]:
        """Have a contract's event written into this room as `chain.event` entries; returns the watch."""
        ack = await self._ask("room:watch", watch={"chain": chain, "address": address, "event": event, **more})
        return dict(ack["watch"])

    async def read(self, seq: int | None = None) -> None:
        """Mark everything up to `seq` (by default the head) as read."""
        await self._ask("room:read", seq=self._head if seq is None else seq)

    async def leave(self) -> None:
        """Go, and do not come back by itself; in a running game this gives up the seat."""
        self._parlour._forget(self)
        await self._ask("room:leave")

    async def _ask(self, event: str, **data: Any) -> dict[str, Any]:
        return await self._parlour.request(event, {"room": self.id, **data})

    # ── hearing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def __aiter__(self) -> AsyncIterator[Entry]:
        return self

    async def __anext__(self) -> Entry:
        """The next entry.

        Raises:
            StopAsyncIteration: the room was closed, or we left.
            LogReset: entries may be missing here; iterating on goes on after the gap.
            ParlourError: the right to the room was lost.
        """
        if self._queue.empty() and self._overflowed:
            self._overflowed = False
            self.reconnected()
        item = await self._queue.get()
        if isinstance(item, Entry):
            self._yielded = self._place(item)
            return item
        if self.ended:
            self._queue.put_nowait(item)  # the end stays the end, however often it is asked for
        raise item or StopAsyncIteration

    def on_signal(self, handler: Callable[[dict[str, Any]], object]) -> Off:
        """Call `handler` with every signal `{from, type, body}`; the answer takes it off again."""
        return self._on("signal", handler)

    def on_state(self, handler: Callable[[Any], object]) -> Off:
        """Call `handler` with the view whenever it changed."""
        return self._on("state", handler)

    def on_presence(self, handler: Callable[[dict[str, Any]], object]) -> Off:
        """Call `handler` with `presence` whenever somebody came or went."""
        return self._on("presence", handler)

    def _on(self, event: str, handler: Callable[[Any], object]) -> Off:
        handlers = self._listeners.setdefault(event, [])
        handlers.append(handler)
        return lambda: handlers.remove(handler)

    def _tell(self, event: str, data: Any) -> None:
        for handler in list(self._listeners.get(event, ())):
            try:
                handler(data)
            except Exception:
                log.exception("a %s handler of room %s failed", event, self.id)

    # ── called by Parlour, always in the order of the wire ───────────────────────────────────────────────────────

    def receive(self, event: str, data: dict[str, Any]) -> None:
        match event:
            case "entry":
                self._take(Entry.from_json(data))
            case "state":
                self._move_state(data)
            case "presence":
                self._move_presence(data)
            case "room:closed":
                self._end("closed", None)
            case "room:removed":
                reason = data.get("reason")
                self._end(reason or "removed", Forbidden("This account lost its right to the room.", reason=reason))
            case _:
                self._tell(event, data)

    def reconnected(self) -> None:
        """Join again in the background, from the last entry received."""
        if not self._entered:
            return  # the first join is still being asked, and is asked again by itself
        if self._task:
            self._task.cancel()
        self._held = []
        self._task = asyncio.create_task(self._recover(), name=f"parlour room {self.id}")

    def fail(self, error: ParlourError) -> None:
        self._end(error.reason or error.code, error)

    def stop(self) -> None:
        """Hear no more; a waiting reader ends."""
        if self._task:
            self._task.cancel()
        self._end("left", None)

    async def rejoin(self) -> None:
        """Join on the present socket, resuming where entries were received before."""
        request: dict[str, Any] = {"room": self.id, **self._options}
        if self._received:
            request["since"] = self._received.to_json()
        if self._limit is not None:
            request["limit"] = self._limit
        gap: list[dict[str, Any]] = []
        await self._parlour.request("room:join", request, settle=lambda ack: gap.extend(self._joined(ack)))
        for ack in gap:
            await self._close_gap(ack)

    async def _recover(self) -> None:
        try:
            await self.rejoin()
        except ParlourError as error:
            if error.retryable:
                log.warning("room %s could not be joined again yet: %s", self.id, error)
                self.reconnected()
            else:
                self.fail(error)

    def _joined(self, ack: dict[str, Any]) -> Sequence[dict[str, Any]]:
        """Settle a join the moment its ack arrives; returns the ack where entries are missing and must be fetched."""
        self.id, self.signed = ack["room"]["id"], bool(ack["room"].get("signed"))
        self.role, self.seat, self.presence = ack["role"], ack.get("seat"), ack["presence"]
        self._entered, self._held = True, None
        if "state" in ack:
            self.state, self._state_seq = ack["state"], ack["head"]
        entries = [Entry.from_json(wire) for wire in ack["entries"]]
        if self._received is None:
            self.recent = entries
            self._received = self._yielded = Position(ack["epoch"], ack["head"], ack["hash"])
            self._head = ack["head"]
        elif ack["recovered"]:
            for entry in entries:
                self._take(entry, live=False)
            self._reach(ack["head"])
        else:
            self._held = []
            return (ack,)
        self._after_join(ack)
        return ()

    def _after_join(self, ack: dict[str, Any]) -> None:
        if "state" in ack:
            self._tell("state", self.state)
        self._tell("presence", self.presence)

    async def _close_gap(self, ack: dict[str, Any]) -> None:
        """The gap is over the limit of a replay: page through it, or say that the log is another one."""
        assert self._received
        if ack["epoch"] != self._received.epoch or not await self._same_log():
            self.recent = [Entry.from_json(wire) for wire in ack["entries"]]
            self._received = Position(ack["epoch"], ack["head"], ack["hash"])
            self._head = ack["head"]
            self._queue.put_nowait(LogReset(f"The log of {self.id} is another one now; it stands at {self._head}."))
        while self._head < ack["head"] and not self._overflowed:
            page, more = await self.history(after=self._head, before=ack["head"] + 1, limit=PAGE)
            for entry in page:
                self._put(entry)
            if not more:
                self._reach(ack["head"])
        held, self._held = self._held or [], None
        for entry in held:
            self._take(entry)
        self._after_join(ack)

    async def _same_log(self) -> bool:
        """Whether the entry we stand at is still in the log, with the hash we saw."""
        assert self._received
        if self._received.seq == 0:
            return True
        page, _ = await self.history(after=self._received.seq - 1, before=self._received.seq + 1, limit=1)
        return bool(page) and self._received.hash in (None, page[0].hash)

    def _take(self, entry: Entry, *, live: bool = True) -> None:
        """Accept an entry in order: drop what was seen, notice a gap."""
        if entry.seq <= self._head or self._overflowed:
            return
        if self._held is not None:
            self._held.append(entry)
        elif live and entry.seq > self._head + 1 and self.state is None:
            log.warning("room %s skipped from %d to %d; joining again", self.id, self._head, entry.seq)
            self.reconnected()
        else:
            self._put(entry)

    def _put(self, entry: Entry) -> None:
        if entry.seq <= self._head or self.ended:
            return
        if self._queue.qsize() >= QUEUE_LIMIT:
            self._overflowed = True
            return
        self._head = entry.seq
        self._received = self._place(entry)
        self._queue.put_nowait(entry)

    def _reach(self, seq: int) -> None:
        """Move the head over entries that are not sent (ticks), unless entries before it were left unread."""
        if not self._overflowed:
            self._head = max(self._head, seq)

    def _place(self, entry: Entry) -> Position:
        assert self._received
        return Position(self._received.epoch, entry.seq, entry.hash)

    def _move_state(self, data: dict[str, Any]) -> None:
        if "state" in data:
            self.state = data["state"]
        elif data["base"] == self._state_seq:
            try:
                self.state = apply_patch(self.state, data["patch"])
            except PatchError as error:
                log.warning("a patch for room %s does not fit: %s", self.id, error)
                return self.reconnected()
        elif data["base"] > self._state_seq:
            return self.reconnected()
        else:
            return None
        self._state_seq = data["seq"]
        if self._held is None:
            self._reach(data["seq"])
        self._tell("state", self.state)
        return None

    def _move_presence(self, data: dict[str, Any]) -> None:
        known = self.presence
        self.presence = {"v": data["v"], "count": data["count"]}
        if "joined" in data:
            stayed = [member for member in known.get("members", ()) if member not in data["left"]]
            self.presence["members"] = stayed + [member for member in data["joined"] if member not in stayed]
        if data["v"] > known["v"] + 1:
            self._asking = asyncio.create_task(self._ask_presence())
        self._tell("presence", self.presence)

    async def _ask_presence(self) -> None:
        try:
            ack = await self._ask("room:presence")
        except ParlourError:
            return
        self.presence = {key: ack[key] for key in ("v", "members", "count") if key in ack}
        self._tell("presence", self.presence)

    def _end(self, why: str, error: ParlourError | None) -> None:
        if self.ended is None:
            self.ended = why
            self._queue.put_nowait(error)
