"""What the live rooms of a process share, and the requests and decisions that pass through one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from parlour.core.audit.record import AuditRecord
from parlour.core.log.formats import FORMATS, Formats
from parlour.core.room import Account, Command, DelegatedKey, Entry, GateUpdate, Outcome, Post, RoomId
from parlour.core.rooms.hall import Hall
from parlour.core.settlement.result import Signer
from parlour.errors import GateNeeded, ParlourError
from parlour.runtime.clock import Clock
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.entropy import Entropy
from parlour.runtime.limits import MemoryBound
from parlour.runtime.live_room.presence import DATA_BYTES
from parlour.runtime.live_room.recovery import Handover, Since
from parlour.runtime.notice_records import NoticeRecord
from parlour.runtime.shown.views import Diff
from parlour.runtime.statuses import Statuses
from parlour.runtime.store import KnownId, RoomRecord, Store
from parlour.runtime.timings import Timings

Answer = dict[str, Any] | ParlourError
Reply = Callable[[Answer], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLimits:
    """Bounds of one live room; those without a default are settings (settings/rooms.py) of the same name.

    Attributes:
        mailbox: commands waiting; beyond, senders get `unavailable` (a burst of every member's post at once).
        batch: commands decided before one append: keeps a commit short.
        turn_ms: how long a room decides at a stretch while other rooms wait (scheduler.py).
        turn_deliveries: entries times connections of one turn, about: sending takes time that other rooms wait for.
        body_bytes: canonical body of a post.
        update_bytes: of one update of a document.
        words: that hold in every room, as `Rules.words`.
        room_posts_per_second, room_posts_burst: of one room, known ids aside: beyond, senders get `rate_limited`.
        room_signals_per_second, room_signals_burst: the same for signals, each of which goes to everybody in the room.
        replay_entries, replay_bytes: recovery by replay, else a snapshot (protocol §2).
        tail_entries, room_tail_bytes: kept in memory of one room for recovery.
        join_default, join_limit: latest entries of a join that did not recover: unasked, and at most.
        snapshot_entries, snapshot_bytes, snapshot_seconds: a snapshot is stored after so much log, or time with any.
        idle_seconds: an empty room closes after this.
        return_seconds: after a restart, players have this long to come back before they count as dropped.
        idle_status_seconds: without a request of an account, after which it is idle by itself.
        presence_data_bytes: what the connections in a room show together.
        presence_named: above this many accounts presence is a count, told once a second.
        known_ids: posts answered as duplicates from memory; older ones are looked up (seen_ids.py).
        invitations_per_hour: of one account to one other, over all rooms: each is a notice to every device.
        watches_per_room: each is matched against every log of its chain.
        tick_share, tick_most_ms: the part of its period a game's tick may take, and how long at most (tick_budget.py).
        state_at_entries, state_at_share: what one reading of a past state folds, and all may take (rooms/state_at.py).
        lease_ms: how long a room stays ours without a sign of life.
    """

    mailbox: int
    batch: int = 512
    turn_ms: float
    turn_deliveries: int
    body_bytes: int
    update_bytes: int
    room_posts_per_second: float
    room_posts_burst: int
    room_signals_per_second: float
    room_signals_burst: int
    replay_entries: int
    replay_bytes: int
    tail_entries: int = 1024
    room_tail_bytes: int = 512 * 1024
    join_default: int = 50
    join_limit: int = 200
    snapshot_entries: int = 500
    snapshot_bytes: int = 256 * 1024
    snapshot_seconds: float
    idle_seconds: float
    return_seconds: float
    idle_status_seconds: float = 300.0
    presence_named: int = 200
    presence_data_bytes: int = DATA_BYTES
    known_ids: int
    watches_per_room: int
    invitations_per_hour: int
    tick_share: float
    tick_most_ms: float
    state_at_entries: int
    state_at_share: float
    lease_ms: int = 10_000
    words: Sequence[Mapping[str, str]] = ()


@dataclass(slots=True)
class RoomRequest:
    """One mailbox item: a command, the function that gets the answer, and the arguments of a join.

    Attributes:
        asked_at: when (ms) it was accepted, where its room was not open then; else 0.
        request_id: the client's `id` of a mutating request that is no post; makes its retry safe.
        audit: the row of an operator's request, stored with its entries.
        invite: SHA-256 of the invitation a join shows.
        references: the seqs that it names (prepare.py).
        handover: where the connection of a Join that `goes_on` stood.
        known, before, gap, read, edits, seen: looked up in the store before the decision (prepare.py).
    """

    command: Command
    reply: Reply | None = None
    connection: Connection | None = None
    asked_at: int = 0
    since: Since | None = None
    limit: int | None = None
    request_id: str | None = None
    audit: AuditRecord | None = None
    invite: bytes | None = None
    references: Sequence[int] = ()
    handover: Handover | None = None
    known: KnownId | None = None
    before: Entry | None = None
    gap: Sequence[Entry] = ()
    read: int = 0
    edits: Sequence[Entry] = ()
    seen: Mapping[Account, int] = field(default_factory=dict)

    def answer(self, answer: Answer) -> None:
        """Send the answer to the requester; later calls do nothing."""
        reply, self.reply = self.reply, None
        if reply is not None:
            reply(answer)


@dataclass(slots=True)
class Decision:
    """A decided request whose entries are not committed yet.

    Attributes:
        view, view_key: what a join shows of a computed state, and with whom it is shared.
        news: the notices that are stored with the entries.
        late: a join's answer shows the room as it was `delay` ms ago.
        missed: what a connection that goes on is to be sent.
    """

    request: RoomRequest
    answer: Answer
    outcome: Outcome = field(default_factory=Outcome)
    entries: list[Entry] = field(default_factory=list)
    view: Any = None
    view_key: Any = None
    news: list[NoticeRecord] = field(default_factory=list)
    late: bool = False
    missed: Sequence[Entry] | None = None


Delegated = Callable[[Account, Collection[str], RoomId, bool], Awaitable[Sequence[DelegatedKey]]]
"""Returns which addresses are live session keys of an account; takes the room and whether it holds a stake."""


async def _no_keys(account: Account, addresses: Collection[str], room: RoomId, staked: bool) -> Sequence[DelegatedKey]:
    return ()


Attachable = Callable[[RoomId, Account, Collection[bytes]], Awaitable[Collection[bytes]]]
"""Returns which of these files an account may name in a message of a room, by their hashes."""


async def _no_files(room: RoomId, account: Account, hashes: Collection[bytes]) -> Collection[bytes]:
    return ()


class Gatekeeper(Protocol):
    """Asks chains whom gates let in; runtime/gates/gates.py implements it."""

    async def opened(self, hall: Hall) -> GateUpdate | None:
        """Follow the members of a room that was opened; return whose right ended while nobody followed it."""

    def stored(self, hall: Hall, entries: Sequence[Entry]) -> None:
        """Take note of what a room with a gate stored, or of its new settings."""

    def folded_again(self, hall: Hall) -> None:
        """Follow the members of a room whose state was made anew from its log."""

    def closed(self, room: RoomId) -> None:
        """Follow the members of a room no longer."""

    async def let_in(self, hall: Hall, account: Account, needed: GateNeeded) -> None:
        """Return once the account has a grant; raises the refusal."""

    def holds_back(self, room: RoomId, request: RoomRequest) -> bool:
        """Return whether a request waits until its account was asked about; then it goes on by itself."""
        ...

    def take_over(self, hall: Hall, request: RoomRequest, needed: GateNeeded) -> ParlourError | None:
        """Answer the request later, once the chain was asked; return the refusal where asking helps nothing."""


class NoGates:
    """Lets nobody without a grant in, and asks nobody."""

    async def opened(self, hall: Hall) -> GateUpdate | None:
        return None

    def stored(self, hall: Hall, entries: Sequence[Entry]) -> None:
        pass

    def folded_again(self, hall: Hall) -> None:
        pass

    def closed(self, room: RoomId) -> None:
        pass

    async def let_in(self, hall: Hall, account: Account, needed: GateNeeded) -> None:
        raise needed

    def holds_back(self, room: RoomId, request: RoomRequest) -> bool:
        return False

    def take_over(self, hall: Hall, request: RoomRequest, needed: GateNeeded) -> ParlourError | None:
        return needed


Blockers = Callable[[Account, Collection[Account]], Awaitable[Collection[Account]]]
"""Returns which of some accounts block an author; may raise StoreError."""


async def _nobody(author: Account, accounts: Collection[Account]) -> Collection[Account]:
    return ()


Levels = Callable[[RoomId, Collection[Account], int | None, int], Awaitable[Mapping[Account, str]]]
"""Returns how much accounts want to hear of a room or of a thread in it now (ms), those that said so."""


async def _usual(room: RoomId, accounts: Collection[Account], thread: int | None, now: int) -> Mapping[Account, str]:
    return {}


Followed = Callable[[RoomId], Awaitable[bool]]
"""Returns whether somebody wants to hear of every message of a room."""


async def _not_followed(room: RoomId) -> bool:
    return False


LastSeen = Callable[[RoomId], Awaitable[Mapping[Account, int]]]
"""Returns when (ms) people who belong to a room were seen last on this server."""


async def _never(room: RoomId) -> Mapping[Account, int]:
    return {}


TAILS_BYTES = 256 << 20
"""Of all rooms: half a million messages, as `PARLOUR_TAIL_BYTES` has it where nothing is set."""


@dataclass(slots=True)
class RoomContext:
    """What the hosts of a process share.

    Attributes:
        owner: this process's name on leases.
        notify: send an event to every connection of an account.
        on_stored: what is called with a room and the entries it stored at once.
        on_entry: by entry type, what is called with each one that was stored here.
        on_entry_anywhere: the same for what one node does for all: it hears of entries that other nodes store, too.
        on_told: by its first word, what is called with the rest of what another node told by `tell_nodes`.
        on_nodes_changed: called when a node came or went: what it stored last may not have been told.
        before_post: by type, what may refuse a post that the room's rules allow, by raising a ParlourError.
        blockers: which of some accounts block an author.
        muted: whether an account is muted on the whole server.
        levels, followed: what accounts want to hear of a room.
        last_seen: when people of a room were seen last.
        on_handed_over: called with a room that was closed while people were in it, and where each of them stood.
        statuses: what accounts say of themselves.
        on_spread: called once a message is stored that is told to more accounts (runtime/inbox/spread.py).
        tell_nodes: tells the other nodes what their live rooms have to know (runtime/cluster/news.py).
        delegated: which of these addresses are live session keys of an account (protocol §6).
        attachable: which of these files an account may name in a message (protocol §7 "Files").
        on_listed: called with a room whose line in lists or whose bans may have changed, once that is stored, and with
            whom it bans until when (rooms/lobby.py).
        entropy: fresh random bytes.
        formats: what this release reads and writes of logs and snapshots.
        gates: asks chains whom gates let in.
        silent: whether nothing is heard of a chain that a room shows.
        tails: bounds the ends of logs that all rooms keep in memory.
        fan_outs, ticks: seconds that sending one stored batch, and one tick of a game, took.
        referee: the key that signs results of settled games; None where there is none.
        sign: makes the server's signature of a room's epoch, seq and hash (protocol §6); None where there is no key.
    """

    store: Store
    clock: Clock
    encoder: Encoder
    limits: HostLimits
    diff: Diff
    make_room: Callable[[str, RoomId], Hall]
    owner: str
    notify: Callable[[Account, str, dict[str, Any]], None]
    on_stored: list[Callable[[RoomRecord, Sequence[Entry]], None]] = field(default_factory=list)
    on_entry: dict[str, list[Callable[[RoomRecord, Entry], None]]] = field(default_factory=dict)
    on_entry_anywhere: dict[str, list[Callable[[RoomRecord, Entry], None]]] = field(default_factory=dict)
    on_told: dict[str, Callable[..., None]] = field(default_factory=dict)
    on_nodes_changed: list[Callable[[], None]] = field(default_factory=list)
    before_post: dict[str, Callable[[RoomRecord, Post], None]] = field(default_factory=dict)
    on_listed: Callable[[RoomRecord, Mapping[Account, int | None]], None] = lambda record, banned: None
    muted: Callable[[Account], bool] = lambda account: False
    entropy: Callable[[int], bytes] = field(default_factory=lambda: Entropy().take)
    referee: Signer | None = None
    sign: Callable[[RoomId, str, int, bytes], dict[str, Any]] | None = None
    blockers: Blockers = _nobody
    levels: Levels = _usual
    followed: Followed = _not_followed
    on_spread: Callable[[], None] = lambda: None
    tell_nodes: Callable[..., None] = lambda *news: None
    last_seen: LastSeen = _never
    on_handed_over: Callable[[RoomId, Sequence[tuple[Connection, Handover]]], None] = lambda room, those: None
    statuses: Statuses = field(init=False)
    delegated: Delegated = _no_keys
    attachable: Attachable = _no_files
    formats: Formats = FORMATS
    gates: Gatekeeper = field(default_factory=NoGates)
    silent: Callable[[Hall], bool] = lambda hall: False
    tails: MemoryBound = field(default_factory=lambda: MemoryBound(TAILS_BYTES))
    fan_outs: Timings = field(default_factory=Timings)
    ticks: Timings = field(default_factory=Timings)

    def __post_init__(self) -> None:
        self.statuses = Statuses(self.clock, self.limits.idle_status_seconds)

    def stored(self, record: RoomRecord, entries: Sequence[Entry]) -> None:
        """Call `on_stored`, `on_entry`, and `on_entry_anywhere` on all nodes, for entries stored at once, if any."""
        if not entries:
            return
        for hear in self.on_stored:
            hear(record, entries)
        for entry in entries:
            for told in self.on_entry.get(entry.type, ()):
                told(record, entry)
            if entry.type in self.on_entry_anywhere:
                self.hear_stored(record, entry)
                self.tell_nodes("stored", record, entry)

    def hear_stored(self, record: RoomRecord, entry: Entry) -> None:
        """Call `on_entry_anywhere` for an entry that this node or another one stored just now."""
        for told in self.on_entry_anywhere.get(entry.type, ()):
            told(record, entry)
