"""What the live rooms of a process share, and the requests and decisions that pass through one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parlour.core.log.formats import FORMATS, Formats
from parlour.core.room import Account, Command, DelegatedKey, Entry, Outcome, RoomId
from parlour.core.rooms.hall import Hall
from parlour.errors import ParlourError
from parlour.runtime.clock import Clock
from parlour.runtime.connection import Connection, Encoder
from parlour.runtime.entropy import Entropy
from parlour.runtime.limits import MemoryBound
from parlour.runtime.live_room.recovery import Since
from parlour.runtime.live_room.views import Diff
from parlour.runtime.store import KnownId, RoomRecord, Store

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
        room_posts_per_second, room_posts_burst: of one room, known ids aside: beyond, senders get `rate_limited`.
        room_signals_per_second, room_signals_burst: the same for signals, each of which goes to everybody in the room.
        replay_entries, replay_bytes: recovery by replay, else a snapshot (protocol §2).
        tail_entries, room_tail_bytes: kept in memory of one room for recovery.
        join_default, join_limit: latest entries of a join that did not recover: unasked, and at most.
        snapshot_entries, snapshot_bytes, snapshot_seconds: a snapshot is stored after so much log, or time with any.
        idle_seconds: an empty room closes after this.
        return_seconds: after a restart, players have this long to come back before they count as dropped.
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
    presence_named: int = 200
    known_ids: int
    watches_per_room: int
    invitations_per_hour: int
    tick_share: float
    tick_most_ms: float
    state_at_entries: int
    state_at_share: float
    lease_ms: int = 10_000


@dataclass(slots=True)
class RoomRequest:
    """One mailbox item: a command, the function that gets the answer, and the arguments of a join.

    Attributes:
        request_id: the client's `id` of a mutating request that is no post; makes its retry safe.
        invite: SHA-256 of the invitation a join shows.
        known, before, gap, read: looked up in the store before the decision (prepare.py).
    """

    command: Command
    reply: Reply | None = None
    connection: Connection | None = None
    since: Since | None = None
    limit: int | None = None
    request_id: str | None = None
    invite: bytes | None = None
    known: KnownId | None = None
    before: Entry | None = None
    gap: Sequence[Entry] = ()
    read: int = 0

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
    """

    request: RoomRequest
    answer: Answer
    outcome: Outcome = field(default_factory=Outcome)
    entries: list[Entry] = field(default_factory=list)
    view: Any = None
    view_key: Any = None


Delegated = Callable[[Account, Collection[str], RoomId, bool], Awaitable[Sequence[DelegatedKey]]]
"""Returns which addresses are live session keys of an account; takes the room and whether it holds a stake."""


async def _no_keys(account: Account, addresses: Collection[str], room: RoomId, staked: bool) -> Sequence[DelegatedKey]:
    return ()


TAILS_BYTES = 256 << 20
"""Of all rooms: half a million messages, as `PARLOUR_TAIL_BYTES` has it where nothing is set."""


@dataclass(slots=True)
class RoomContext:
    """What the hosts of a process share.

    Attributes:
        owner: this process's name on leases.
        notify: send an event to every connection of an account.
        on_batch: called with what was stored, for metrics.
        delegated: which of these addresses are live session keys of an account (protocol §6).
        on_listed: called with a room whose line in lists or whose bans may have changed, once that is stored, and with
            whom it bans until when (rooms/lobby.py).
        entropy: fresh random bytes.
        formats: what this release reads and writes of logs and snapshots.
        tails: bounds the ends of logs that all rooms keep in memory.
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
    on_batch: Callable[[RoomRecord, Sequence[Entry]], None] = lambda record, entries: None
    on_listed: Callable[[RoomRecord, Mapping[Account, int | None]], None] = lambda record, banned: None
    entropy: Callable[[int], bytes] = field(default_factory=lambda: Entropy().take)
    sign: Callable[[RoomId, str, int, bytes], dict[str, Any]] | None = None
    delegated: Delegated = _no_keys
    formats: Formats = FORMATS
    tails: MemoryBound = field(default_factory=lambda: MemoryBound(TAILS_BYTES))
