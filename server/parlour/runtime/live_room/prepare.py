"""Reads from the store what a batch's decisions need, so that no decision waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from parlour.core.room import Account, ChainUpdate, Draft, Entry, Join, Post
from parlour.core.rooms.reactions import REACTION, Reactions
from parlour.errors import ParlourError
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.live_room.verify_posts import prove, unseen

INVITED_ROLE = "member"
REACTED_TO = 256
"""Messages whose reactions stay in memory; each has about 100 bytes for each account that reacted."""


@dataclass(slots=True)
class Needs:
    """What the decisions of a batch need of the store.

    Attributes:
        ids: posts that only the store can tell from new ones.
        absent: seqs of entries that memory does not hold.
        held: entries that posts refer to and memory holds, by seq.
        sources: those that only the store can tell from new ones.
        joins, signed: requests and posts that are looked up one by one.
        reacted_to: messages that the batch reacts to; `unread` where memory does not hold the reactions of them all.
        chain: a chain update is among the batch; a correction reads the log.
    """

    ids: list[tuple[Account, str]] = field(default_factory=list)
    absent: set[int] = field(default_factory=set)
    held: dict[int, Entry] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    joins: list[RoomRequest] = field(default_factory=list)
    signed: list[Post] = field(default_factory=list)
    reacted_to: set[int] = field(default_factory=set)
    unread: bool = False
    chain: bool = False

    def __bool__(self) -> bool:
        """Whether the store has to be asked."""
        return bool(self.ids or self.absent or self.sources or self.joins or self.signed or self.unread or self.chain)


def needs_of(live: RoomState, batch: Sequence[RoomRequest]) -> Needs:
    """Find out what the decisions of a batch need of the store."""
    needs, journal = Needs(), live.journal
    for request in batch:
        command = request.command
        if type(command) is Post:
            if journal.must_ask(command.author, command.id):
                needs.ids.append((command.author, command.id))
            else:
                request.known = journal.known(command.author, command.id)
            for seq in command.references():
                if 0 < seq <= live.record.head:
                    if (entry := journal.tail.get(seq)) is None:
                        needs.absent.add(seq)
                    else:
                        needs.held[seq] = entry
            if command.type == REACTION and (of := command.reacts_to()) is not None:
                needs.reacted_to.add(of)
                needs.unread = needs.unread or of not in live.reactions
            if command.sig is not None:
                needs.signed.append(command)
                if (head := unseen(live, command)) is not None:
                    needs.absent.add(head)
        elif isinstance(command, ChainUpdate):
            needs.chain = True
            needs.sources += [source for draft in command.drafts for source in _sources(draft)]
        elif isinstance(command, Join):
            needs.joins.append(request)
        if request.request_id is not None:
            needs.sources.append(request_source(request))
    return needs


async def prepare(live: RoomState, batch: Sequence[RoomRequest], needs: Needs) -> None:
    """Ask the store for what a batch needs; then begin the batch."""
    store, room, journal = live.context.store, live.record.id, live.journal
    known = await store.known(room, needs.ids) if needs.ids else {}
    picked = await store.pick(room, sorted(needs.absent)) if needs.absent else {}
    sourced = await store.sourced(room, needs.sources) if needs.sources else {}
    journal.begin(sourced, needs.held | picked)
    if sourced:
        await _recall(live, batch, sourced)
    for request in batch if known else ():
        command = request.command
        if type(command) is Post:
            request.known = known.get((command.author, command.id), request.known)
    if needs.unread:
        await _fetch_reactions(live, needs.reacted_to)
    if needs.signed:
        await prove(live, needs.signed, picked)
    if needs.joins:
        if any(_has_seen_more(live, request) for request in needs.joins):
            live.leased_until = 0
        await asyncio.gather(*(_look_up_joiner(live, request) for request in needs.joins))
        gaps: dict[int, Sequence[Entry]] = {}
        for request in needs.joins:
            lowest = _lowest(live, request)
            if lowest not in gaps:
                gaps[lowest] = await live.reach(lowest)
            request.gap = gaps[lowest]


async def _fetch_reactions(live: RoomState, wanted: set[int]) -> None:
    """Fold the stored reactions to the messages that a batch reacts to."""
    for seq in sorted(wanted - live.reactions.keys()):
        folded = Reactions()
        for entry in await live.context.store.corrections(live.record.id, [seq]):
            if entry.type == REACTION:
                folded.apply(entry)
        live.reactions[seq] = folded
    for seq in list(live.reactions)[: max(0, len(live.reactions) - REACTED_TO)]:
        if seq not in wanted:
            del live.reactions[seq]


async def _recall(live: RoomState, batch: Sequence[RoomRequest], sourced: dict[str, int]) -> None:
    """Give repeated requests the entry that the first one led to."""
    again = [(r, seq) for r in batch if r.request_id is not None and (seq := sourced.get(request_source(r)))]
    if again:
        stored = await live.context.store.pick(live.record.id, sorted({seq for _, seq in again}))
        for request, seq in again:
            request.before = stored.get(seq)


async def _look_up_joiner(live: RoomState, request: RoomRequest) -> None:
    account = request.command.author
    if account:
        request.read = await live.context.store.position(live.record.id, account)
        if request.invite is not None:
            await _redeem(live, request, request.invite)


def _lowest(live: RoomState, request: RoomRequest) -> int:
    """Return the first seq that a join's answer may need, for its entries or to compare a hash."""
    record, since = live.record, request.since
    lowest = record.head + 1 - join_limit(live, request)
    if (
        since is not None
        and since.epoch == record.epoch
        and 0 <= record.head - since.seq <= live.context.limits.replay_entries
    ):
        lowest = min(lowest, since.seq)
    return max(lowest, record.floor, 1)


def _has_seen_more(live: RoomState, request: RoomRequest) -> bool:
    """Return whether the client has seen more of this epoch than this room has: another process may own it."""
    since = request.since
    return since is not None and since.epoch == live.record.epoch and since.seq > live.record.head


def join_limit(live: RoomState, request: RoomRequest) -> int:
    """Return how many of the latest entries a join gets when it did not recover."""
    limits = live.context.limits
    return max(0, min(limits.join_default if request.limit is None else request.limit, limits.join_limit))


async def _redeem(live: RoomState, request: RoomRequest, invite: bytes) -> None:
    """Use the invitation for a joiner who cannot come in without one."""
    context, access, command = live.context, live.room.access, request.command
    assert isinstance(command, Join)
    now = context.clock.now()
    if live.room.closed or access.is_banned(command.author, now):
        return
    try:
        live.room.may_read(command.author, command.rank, now)
    except ParlourError:
        again = command.author not in access.put_out
        if await context.store.redeem(invite, live.record.id, command.author, now, again=again):
            command.grant = INVITED_ROLE


def _sources(draft: Draft) -> list[str]:
    of = draft.body.get("of", ()) if isinstance(draft.body, dict) else ()
    return [*([draft.source] if draft.source else ()), *(s for s in of if isinstance(s, str))]


def request_source(request: RoomRequest) -> str:
    """Return the source under which the log stores a request that is no post."""
    return f"request:{request.command.author}:{request.request_id}"
