"""RoomHost: the one task that owns a live room.

    submit → mailbox → decide (pure) → store.append → publish (entries, acks, states, in mailbox order)

Whatever waits in the mailbox becomes one batch and one compare-and-set on the log. Nothing is acknowledged, and nobody
hears of an entry, before `append` returned; where it fails, the live room is dropped and folded again from the store.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

import structlog

from parlour.core.hall import Hall
from parlour.core.room import (
    Account,
    ChainNews,
    Command,
    Draft,
    Dropped,
    Entry,
    Join,
    Outcome,
    Post,
    Resumed,
    Returned,
    RoomId,
    Snapshot,
    Tick,
    Wake,
    dead_seqs,
)
from parlour.core.transcript import SALT_BYTES, canonical, hash_body, seal
from parlour.errors import Conflict, Internal, NotFound, ParlourError, TooLarge, Unavailable
from parlour.runtime.clock import Clock, Timer
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.presence import Presence
from parlour.runtime.recovery import Since, answer_gap
from parlour.runtime.store import Fenced, KnownId, Listing, RoomRecord, Store, StoreError
from parlour.runtime.tail import Tail
from parlour.runtime.views import Diff, Views
from parlour.runtime.wire import entry_event, entry_json

log = structlog.get_logger()

Reply = Callable[[dict[str, Any] | ParlourError], None]


@dataclass(frozen=True, slots=True)
class HostLimits:
    """Bounds of one live room; each is a setting.

    Attributes:
        mailbox: commands waiting; beyond, senders get `unavailable` (a burst of every member's post at once).
        batch: commands decided before one append: keeps a commit short.
        body_bytes: canonical body of a post.
        replay_entries, replay_bytes: recovery by replay, else a snapshot (protocol §2).
        tail_entries, tail_bytes: kept in memory for recovery.
        join_limit: latest entries of a join that did not recover, at most.
        snapshot_entries, snapshot_bytes: a snapshot is stored after so much log.
        idle_seconds: an empty room closes after this.
        presence_named: above this many accounts presence is a count.
    """

    mailbox: int = 10_000
    batch: int = 512
    body_bytes: int = 32_768
    replay_entries: int = 1000
    replay_bytes: int = 512 * 1024
    tail_entries: int = 1024
    tail_bytes: int = 512 * 1024
    join_default: int = 50
    join_limit: int = 200
    snapshot_entries: int = 500
    snapshot_bytes: int = 256 * 1024
    idle_seconds: float = 60.0
    presence_named: int = 200
    known_ids: int = 10_000
    lease_ms: int = 10_000


@dataclass(slots=True)
class Request:
    """One mailbox item: a command, who hears the answer, and what a join brings along."""

    command: Command
    reply: Reply | None = None
    connection: Connection | None = None
    since: Since | None = None
    limit: int | None = None
    request_id: str | None = None
    known: KnownId | None = None
    gap: list[Entry] | None = None
    read: int = 0


@dataclass(slots=True)
class _Done:
    """A decided request, waiting for the commit before anybody hears of it."""

    request: Request
    answer: dict[str, Any] | ParlourError
    outcome: Outcome = field(default_factory=Outcome)
    entries: list[Entry] = field(default_factory=list)
    view: Any = None


@dataclass(slots=True)
class House:
    """What every host of a process shares."""

    store: Store
    clock: Clock
    encoder: Encoder
    limits: HostLimits
    diff: Diff
    make_room: Callable[[str, RoomId], Hall]
    owner: str
    notify: Callable[[Account, str, dict[str, Any]], None]
    on_batch: Callable[[RoomRecord, Sequence[Entry]], None] = lambda record, entries: None


class RoomHost:
    """A live room. `submit` is synchronous, so a client's order is the mailbox's order."""

    def __init__(self, room: RoomId, house: House, on_closed: Callable[[RoomHost], None]) -> None:
        self.id = room
        self.house = house
        self.presence = Presence(house.limits.presence_named)
        self._limits = house.limits
        self._on_closed = on_closed
        self._mailbox: deque[Request] = deque()
        self._wake = asyncio.Event()
        self._timers: list[Timer] = []
        self._closing = False
        self._published = 0
        self._opened_before = False
        self._last_busy = house.clock.monotonic()
        self._wake_due = self._tick_due = False
        self._last_tick = 0.0
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ready.add_done_callback(lambda ready: ready.cancelled() or ready.exception())
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"room {room}")

    # ── asked from outside ────────────────────────────────────────────────────────────────────────────────────

    def submit(self, request: Request) -> None:
        """Queue a request.

        Raises:
            Unavailable: the mailbox is full, or the host is closing.
        """
        if self._closing or len(self._mailbox) >= self._limits.mailbox:
            raise Unavailable("This room is busy; try again.", retry_after=1000)
        self._mailbox.append(request)
        self._wake.set()

    def signal(self, sender: Connection, type_: str, body: Any) -> None:
        """Pass news to everybody else in the room; never stored (protocol §4 `signal`)."""
        event = {"room": self.id, "from": {"account": sender.account, "connection": sender.id}, "type": type_}
        frame = self.house.encoder.frame("signal", {**event, "body": body})
        for connection in self.presence.connections.values():
            if connection is not sender:
                connection.write(frame, volatile=True)

    def leave(self, connection: Connection) -> None:
        """This socket no longer follows the room (left, or vanished)."""
        if connection not in self.presence:
            return
        last = self.presence.exit(connection)
        self._views.left(connection)
        self._last_busy = self.house.clock.monotonic()
        if last and self.room.computed:
            with suppress(Unavailable):
                self.submit(Request(Dropped(author=connection.account)))
        self._wake.set()

    def told_read(self, account: Account, seq: int) -> None:
        """Tell the room how far an account has read, unless the room is too large for that."""
        if len(self.presence) <= self._limits.presence_named:
            frame = self.house.encoder.frame("read", {"room": self.id, "account": account, "seq": seq})
            for connection in self.presence.connections.values():
                connection.write(frame, volatile=True)

    async def drain(self) -> None:
        """Commit what the mailbox holds, then close."""
        self._closing = True
        self._wake.set()
        await asyncio.wait([self._task])

    async def opened(self) -> Hall:
        """The room's folded state, once loaded; raises NotFound or Unavailable."""
        await asyncio.shield(self._ready)
        return self.room

    # ── the loop ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        try:
            if not await self._open_or_refuse():
                return
            while not (self._closing and not self._mailbox):
                if not self._mailbox and not self._wake_due and not self._tick_due:
                    self._tell_presence()
                    if self._idle():
                        break
                    self._set_timers()
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                await self._turn()
            await self._snapshot_on_close()
        except Fenced:
            log.warning("room.fenced", room=self.id)
            self._refuse_all(Unavailable("Another process took this room over.", retry_after=1000))
            for connection in list(self.presence.connections.values()):
                connection.close("replaced", reconnect=True)
        except Exception:
            log.exception("room.crashed", room=self.id)
            self._refuse_all(Internal())
            for connection in list(self.presence.connections.values()):
                connection.close("replaced", reconnect=True)
        finally:
            self._closing = True
            self._cancel_timers()
            self._on_closed(self)

    async def _turn(self) -> None:
        batch = self._take()
        try:
            await self._process(batch)
        except Fenced:
            for request in batch:
                _answer(request, Unavailable("Another process took this room over.", retry_after=1000))
            raise
        except StoreError as error:
            log.warning("room.store_failed", room=self.id, error=str(error))
            for request in batch:
                _answer(request, Unavailable("The log could not be written; try again.", retry_after=1000))
            await self._reload()

    def _take(self) -> list[Request]:
        """The next batch: what waits, but a chain correction is always alone (it folds the room again)."""
        if self._wake_due:
            self._wake_due = False
            return [Request(Wake())]
        if self._tick_due:
            self._tick_due = False
            now = self.house.clock.monotonic()
            dt, self._last_tick = now - self._last_tick, now
            return [Request(Tick(dt=dt))]
        batch: list[Request] = []
        while self._mailbox and len(batch) < self._limits.batch:
            if _corrects(self._mailbox[0].command):
                if not batch:
                    batch.append(self._mailbox.popleft())
                break
            batch.append(self._mailbox.popleft())
        return batch

    async def _process(self, batch: list[Request]) -> None:
        await self._prepare(batch)
        self._begin()
        done: list[_Done] = []
        for request in batch:
            if _corrects(request.command):
                done.append(await self._decide_correction(request))
            else:
                done.append(self._decide(request))
        await self._commit()
        await self._keep_members(done)
        self._publish(done)

    # ── opening and closing ───────────────────────────────────────────────────────────────────────────────────

    async def _open_or_refuse(self) -> bool:
        try:
            await self._open()
        except ParlourError as error:
            self._refuse_all(error)
            return False
        except Fenced:
            self._refuse_all(Unavailable("Another process owns this room right now.", retry_after=2000))
            return False
        except StoreError:
            self._refuse_all(Unavailable(retry_after=1000))
            return False
        self._ready.set_result(None)
        return True

    async def _open(self) -> None:
        """Read the record, the newest snapshot and the tail; fold."""
        store = self.house.store
        saved = await store.load(self.id)
        if saved is None:
            raise NotFound("There is no such room.")
        now = self.house.clock.now()
        fence = await store.acquire(saved.record.id, self.house.owner, self._limits.lease_ms, now)
        saved = await store.load(self.id) or saved
        self.record = saved.record
        self.record.fence = fence
        self.id = self.record.id
        room = self.house.make_room(self.record.kind, self.id)
        after = self.record.floor - 1
        if saved.snapshot is not None:
            room.restore(saved.snapshot.state)
            after = saved.snapshot.seq
        newer = await self._read(after, self.record.head)
        dead = dead_seqs(newer)
        self.tail = Tail(self._limits.tail_entries, self._limits.tail_bytes)
        for entry in newer:
            if entry.seq not in dead:
                room.apply(entry)
            self.tail.push(entry)
        self.room = room
        self._since_snapshot = len(newer)
        self._bytes_since_snapshot = sum(len(e.raw or b"") for e in newer)
        self._views = Views(self.id, self.house.encoder, self.house.diff)
        self._ids: dict[tuple[Account, str], KnownId] = {}
        self._ids_complete = after == 0
        for entry in newer:
            self._remember(entry)
        self._head_at = newer[-1].at if newer else self.record.updated_at
        if not self._opened_before:
            self._published = self.record.head
            self._opened_before = True
            if room.deadline() is not None:
                paused = max(0, now - self._head_at)
                self._mailbox.appendleft(Request(Resumed(paused_ms=paused)))

    async def _reload(self) -> None:
        """After a store failure: forget the live state, fold again; entries that did get stored are published."""
        pause = 0.05
        while True:
            try:
                await self._open()
                break
            except Fenced:
                raise
            except StoreError:
                if self._closing:
                    raise
                self._refuse_all(Unavailable("The log cannot be read; try again.", retry_after=1000))
                await self.house.clock.sleep(pause)
                pause = min(pause * 2, 2.0)
        missed = await self._read(self._published, self.record.head)
        for entry in missed:
            self._tell_entry(entry)
        self._published = self.record.head
        if self.room.computed:
            self._tell_views()

    async def _read(self, after: int, upto: int) -> list[Entry]:
        entries: list[Entry] = []
        while after < upto:
            page = await self.house.store.entries(self.id, after, 1000)
            if not page:
                break
            entries += page
            after = page[-1].seq
        return entries

    async def _snapshot_on_close(self) -> None:
        if self._since_snapshot >= self._limits.join_default and not self.room.closed:
            with suppress(StoreError):
                await self.house.store.append(
                    self.id,
                    self.record.epoch,
                    self.record.fence,
                    self.record.head,
                    (),
                    Snapshot(self.record.head, self.room.snapshot()),
                )
        with suppress(StoreError):
            await self.house.store.release(self.id, self.house.owner)

    def _refuse_all(self, error: ParlourError) -> None:
        while self._mailbox:
            _answer(self._mailbox.popleft(), error)
        if not self._ready.done():
            self._ready.set_exception(error)

    # ── time ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _idle(self) -> bool:
        if self.presence.connections or self.room.deadline() is not None:
            return False
        return self.house.clock.monotonic() - self._last_busy >= self._limits.idle_seconds

    def _set_timers(self) -> None:
        self._cancel_timers()
        clock = self.house.clock
        deadline = self.room.deadline()
        if deadline is not None:
            self._timers.append(clock.call_later((deadline - clock.now()) / 1000, self._on_deadline))
        rate = getattr(self.room, "tick_rate", 0)
        if rate:
            if not self._last_tick:
                self._last_tick = clock.monotonic()
            self._timers.append(clock.call_later(self._last_tick + 1 / rate - clock.monotonic(), self._on_tick))
        elif not self.presence.connections and deadline is None:
            left = self._limits.idle_seconds - (clock.monotonic() - self._last_busy)
            self._timers.append(clock.call_later(left + 0.01, self._wake.set))

    def _on_deadline(self) -> None:
        deadline = self.room.deadline()
        self._wake_due = deadline is not None and deadline <= self.house.clock.now()
        self._wake.set()

    def _on_tick(self) -> None:
        self._tick_due = True
        self._wake.set()

    def _cancel_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    # ── prepare: what the decision needs from the store ───────────────────────────────────────────────────────

    async def _prepare(self, batch: list[Request]) -> None:
        ids: list[tuple[Account, str]] = []
        seqs: set[int] = set()
        sources: list[str] = []
        for request in batch:
            command = request.command
            if isinstance(command, Post):
                if not self._ids_complete and (command.author, command.id) not in self._ids:
                    ids.append((command.author, command.id))
                seqs.update(seq for seq in command.references() if self.tail.get(seq) is None)
            elif isinstance(command, ChainNews):
                sources += [s for d in command.drafts for s in _sources(d)]
            elif isinstance(command, Join):
                await self._prepare_join(request)
            if request.request_id is not None:
                sources.append(_request_source(request))
        store = self.house.store
        known = await store.known(self.id, ids) if ids else {}
        picked = await store.pick(self.id, sorted(seqs)) if seqs else {}
        self._sourced = await store.sourced(self.id, sources) if sources else {}
        for request in batch:
            command = request.command
            if isinstance(command, Post):
                request.known = known.get((command.author, command.id))
                if command.references():
                    command.referenced = picked

    async def _prepare_join(self, request: Request) -> None:
        command = request.command
        if command.author:
            request.read = await self.house.store.position(self.id, command.author)
        wanted = request.since.seq - 1 if request.since is not None else None
        if wanted is not None and 0 <= wanted < self.record.head and self.tail.after(wanted) is None:
            request.gap = await self.house.store.entries(self.id, wanted, self._limits.replay_entries + 2)
        elif self.tail.after(self.record.head - self._join_limit(request)) is None:
            before = self.tail.first or self.record.head + 1
            request.gap = await self.house.store.entries(self.id, 0, self._join_limit(request), before)

    # ── decide: pure, in mailbox order ────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        self._pending: list[Entry] = []
        self._erase: list[int] = []
        self._drop_from: int | None = None
        self._facts_changed = False

    def _decide(self, request: Request) -> _Done:
        try:
            duplicate = self._duplicate(request)
            if duplicate is not None:
                return _Done(request, duplicate)
            return self._accept(request, self._handle(request.command))
        except ParlourError as error:
            return _Done(request, error)
        except RecursionError:
            return _Done(request, Internal("The room's rules recursed too deeply."))
        except Exception:
            log.exception("room.rule_failed", room=self.id, command=type(request.command).__name__)
            return _Done(request, Internal())

    def _duplicate(self, request: Request) -> dict[str, Any] | None:
        """The answer to a known id, asked before rights, kind or rules."""
        command = request.command
        if isinstance(command, Post):
            known = self._ids.get((command.author, command.id)) or request.known
            if known is None:
                return None
            if known.type != command.type:
                raise Conflict()
            if known.salt is not None and hash_body(known.salt, canonical(command.body)) != known.body_hash:
                raise Conflict()
            return {"ok": True, "seq": known.seq, "at": known.at, "hash": "0x" + known.hash.hex(), "duplicate": True}
        if request.request_id is not None and (seq := self._sourced.get(_request_source(request))) is not None:
            return {"ok": True, "seq": seq, "duplicate": True, "room": self.described()}
        return None

    def _handle(self, command: Command) -> Outcome:
        command.at = max(self.house.clock.now(), self._head_at)
        command.seq = self.record.head + len(self._pending) + 1
        if isinstance(command, ChainNews):
            command.drafts = [d for d in command.drafts if d.source not in self._sourced]
        elif isinstance(command, Post):
            if command.references():
                held = {s: e for s in command.references() if (e := self.tail.get(s)) is not None}
                command.referenced = {**command.referenced, **held}
        if self.room.computed:
            command.entropy = secrets.token_bytes(32)
        return self.room.handle(command)

    def _accept(self, request: Request, outcome: Outcome) -> _Done:
        """Number, hash and fold what the room decided."""
        command = request.command
        raws = [canonical(draft.body) for draft in outcome.entries]
        if isinstance(command, Post) and len(raws[0]) > self._limits.body_bytes:
            raise TooLarge(f"A body is at most {self._limits.body_bytes} bytes.")
        if request.request_id is not None and outcome.entries:
            outcome.entries[0].source = _request_source(request)
        done = _Done(request, {"ok": True}, outcome)
        for draft, raw in zip(outcome.entries, raws, strict=True):
            done.entries.append(self._append(draft, raw, command.at))
        if outcome.erase:
            self.tail.erase(set(outcome.erase))
            self._erase += outcome.erase
        done.answer = self._answer_to(done)
        return done

    def _append(self, draft: Draft, raw: bytes, at: int) -> Entry:
        seq = self.record.head + len(self._pending) + 1
        previous = self._pending[-1].hash if self._pending else self.record.hash
        entry = seal(draft, self.id, self.record.epoch, seq, at, previous, secrets.token_bytes(SALT_BYTES), raw)
        self._head_at = at
        self._pending.append(entry)
        self.room.apply(entry)
        self.tail.push(entry)
        self._remember(entry)
        if entry.type.startswith(("room.", "member.")):
            self._facts_changed = True
        return entry

    def _remember(self, entry: Entry) -> None:
        if entry.author:
            self._ids[entry.author, entry.id] = KnownId(
                entry.seq, entry.at, entry.hash, entry.type, entry.body_hash, entry.salt
            )
            if len(self._ids) > self._limits.known_ids:
                del self._ids[next(iter(self._ids))]
                self._ids_complete = False

    def _answer_to(self, done: _Done) -> dict[str, Any]:
        command, reply = done.request.command, done.outcome.reply
        if isinstance(command, Post):
            entry = next((e for e in done.entries if e.author == command.author), done.entries[0])
            return {"ok": True, "seq": entry.seq, "at": entry.at, "hash": "0x" + entry.hash.hex(), **reply}
        if isinstance(command, Join) and done.request.connection is not None:
            return self._join_answer(done, done.request.connection)
        return {"ok": True, **reply}

    async def _decide_correction(self, request: Request) -> _Done:
        """A `chain.reverted`: map sources to seqs, fold again without what is undone, and judge what is void."""
        news = cast(ChainNews, request.command)
        news.drafts = [d for d in news.drafts if d.source not in self._sourced]
        now = max(self.house.clock.now(), self._head_at)
        done = _Done(request, {"ok": True})
        for draft in news.drafts:
            body = cast(dict[str, Any], draft.body)
            of = sorted(self._sourced[s] for s in body.get("of", ()) if s in self._sourced)
            if draft.type in ("chain.reverted", "chain.moved") and not of:
                continue
            if draft.type == "chain.reverted":
                room, void = await self._fold_without(of)
                draft.body = {**body, "of": of, "void": void}
                self.room = room
                self._views.reset()
                self._drop_from = min(of) if self._drop_from is None else min(self._drop_from, *of)
            elif draft.type == "chain.moved":
                draft.body = {**body, "of": of}
            done.entries.append(self._append(draft, canonical(draft.body), now))
        return done

    async def _fold_without(self, of: list[int]) -> tuple[Hall, list[dict[str, Any]]]:
        base = await self.house.store.snapshot_before(self.id, of[0])
        room = self.house.make_room(self.record.kind, self.id)
        if base is not None:
            room.restore(base.state)
        after = base.seq if base is not None else self.record.floor - 1
        entries = [*await self._read(after, self.record.head), *self._pending]
        dead = dead_seqs(entries) | set(of)
        void: list[dict[str, Any]] = []
        for entry in entries:
            if entry.seq in dead:
                continue
            reason = room.refuses(entry) if entry.seq > of[0] else None
            if reason is None:
                room.apply(entry)
            else:
                void.append({"seq": entry.seq, "reason": reason})
        return room, void

    # ── joins ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _join_limit(self, request: Request) -> int:
        limit = self._limits.join_default if request.limit is None else request.limit
        return max(0, min(limit, self._limits.join_limit))

    def _join_answer(self, done: _Done, connection: Connection) -> dict[str, Any]:
        request, account = done.request, connection.account
        head = self.record.head + len(self._pending)
        newest = self._pending[-1] if self._pending else None
        held = self._contiguous(request)
        recovered = answer_gap(request.since, self.record, head, held, self._limits)
        entries = recovered if recovered is not None else self._latest(request, held)
        answer: dict[str, Any] = {
            "ok": True,
            "room": self.described(),
            "epoch": self.record.epoch,
            "head": head,
            "hash": "0x" + (newest.hash if newest else self.record.hash).hex(),
            "read": request.read,
            "recovered": recovered is not None,
            "entries": [self._json(e, account) for e in entries if self.sends(e)],
            **done.outcome.reply,
        }
        if self.room.computed:
            answer["state"] = done.view = self.room.view(account or None)
        return answer

    def _contiguous(self, request: Request) -> list[Entry]:
        """The newest entries at hand, from the store's page (where one was needed) to the tail's end."""
        newest = list(self.tail.after((self.tail.first or 1) - 1) or ())
        if not request.gap:
            return newest
        first = newest[0].seq if newest else self.record.head + 1
        older = [e for e in request.gap if e.seq < first]
        return older + newest if not older or older[-1].seq + 1 == first or not newest else older

    def _latest(self, request: Request, held: list[Entry]) -> list[Entry]:
        limit = self._join_limit(request)
        return held[-limit:] if limit else []

    def described(self) -> dict[str, Any]:
        """The room object of acks (protocol §3 "Rooms")."""
        room = self.room
        described = {**self.record.to_json(), "title": room.title, "visibility": room.visibility}
        return {**described, "options": room.options}

    # ── commit ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _commit(self) -> None:
        if not self._pending:
            return
        pending, record = self._pending, self.record
        self._since_snapshot += len(pending)
        self._bytes_since_snapshot += sum(len(e.raw or b"") for e in pending)
        snapshot = self._due_snapshot(pending[-1].seq)
        await self.house.store.append(
            self.id,
            record.epoch,
            record.fence,
            record.head,
            pending,
            snapshot,
            listing=self._listing() if self._facts_changed else None,
            erase=self._erase,
            drop_snapshots_from=self._drop_from,
        )
        record.head, record.hash = pending[-1].seq, pending[-1].hash
        record.updated_at = pending[-1].at
        if snapshot is not None:
            self._since_snapshot = self._bytes_since_snapshot = 0
        self.house.on_batch(record, pending)

    async def _keep_members(self, batch: list[_Done]) -> None:
        """Those who were let in belong to the room's people; a refused join leaves no trace."""
        for done in batch:
            command = done.request.command
            admitted = isinstance(command, Join) and isinstance(done.answer, dict)
            if admitted and command.author and not self.presence.holds(command.author):
                await self.house.store.touch_member(self.id, command.author, command.at)

    def _due_snapshot(self, seq: int) -> Snapshot | None:
        due = (
            self._drop_from is not None
            or self._since_snapshot >= self._limits.snapshot_entries
            or self._bytes_since_snapshot >= self._limits.snapshot_bytes
        )
        return Snapshot(seq, self.room.snapshot()) if due else None

    def _listing(self) -> Listing:
        room = self.room
        record = self.record
        record.title, record.visibility, record.options = room.title, room.visibility, room.options
        record.closed = room.closed
        return Listing(room.title, room.visibility, room.options, room.closed, record.members)

    # ── publish: everybody hears, in order ────────────────────────────────────────────────────────────────────

    def _publish(self, batch: list[_Done]) -> None:
        for done in batch:
            for entry in done.entries:
                self._tell_entry(entry)
            request = done.request
            if isinstance(request.command, Join) and request.connection is not None and isinstance(done.answer, dict):
                self._admit(done, request.connection)
            _answer(request, done.answer)
            self._tell_rest(done)
        self._published = self.record.head
        if self._pending and self.room.computed:
            self._tell_views()
        self._tell_presence()
        self._last_busy = self.house.clock.monotonic()
        if self.room.closed:
            self._say_closed()

    def _admit(self, done: _Done, connection: Connection) -> None:
        came_back = self.presence.enter(connection)
        done.answer["presence"] = self.presence.picture()  # type: ignore[index]  # a dict: a refusal is not admitted
        if self.room.computed:
            self._views.joined(connection, cast(Any, self.room), done.answer["head"], done.view)  # type: ignore[index]
            if came_back:
                with suppress(Unavailable):
                    self.submit(Request(Returned(author=connection.account)))

    def sends(self, entry: Entry) -> bool:
        """Whether entries of this kind travel at all (a game's ticks do not)."""
        sends = getattr(self.room, "sends", None)
        return sends is None or bool(sends(entry))

    def _json(self, entry: Entry, account: Account) -> dict[str, Any]:
        return entry_json(entry, hidden=self.room.computed and self.room.hides(entry, account or None))

    def _tell_entry(self, entry: Entry) -> None:
        if not self.presence.connections or not self.sends(entry):
            return
        frame = self.house.encoder.frame
        if not self.room.computed:
            shown = frame("entry", entry_event(entry))
            for connection in self.presence.connections.values():
                connection.write(shown)
            return
        frames: dict[bool, Any] = {}
        for connection in self.presence.connections.values():
            hidden = self.room.hides(entry, connection.account or None)
            if hidden not in frames:
                frames[hidden] = frame("entry", entry_event(entry, hidden=hidden))
            connection.write(frames[hidden])

    def _tell_rest(self, done: _Done) -> None:
        for notice in done.outcome.notices:
            entry = done.entries[notice.index]
            told = {"room": self.id, "seq": entry.seq, "type": notice.type, "from": entry.author}
            if self.room.access.role(notice.account, entry.at) is not None:
                self.house.notify(notice.account, "notice", told)
        for account, reason in done.outcome.removed:
            frame = self.house.encoder.frame("room:removed", {"room": self.id, "reason": reason})
            for connection in self.presence.of(account):
                connection.write(frame)
                self.presence.exit(connection)
                self._views.left(connection)
        for type_, body in done.outcome.signals:
            frame = self.house.encoder.frame("signal", {"room": self.id, "from": None, "type": type_, "body": body})
            for connection in self.presence.connections.values():
                connection.write(frame, volatile=True)

    def _tell_views(self) -> None:
        self._views.tell(cast(Any, self.room), self.record.head, self.presence.connections.values())

    def _tell_presence(self) -> None:
        news = self.presence.take_news()
        if news is not None:
            frame = self.house.encoder.frame("presence", {"room": self.id, **news})
            for connection in self.presence.connections.values():
                connection.write(frame, volatile=True)

    def _say_closed(self) -> None:
        reason = next((e.body.get("reason") for e in reversed(self._pending) if isinstance(e.body, dict)), None)
        frame = self.house.encoder.frame("room:closed", {"room": self.id, "reason": reason})
        for connection in list(self.presence.connections.values()):
            connection.write(frame)
            self.presence.exit(connection)
        self._last_busy = float("-inf")


def _answer(request: Request, answer: dict[str, Any] | ParlourError) -> None:
    if request.reply is not None:
        request.reply(answer)


def _corrects(command: Command) -> bool:
    return isinstance(command, ChainNews) and any(d.type in ("chain.reverted", "chain.moved") for d in command.drafts)


def _sources(draft: Draft) -> list[str]:
    of = draft.body.get("of", ()) if isinstance(draft.body, dict) else ()
    return [*([draft.source] if draft.source else ()), *(s for s in of if isinstance(s, str))]


def _request_source(request: Request) -> str:
    return f"request:{request.command.author}:{request.request_id}"
