"""Reads from the store what a batch's decisions need, so that no decision waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from parlour.core.room import Account, ChainUpdate, Draft, Entry, Join, Post
from parlour.core.rooms.reactions import REACTION, Reactions
from parlour.errors import ParlourError
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.live_room.verify_posts import prove, unseen

INVITED_ROLE = "member"
REACTED_TO = 256
"""Messages whose reactions stay in memory; each has about 100 bytes for each account that reacted."""


async def prepare(live: RoomState, batch: Sequence[RoomRequest]) -> None:
    """Look up ids, referenced entries, sources and what joins ask for; then begin the batch."""
    ids: list[tuple[Account, str]] = []
    absent: set[int] = set()
    held: dict[int, Entry] = {}
    sources: list[str] = []
    joins: list[RoomRequest] = []
    signed: list[Post] = []
    reacted_to: set[int] = set()
    journal = live.journal
    for request in batch:
        command = request.command
        if type(command) is Post:
            if journal.must_ask(command.author, command.id):
                ids.append((command.author, command.id))
            for seq in command.references():
                if 0 < seq <= live.record.head:
                    if (entry := journal.tail.get(seq)) is None:
                        absent.add(seq)
                    else:
                        held[seq] = entry
            if command.type == REACTION and (of := command.reacts_to()) is not None:
                reacted_to.add(of)
            if command.sig is not None:
                signed.append(command)
                if (head := unseen(live, command)) is not None:
                    absent.add(head)
        elif isinstance(command, ChainUpdate):
            sources += [source for draft in command.drafts for source in _sources(draft)]
        elif isinstance(command, Join):
            joins.append(request)
        if request.request_id is not None:
            sources.append(request_source(request))
    store, room = live.context.store, live.record.id
    known = await store.known(room, ids) if ids else {}
    picked = await store.pick(room, sorted(absent)) if absent else {}
    sourced = await store.sourced(room, sources) if sources else {}
    journal.begin(sourced, held | picked)
    if sourced:
        await _recall(live, batch, sourced)
    for request in batch:
        command = request.command
        if type(command) is Post:
            request.known = known.get((command.author, command.id)) if known else None
    if reacted_to:
        await _fetch_reactions(live, reacted_to)
    if signed:
        await prove(live, signed, picked)
    if joins:
        if any(_has_seen_more(live, request) for request in joins):
            live.leased_until = 0
        await asyncio.gather(*(_look_up_joiner(live, request) for request in joins))
        for request in joins:
            request.gap = await live.reach(_lowest(live, request))


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
