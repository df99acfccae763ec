"""Reads from the store what a batch's decisions need, so that no decision waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from parlour.core.identity.accounts import spelled
from parlour.core.room import Account, ChainUpdate, Configure, Draft, Entry, Join, Moderate, Post
from parlour.core.room.commands import REFERRING
from parlour.core.rooms.attached import NAMES_FILES, wanted_emoji, wanted_files
from parlour.core.rooms.reactions import REACTION, Reactions
from parlour.errors import GateNeeded, ParlourError
from parlour.runtime.live_room.context import RoomRequest
from parlour.runtime.live_room.journal import UNSURE
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.live_room.verify_posts import prove, unseen

INVITED_ROLE = "member"
MOST_EDITS = 200
"""Earlier edits of a message that are looked through for whom they mentioned."""
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
        joins, signed, naming: requests and posts that are looked up one by one; the last ones name files.
        reacted_to: messages that the batch reacts to; `unread` where memory does not hold the reactions of them all.
        mentioning: messages and edits, with whom they mention; in a direct room all posts, with everybody else.
        edits: edits that mention somebody, whose message's earlier edits have to be read.
        recalls: accounts of which earlier matches may have left something.
        chain: a chain update is among the batch; a correction reads the log.
    """

    ids: list[tuple[Account, str]] = field(default_factory=list)
    absent: set[int] = field(default_factory=set)
    held: dict[int, Entry] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    joins: list[RoomRequest] = field(default_factory=list)
    signed: list[Post] = field(default_factory=list)
    naming: list[tuple[Post | Configure, Sequence[bytes]]] = field(default_factory=list)
    reacted_to: set[int] = field(default_factory=set)
    unread: bool = False
    edits: list[RoomRequest] = field(default_factory=list)
    mentioning: list[tuple[Post, Sequence[Account]]] = field(default_factory=list)
    recalls: set[Account] = field(default_factory=set)
    chain: bool = False

    @property
    def asks(self) -> bool:
        """Whether the store has to be asked."""
        asked = (self.ids, self.absent, self.sources, self.joins, self.signed, self.naming, self.edits, self.mentioning)
        return any(asked) or bool(self.recalls) or self.unread or self.chain


def needs_of(live: RoomState, batch: Sequence[RoomRequest]) -> Needs | None:
    """Find out what the decisions of a batch need beside the room's state; None where it is nothing, as nearly always.

    Each post gets the seqs that it refers to, and the earlier post with its id that memory holds.
    """
    needs, recall, direct = None, live.journal.recall, live.room.chat.direct
    remembers = live.room.remembers
    for request in batch:
        command = request.command
        if remembers and (accounts := live.room.recalls(command)):
            needs = needs or Needs()
            needs.recalls.update(accounts)
        if type(command) is Post:
            known = recall(command.author, command.id)
            body = command.body if isinstance(command.body, dict) else {}
            references = () if body.keys().isdisjoint(REFERRING) else command.references()
            files = wanted_files(body) if "files" in body and command.type in NAMES_FILES else ()
            named = _named(body) if "mentions" in body else ()
            if direct is not None:
                named = direct.others(command.author)
            plain = known is None and not references and not files and not named
            if plain and command.sig is None and command.type != REACTION:
                continue
            request.references = references
            needs = needs or Needs()
            if known is UNSURE:
                needs.ids.append((command.author, command.id))
            else:
                request.known = known
            if named and (direct is not None or command.type in ("chat.message", "chat.edit")):
                needs.mentioning.append((command, named))
                if command.type == "chat.edit":
                    needs.edits.append(request)
            _note_post(needs, live, command, references, files)
        elif type(command) is Moderate:
            if references := command.references():
                request.references, needs = references, needs or Needs()
                _refer(live, references, needs)
        elif isinstance(command, ChainUpdate):
            needs = needs or Needs()
            needs.chain = True
            needs.sources += [source for draft in command.drafts for source in _sources(draft)]
        elif isinstance(command, Join):
            needs = needs or Needs()
            needs.joins.append(request)
        elif type(command) is Configure and (files := wanted_emoji(command.rules)):
            needs = needs or Needs()
            needs.naming.append((command, files))
        if request.request_id is not None:
            needs = needs or Needs()
            needs.sources.append(request_source(request))
    return needs


def _refer(live: RoomState, references: Sequence[int], needs: Needs) -> None:
    """Note the entries that a command refers to: from memory, or to be read."""
    for seq in references:
        if 0 < seq <= live.record.head:
            if (entry := live.journal.tail.get(seq)) is None:
                needs.absent.add(seq)
            else:
                needs.held[seq] = entry


def _note_post(needs: Needs, live: RoomState, post: Post, references: Sequence[int], files: Sequence[bytes]) -> None:
    """Note the entries and the files that a post names, and what proves a signed one."""
    _refer(live, references, needs)
    if post.type == REACTION and (of := post.reacts_to()) is not None:
        needs.reacted_to.add(of)
        needs.unread = needs.unread or of not in live.reactions
    if files:
        needs.naming.append((post, files))
    if post.sig is not None:
        needs.signed.append(post)
        if (head := unseen(live, post)) is not None:
            needs.absent.add(head)


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
    for post, named in needs.mentioning:
        post.blocked = await live.context.blockers(post.author, named)
        post.levels = await live.context.levels(room, named, _thread(post), live.context.clock.now())
    for request in needs.edits:
        request.edits = await store.edits(room, _edited(request), MOST_EDITS)
    if needs.signed:
        await prove(live, needs.signed, picked)
    for command, files in needs.naming:
        command.attachable = await live.context.attachable(room, command.author, files)
    if needs.recalls:
        remembered = await store.remembered(live.record.kind, needs.recalls)
        for request in batch:
            request.command.remembered = remembered
    if needs.joins:
        if any(_has_seen_more(live, request) for request in needs.joins):
            live.leased_until = 0
        await asyncio.gather(*(_look_up_joiner(live, request) for request in needs.joins))
        await live.load_pins()
        gaps: dict[int, Sequence[Entry]] = {}
        for request in needs.joins:
            if live.room.merged and request.handover is None:
                request.gap = await _counted_gap(live, request)
                continue
            lowest = _lowest(live, request)
            if lowest not in gaps:
                gaps[lowest] = await live.reach(lowest)
            request.gap = gaps[lowest]


async def _counted_gap(live: RoomState, request: RoomRequest) -> Sequence[Entry]:
    """Return the entries that a join's answer may need in a kind with merged ones, and the one that `since` names."""
    limits, since, tail = live.context.limits, request.since, live.journal.tail
    counted = live.room.counted_since(since.seq) if since is not None else None
    if counted is None or len(counted) > limits.replay_entries:
        counted = live.room.counted_newest(join_limit(live, request))
    wanted = sorted({*counted, *([since.seq] if since is not None else ())})
    held = {seq: entry for seq in wanted if (entry := tail.get(seq)) is not None}
    absent = [seq for seq in wanted if seq not in held and live.record.floor <= seq <= live.record.head]
    if absent:
        held |= await live.context.store.pick(live.record.id, absent)
    return [held[seq] for seq in sorted(held)]


def _named(body: dict[str, Any]) -> Sequence[Account]:
    """Return whom a body mentions, as far as it is well formed."""
    mentions = body["mentions"]
    return [spelled(each) for each in mentions if isinstance(each, str)] if isinstance(mentions, list) else ()


def _thread(post: Post) -> int | None:
    """Return the root of the thread that a message is in; None outside threads."""
    root = post.body.get("thread") if isinstance(post.body, dict) else None
    return root if type(root) is int else None


def _edited(request: RoomRequest) -> int:
    """Return the seq of the message that an edit names; 0 where it names none."""
    body = request.command.body if isinstance(request.command, Post) else None
    of = body.get("of") if isinstance(body, dict) else None
    return of if type(of) is int else 0


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
        if live.room.rules.last_seen:
            request.seen = await live.context.last_seen(live.record.id)
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
    except GateNeeded:
        return  # an invitation opens no gate, and is not used up at one
    except ParlourError:
        again = command.author not in access.put_out
        if await context.store.redeem(invite, live.record.id, command.author, now, again=again):
            command.grant = INVITED_ROLE


def _sources(draft: Draft) -> list[str]:
    of = draft.body.get("of") if isinstance(draft.body, dict) else None
    of = of if isinstance(of, list) else ()
    return [*([draft.source] if draft.source else ()), *(s for s in of if isinstance(s, str))]


def request_source(request: RoomRequest) -> str:
    """Return the source under which the log stores a request that is no post."""
    return f"request:{request.command.author}:{request.request_id}"
