"""Decides requests in mailbox order without waiting: known ids, then the room's rules, then numbering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from parlour.core.boards.room import SEASON
from parlour.core.boards.seasons import signed_season
from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import SALT_BYTES, hash_body
from parlour.core.room import (
    Account,
    ChainUpdate,
    Close,
    Command,
    Configure,
    Draft,
    GateUpdate,
    Join,
    Moderate,
    Outcome,
    Post,
    Watch,
)
from parlour.core.rooms.chat import called_in, mentioned
from parlour.core.rooms.reactions import REACTION
from parlour.core.settlement.result import completed
from parlour.errors import Conflict, GateNeeded, Internal, ParlourError, TooLarge
from parlour.runtime.live_room.context import Decision, RoomRequest
from parlour.runtime.live_room.join_answer import join_answer
from parlour.runtime.live_room.prepare import request_source
from parlour.runtime.live_room.state import RoomState, fold_without
from parlour.runtime.store import KnownId
from parlour.runtime.store_records import stored_by

log = structlog.get_logger()

CHANGES_RIGHTS = (Moderate, Configure, Close, GateUpdate)
AMENDING = ("chat.edit", "chat.delete")
"""Types that change what a join shows of a pinned message."""
CORRECTIONS = ("chain.reverted", "chain.moved")


def stands_alone(command: Command) -> bool:
    """Return whether a command must be a batch of its own.

    That is what changes who may see the room, so that one batch has one set of rights, and chain corrections, because
    they fold the room again.
    """
    return command.alone or isinstance(command, CHANGES_RIGHTS) or is_correction(command)


def is_correction(command: Command) -> bool:
    return isinstance(command, ChainUpdate) and any(draft.type in CORRECTIONS for draft in command.drafts)


def decide(live: RoomState, request: RoomRequest) -> Decision:
    """Decide one request. A refusal becomes its answer and leaves the room unchanged."""
    command = request.command
    if live.context.limits.words and type(command) is Post:
        command.words = live.context.limits.words
    try:
        if request.known is not None or request.request_id is not None or live.journal.pending:
            again = _duplicate(live, request)
            if again is not None:
                return Decision(request, again)
        if isinstance(command, Post):
            if live.room.access.private:  # outsiders neither spend its posts nor learn of it by a limit
                live.room.may_read(command.author, command.rank, live.context.clock.now())
            live.posts.spend(command.author)
        if request.references:
            _refer(live, command, request.references)
        if type(command) is Post and command.type == "chat.edit":
            command.told = _told(live, command, request)
        if isinstance(command, ChainUpdate):
            command.drafts = _not_stored(live, command.drafts)
        if live.room.remembers:
            _remember_batch(live, command)
        outcome = live.handle(command)
        if live.reactions and type(command) is Post and outcome.entries and (of := command.reacts_to()) is not None:
            repeated = _repeated_reaction(live, command, of)
            if repeated is not None:
                return Decision(request, repeated)
        if type(command) is Post and (refuse := live.context.before_post.get(command.type)) is not None:
            refuse(live.record, command)
        bodies = _canonical(live, command, outcome.entries)
    except GateNeeded as needed:
        return Decision(request, live.context.gates.take_over(live.room, request, needed) or needed)
    except ParlourError as refusal:
        return Decision(request, refusal)
    except Exception:
        log.exception("room.rule_failed", room=live.record.id, command=type(command).__name__)
        return Decision(request, Internal())
    if request.request_id is not None and outcome.entries:
        outcome.entries[-1 if isinstance(command, Close) else 0].source = request_source(request)
    return _accept(live, request, outcome, bodies)


def _accept(live: RoomState, request: RoomRequest, outcome: Outcome, bodies: Sequence[bytes]) -> Decision:
    """Number and hash the drafts a room decided on, and fold them into its state."""
    command = request.command
    answer: dict[str, Any] = {"ok": True, **outcome.reply}
    decision = Decision(request, answer, outcome)
    for draft, raw in zip(outcome.entries, bodies, strict=True):
        if draft.type == "game.ended":
            raw = _signed(live, draft, raw)
        elif draft.type == SEASON and isinstance(draft.body, dict):
            draft.body = {**draft.body, **signed_season(draft.body, live.context.referee)}
            raw = canonical(draft.body)
        entry = live.journal.add(draft, raw, command.at, live.context.entropy(SALT_BYTES))
        live.room.apply(entry)
        if entry.type in AMENDING:
            live.note_pinned(entry)
        if entry.type == REACTION and entry.ref in live.reactions:
            live.reactions[entry.ref].apply(entry)
        decision.entries.append(entry)
    if outcome.erase:
        live.journal.erase(outcome.erase)
    if request.audit is not None and decision.entries:
        answer["seq"] = decision.entries[0].seq
    if isinstance(command, Post):
        _receipt(live, command, decision)
    elif isinstance(command, Join) and request.connection is not None:
        join_answer(live, decision, request.connection)
    return decision


def _signed(live: RoomState, draft: Draft, raw: bytes) -> bytes:
    """Add the server's signature of the log to the end of a game (protocol §6), and the referee's of its result."""
    journal, sign = live.journal, live.context.sign
    if not isinstance(draft.body, dict):
        return raw
    before, signed = draft.body, dict[str, Any]()
    if sign is not None:
        signed["signed"] = sign(live.record.id, live.record.epoch, journal.head, journal.hash)
    if "settlement" in before:
        signed["settlement"] = completed(before["settlement"], journal.hash, live.context.referee)
    if not signed:
        return raw
    draft.body = {**before, **signed}
    return canonical(draft.body)


def _receipt(live: RoomState, post: Post, decision: Decision) -> None:
    """Add `{seq, at, hash}` of the entry that holds the post; a room may name an earlier entry by `seq`."""
    assert isinstance(decision.answer, dict)
    for held in decision.entries:
        if held.author == post.author:
            break
    else:
        earlier = live.journal.tail.get(decision.answer.get("seq", 0))
        if earlier is None:
            return
        held = earlier
    decision.answer |= {"seq": held.seq, "at": held.at, "hash": "0x" + held.hash.hex()}


def _remember_batch(live: RoomState, command: Command) -> None:
    """Add what a match leaves that ended in this very batch, which the store does not know yet."""
    for entry in live.journal.pending:
        if isinstance(entry.body, dict) and not entry.body.get("provisional"):
            command.remembered = {**command.remembered, **stored_by(entry)}


def _told(live: RoomState, edit: Post, request: RoomRequest) -> set[Account]:
    """Return whom a message and its edits so far have mentioned, `@room` and `@here` among them."""
    of = edit.body.get("of") if isinstance(edit.body, dict) else None
    message = edit.referenced.get(of) if type(of) is int else None
    before = [*([] if message is None else [message]), *request.edits]
    before += [entry for entry in live.journal.pending if entry.type == "chat.edit" and entry.ref == of]
    called = {called_in(entry.body) for entry in before if isinstance(entry.body, dict)}
    return {account for entry in before for account in mentioned(entry)} | {each for each in called if each}


def _refer(live: RoomState, command: Command, references: Sequence[int]) -> None:
    """Give the command the entries it refers to, as this batch left them."""
    find = live.journal.find
    command.referenced = {seq: entry for seq in references if (entry := find(seq)) is not None}


def _repeated_reaction(live: RoomState, post: Post, of: int) -> dict[str, Any] | None:
    """Return the answer to a reaction that changes nothing; raises Illegal where its message has too many."""
    reactions = live.reactions.get(of)
    if reactions is None:
        return None
    place = reactions.repeated(post, post.referenced[of])
    if place is None:
        reactions.check(post)
        return None
    seq, at, hash_ = place
    return {"ok": True, "seq": seq, "at": at, "hash": "0x" + hash_.hex(), "duplicate": True}


def _canonical(live: RoomState, command: Command, drafts: Sequence[Draft]) -> list[bytes]:
    """Return the drafts' bodies in canonical form; raises for one that cannot be stored, before any is numbered."""
    bodies = []
    for draft in drafts:
        bodies.append(draft.raw or canonical(draft.body))
    if isinstance(command, Post | Configure):
        limits = live.context.limits
        large = isinstance(command, Post) and command.type in live.room.merged
        most = limits.update_bytes if large else limits.body_bytes
        for draft, body in zip(drafts, bodies, strict=True):
            if len(body) > most and (draft.author == command.author or isinstance(command, Configure)):
                raise TooLarge(f"A body is at most {most} bytes.")
    return bodies


# ── repeated requests ───────────────────────────────────────────────────────────────────────────────────────────────


def _duplicate(live: RoomState, request: RoomRequest) -> dict[str, Any] | None:
    """Return the answer to a known id; checked before rights, kind and rules (protocol §3 "Idempotency")."""
    command = request.command
    if isinstance(command, Post):
        known = request.known
        if live.journal.pending:  # an earlier post of this batch may have the id
            known = live.journal.known(command.author, command.id) or known
        if known is None:
            return None
        _check_same(live, known, command)
        return {"ok": True, "seq": known.seq, "at": known.at, "hash": "0x" + known.hash.hex(), "duplicate": True}
    if request.request_id is None:
        return None
    seq = live.journal.sourced.get(request_source(request))
    if seq is None:
        return None
    before = live.journal.tail.get(seq) or request.before
    if before is not None and not live.room.repeats(command, before):
        raise Conflict()
    answer = {"ok": True, "seq": seq, "duplicate": True, "room": live.described(command.author, command.rank)}
    return answer | {"watch": command.watch} if isinstance(command, Watch) else answer


def _check_same(live: RoomState, known: KnownId, post: Post) -> None:
    """Raise Conflict where the id was used for other content; an erased body cannot be compared."""
    if known.type != post.type:
        raise Conflict()
    if known.salt is None or hash_body(known.salt, post.raw or canonical(post.body)) == known.body_hash:
        return
    masked = live.room.chat.masked(post, live.room.access)
    if masked is None or hash_body(known.salt, canonical(masked.body)) != known.body_hash:
        raise Conflict()


# ── chain corrections ───────────────────────────────────────────────────────────────────────────────────


async def correct(live: RoomState, request: RoomRequest) -> Decision:
    """Decide a chain update with corrections (protocol §5 "Corrections are entries").

    Sources become seqs, the room is folded again without what is undone, and entries that no longer hold become void.

    Raises:
        StoreError: the log cannot be read.
    """
    update = request.command
    assert isinstance(update, ChainUpdate)
    decision = Decision(request, {"ok": True})
    for draft in update.drafts:
        if draft.source in live.journal.sourced:
            continue
        part = (
            await _correct(live, draft, update) if draft.type in CORRECTIONS else decide(live, _update(draft, update))
        )
        if isinstance(part.answer, ParlourError):
            decision.answer = part.answer
            break
        decision.entries += part.entries
    return decision


async def _correct(live: RoomState, draft: Draft, update: ChainUpdate) -> Decision:
    body, journal = draft.body, live.journal
    assert isinstance(body, dict)
    of = sorted({s if isinstance(s, int) else journal.sourced.get(s, 0) for s in body["of"]} - {0})
    if not of:
        return Decision(_update(draft, update), {"ok": True})
    draft.body = {**body, "of": of}
    if draft.type == "chain.moved":
        return decide(live, _update(draft, update))
    before = live.room
    live.room, draft.body["void"] = await fold_without(live, of)
    part = decide(live, _update(draft, update))
    if part.entries:
        journal.drop_from = min(of[0], journal.drop_from or of[0])
    else:
        live.room = before
    return part


def _not_stored(live: RoomState, drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts whose source is new, each source once: two watches of a room may confirm one block."""
    fresh: list[Draft] = []
    known = dict.fromkeys(live.journal.sourced)
    for draft in drafts:
        if draft.source is None or draft.source not in known:
            fresh.append(draft)
            known[draft.source or ""] = None
    return fresh


def _update(draft: Draft, whole: ChainUpdate) -> RoomRequest:
    return RoomRequest(ChainUpdate(drafts=[draft], remembered=whole.remembered))
