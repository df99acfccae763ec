"""Decides requests in mailbox order without waiting: known ids, then the room's rules, then numbering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from parlour.core.canonical_json import canonical
from parlour.core.log.hash_chain import SALT_BYTES, hash_body
from parlour.core.room import ChainUpdate, Close, Command, Configure, Draft, Join, Moderate, Outcome, Post, Watch
from parlour.core.rooms.reactions import REACTION
from parlour.errors import Conflict, Internal, ParlourError, TooLarge
from parlour.runtime.live_room.context import Decision, RoomRequest
from parlour.runtime.live_room.join_answer import join_answer
from parlour.runtime.live_room.prepare import request_source
from parlour.runtime.live_room.state import RoomState, fold_without
from parlour.runtime.store import KnownId

log = structlog.get_logger()

CHANGES_RIGHTS = (Moderate, Configure, Close)
CORRECTIONS = ("chain.reverted", "chain.moved")


def stands_alone(command: Command) -> bool:
    """Return whether a command must be a batch of its own.

    That is what changes who may see the room, so that one batch has one set of rights, and chain corrections, because
    they fold the room again.
    """
    return isinstance(command, CHANGES_RIGHTS) or is_correction(command)


def is_correction(command: Command) -> bool:
    return isinstance(command, ChainUpdate) and any(draft.type in CORRECTIONS for draft in command.drafts)


def decide(live: RoomState, request: RoomRequest) -> Decision:
    """Decide one request. A refusal becomes its answer and leaves the room unchanged."""
    command = request.command
    try:
        again = _duplicate(live, request)
        if again is not None:
            return Decision(request, again)
        if isinstance(command, Post):
            _spend(live, command)
            if references := command.references():
                _refer(live, command, references)
        elif isinstance(command, ChainUpdate):
            command.drafts = [d for d in command.drafts if d.source not in live.journal.sourced]
        outcome = live.handle(command)
        if live.reactions:
            _check_reaction(live, command, outcome)
        bodies = _canonical(live, command, outcome.entries)
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
    decision = Decision(request, {"ok": True, **outcome.reply}, outcome)
    for draft, raw in zip(outcome.entries, bodies, strict=True):
        if draft.type == "game.ended":
            raw = _signed(live, draft, raw)
        entry = live.journal.add(draft, raw, command.at, live.context.entropy(SALT_BYTES))
        live.room.apply(entry)
        if entry.type == REACTION and entry.ref in live.reactions:
            live.reactions[entry.ref].apply(entry)
        decision.entries.append(entry)
    if outcome.erase:
        live.journal.erase(outcome.erase)
    if isinstance(command, Post):
        _receipt(live, command, decision)
    elif isinstance(command, Join) and request.connection is not None:
        join_answer(live, decision, request.connection)
    return decision


def _signed(live: RoomState, draft: Draft, raw: bytes) -> bytes:
    """Add the server's signature of the log so far to an entry that ends a game (protocol §6)."""
    journal, sign = live.journal, live.context.sign
    if sign is None or not isinstance(draft.body, dict):
        return raw
    draft.body = {**draft.body, "signed": sign(live.record.id, live.record.epoch, journal.head, journal.hash)}
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


def _spend(live: RoomState, post: Post) -> None:
    """Spend one of the room's posts.

    Outsiders of a private room are refused first, so that they neither spend its posts nor learn of it by a limit.
    """
    if live.room.access.private:
        live.room.may_read(post.author, post.rank, live.context.clock.now())
    live.posts.spend(post.author)


def _refer(live: RoomState, post: Post, references: Sequence[int]) -> None:
    """Give the post the entries it refers to, as this batch left them."""
    find = live.journal.find
    post.referenced = {seq: entry for seq in references if (entry := find(seq)) is not None}


def _check_reaction(live: RoomState, command: Command, outcome: Outcome) -> None:
    """Refuse a reaction where its message has too many; raises Illegal."""
    if type(command) is Post and outcome.entries and (of := command.reacts_to()) in live.reactions:
        live.reactions[of].check(command)


def _canonical(live: RoomState, command: Command, drafts: Sequence[Draft]) -> list[bytes]:
    """Return the drafts' bodies in canonical form; raises for one that cannot be stored, before any is numbered."""
    bodies = []
    for draft in drafts:
        bodies.append(draft.raw or canonical(draft.body))
    if isinstance(command, Post | Configure):
        most = live.context.limits.body_bytes
        for draft, body in zip(drafts, bodies, strict=True):
            if len(body) > most and (draft.author == command.author or isinstance(command, Configure)):
                raise TooLarge(f"A body is at most {most} bytes.")
    return bodies


# ── repeated requests ───────────────────────────────────────────────────────────────────────────────────────────────


def _duplicate(live: RoomState, request: RoomRequest) -> dict[str, Any] | None:
    """Return the answer to a known id; checked before rights, kind and rules (protocol §3 "Idempotency")."""
    command = request.command
    if isinstance(command, Post):
        known = live.journal.known(command.author, command.id) or request.known
        if known is None:
            return None
        _check_same(known, command)
        return {"ok": True, "seq": known.seq, "at": known.at, "hash": "0x" + known.hash.hex(), "duplicate": True}
    if request.request_id is None:
        return None
    seq = live.journal.sourced.get(request_source(request))
    if seq is None:
        return None
    before = live.journal.tail.get(seq) or request.before
    if before is not None and not live.room.repeats(command, before):
        raise Conflict()
    answer = {"ok": True, "seq": seq, "duplicate": True, "room": live.record.to_json()}
    return answer | {"watch": command.watch} if isinstance(command, Watch) else answer


def _check_same(known: KnownId, post: Post) -> None:
    """Raise Conflict where the id was used for other content; an erased body cannot be compared."""
    if known.type != post.type:
        raise Conflict()
    if known.salt is not None and hash_body(known.salt, post.raw or canonical(post.body)) != known.body_hash:
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
        part = await _correct(live, draft) if draft.type in CORRECTIONS else decide(live, _update(draft))
        if isinstance(part.answer, ParlourError):
            decision.answer = part.answer
            break
        decision.entries += part.entries
    return decision


async def _correct(live: RoomState, draft: Draft) -> Decision:
    body, journal = draft.body, live.journal
    assert isinstance(body, dict)
    of = sorted({s if isinstance(s, int) else journal.sourced.get(s, 0) for s in body["of"]} - {0})
    if not of:
        return Decision(_update(draft), {"ok": True})
    draft.body = {**body, "of": of}
    if draft.type == "chain.moved":
        return decide(live, _update(draft))
    before = live.room
    live.room, draft.body["void"] = await fold_without(live, of)
    part = decide(live, _update(draft))
    if part.entries:
        journal.drop_from = min(of[0], journal.drop_from or of[0])
    else:
        live.room = before
    return part


def _update(draft: Draft) -> RoomRequest:
    return RoomRequest(ChainUpdate(drafts=[draft]))
