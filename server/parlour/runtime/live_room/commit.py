"""Stores a decided batch in one transaction. Nothing has been sent to anybody when it raises."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from parlour.core.audit.record import AuditRecord
from parlour.core.gates.grants import is_gate_entry
from parlour.core.operating.standing import TRANSFERRED
from parlour.core.room import Account, Answer, Entry, Join, Leave, Post
from parlour.core.rooms.chat import mentioned
from parlour.core.rooms.direct import ACCEPTED
from parlour.core.rooms.holding import RELEASED
from parlour.core.rooms.talk import TALK, Said, root_of, said_in
from parlour.core.rooms.texts import ROOM
from parlour.runtime.live_room.context import Decision
from parlour.runtime.live_room.state import RoomState
from parlour.runtime.notice_records import NoticeRecord, Spread, notice_id
from parlour.runtime.store import FOREVER, Append, Listing, MemberRight

TO_OUTSIDERS = ("gate",)
"""Types of notices for accounts that may not come in any more."""
_NOBODY = frozenset[Account]()
REMEMBERED = 10_000
"""Accounts per room known to be stored as members; a bound on memory, beyond it the store is asked again."""


@dataclass(slots=True)
class Change:
    """What a decided batch stores.

    Attributes:
        kept: accounts that the log lets in only because they play, once it is stored.
        shows: the room's line in lists, or the rights of its people, are others.
        gated: the room may have a gate, or its settings are others.
    """

    append: Append
    kept: frozenset[Account]
    shows: bool = False
    gated: bool = True


def draw_up(live: RoomState, decisions: Sequence[Decision]) -> Change | None:
    """Make what stores the batch and its line in lists; None where there is nothing to store.

    An empty batch after the lease ran out still asks the store who owns the room, so that no answer comes from an
    outdated log.
    """
    room, journal, formats = live.room, live.journal, live.context.formats
    stored, at = journal.pending, journal.at
    if not stored:
        lost = live.context.clock.now() >= live.leased_until
        return Change(journal.append(), live.kept_by_seat) if lost else None
    relists, needs, about = False, False, list[Account]()
    keeps = journal.snapshot_due(at, room.snapshot_bytes)
    for entry in stored:
        needs = needs or entry.type in formats.needing
        relists = relists or entry.type in room.relisting
        keeps = keeps or entry.type in room.snapshots_at
        if entry.type.startswith("member.") and isinstance(entry.body, dict):
            about.append(entry.body["account"])
        elif entry.type == TRANSFERRED and isinstance(entry.body, dict):
            about.append(entry.body["to"])
        elif entry.type == ACCEPTED and room.chat.direct is not None:
            about += room.chat.direct.accounts
    needed = max(journal.record.format, formats.needed(stored)) if needs else journal.record.format
    relists = relists or needed > journal.record.format
    keeps = keeps and not room.unreadable
    snapshot = journal.snapshot(room.snapshot(), formats.of_snapshot(needed, room.snapshot_format)) if keeps else None
    everybody = room.access.open_to_all  # nearly always, and then it tells nothing more about anybody
    kept = _NOBODY if everybody else room.kept_by_seat(at)
    listing = _listing_of(live, needed) if relists else None
    rights = _rights(live, about, kept) if about or kept != live.kept_by_seat else ()
    append = journal.append(snapshot, listing, rights)
    append.settled = room.remembers and room.settled and any(entry.type == "chain.confirmed" for entry in stored)
    note_talk(append, live, decisions)
    return Change(append, kept, relists or bool(rights), relists or not everybody)


def note_talk(append: Append, live: RoomState, decisions: Sequence[Decision]) -> None:
    """Complete an append with the messages that stand by it, whom they mention, what accounts are told of it,
    and what operators did by it.

    It leads to rows in the number of mentions, never of the members.
    """
    talks, calls, told = False, False, list[tuple[Account, int]]()
    notices, audits = list[NoticeRecord](), list[AuditRecord]()
    for decision in decisions:
        calls = calls or decision.outcome.calls is not None
        talks = talks or (bool(decision.entries) and decision.entries[0].type in TALK)
        for notice in decision.outcome.notices:
            if notice.type == "mention":
                told.append((notice.account, decision.entries[notice.index].seq))
        if decision.outcome.notices:
            decision.news = _news(live, decision)
            notices += decision.news
        if decision.request.audit is not None and decision.entries:
            audits.append(decision.request.audit.answered({"seq": decision.entries[0].seq}))
    append.said = said_in(append.entries, live.journal.find) if talks else ()
    append.mentions = told or ()
    append.notices = notices
    append.audits = audits
    if append.said or calls:
        append.spreads = _spreads(live, append.said, decisions)


def _news(live: RoomState, decision: Decision) -> list[NoticeRecord]:
    """Return the notices of a decision, of those who may come in."""
    told, room = list[NoticeRecord](), live.journal.record.id
    for notice in decision.outcome.notices:
        entry = decision.entries[notice.index]
        if notice.quiet or not (notice.type in TO_OUTSIDERS or live.room.admits(notice.account, entry.at)):
            continue
        seq, author = notice.of or (entry.seq, entry.author)
        id_ = notice_id(entry.at, room, seq, notice.type)
        thread = None if notice.type == "turn" else _thread_of(live, live.journal.find(seq))
        told.append(
            NoticeRecord(notice.account, id_, room, seq, notice.type, author, entry.at, thread, request=notice.request)
        )
    return told


def _spreads(live: RoomState, said: Sequence[Said], decisions: Sequence[Decision]) -> list[Spread]:
    """Return the messages that more accounts are told of, behind the commit; a direct room tells everybody at once."""
    if live.room.chat.direct is not None:
        return []
    found = list[Spread]()
    for decision in decisions:
        calls = decision.outcome.calls
        if calls is not None:
            entry = decision.entries[0]
            message = live.journal.find(entry.ref or 0) if entry.type == RELEASED else entry
            if message is not None:
                to, command = "room" if calls == ROOM else "here", decision.request.command
                found.append(_spread(live, message, entry.at, to, command.told if isinstance(command, Post) else ()))
    for each in said:
        hearers = "thread" if each.root is not None else "whole" if live.followed else None
        message = None if hearers is None else live.journal.find(each.of)
        if hearers is not None and message is not None:
            found.append(_spread(live, message, each.at, hearers))
    return found


def _spread(live: RoomState, message: Entry, at: int, to: str, before: Collection[Account] = ()) -> Spread:
    told = (message.author, *mentioned(message), *sorted(before))
    return Spread(live.record.id, message.seq, at, message.author, to, _thread_of(live, message), told)


def _thread_of(live: RoomState, entry: Entry | None) -> int | None:
    """Return the root of the thread that a message, or the message of an edit, is in; None outside threads."""
    if entry is not None and entry.type == "chat.edit":
        entry = live.journal.find(entry.ref or 0)
    return root_of(entry) if entry is not None and entry.type == "chat.message" else None


def note_stored(live: RoomState, change: Change) -> None:
    """Note that the store has what was drawn up."""
    stored = live.journal.pending
    if change.append.spreads:
        live.context.on_spread()
    live.journal.appended(change.append)
    live.kept_by_seat = change.kept
    if not stored:
        return
    context, record = live.context, live.journal.record
    context.stored(record, stored)
    if change.gated:
        context.gates.stored(live.room, stored)


async def commit(live: RoomState, batch: Sequence[Decision]) -> None:
    """Store a decided batch and its members, for a room whose turn waits by itself.

    Raises:
        Fenced: the room is another process's. StoreError: it cannot be stored now, or is not known to be.
    """
    change = draw_up(live, batch)
    if change is not None:
        await live.context.store.append(change.append)
        note_stored(live, change)
    await complete(live, change, member_changes(live, batch))


async def complete(live: RoomState, change: Change | None, members: Mapping[Account, bool]) -> None:
    """Store who became a member and who stopped being one, and tell live lists; raises StoreError."""
    before = live.record.members
    await keep_members(live, members)
    if live.record.members != before or (change is not None and change.shows):
        tell_lists(live)


def tell_lists(live: RoomState) -> None:
    """Tell live lists that the room's line in them, or the rights of its people, changed."""
    live.context.on_listed(live.record, _banned(live))


async def relist(live: RoomState) -> None:
    """Store the lists' row of a room that was just opened, if its rules show it differently now. Raises as `commit`."""
    journal, context = live.journal, live.context
    if live.room.lobby() != journal.record.game:
        await _store(live, journal.append(None, _listing_of(live, journal.record.format)))
    context.on_listed(journal.record, _banned(live))


async def leave_snapshot(live: RoomState) -> None:
    """Store a snapshot of a room that is about to close.

    Only where opening it again would read much log, or where another version of its game may carry the match on.
    Raises as `commit`.
    """
    journal, context = live.journal, live.context
    smaller = not live.room.unreadable and live.room.compact()
    if not live.room.unreadable and (smaller or journal.worth_a_snapshot(live.room.unfinished)):
        format_ = context.formats.of_snapshot(journal.record.format, live.room.snapshot_format)
        await _store(live, journal.append(journal.snapshot(live.room.snapshot(), format_)))


async def _store(live: RoomState, append: Append) -> None:
    await live.context.store.append(append)
    live.journal.appended(append)


def _listing_of(live: RoomState, format: int) -> Listing:
    room = live.room
    members, rules, gated = live.record.members, room.rules.public(), room.access.gated
    return Listing(
        room.title, room.visibility, room.options, room.closed, members, room.lobby(), format, rules, gated,
        frozen=room.frozen_at is not None, featured=room.standing.featured, owner=room.owner,
    )  # fmt: skip


def _rights(live: RoomState, about: Sequence[Account], kept: Collection[Account]) -> list[MemberRight]:
    """Return the rights that accounts have after the batch.

    Args:
        about: whom its entries are about.
        kept: accounts that come in only because they play; a member's right is stored for them meanwhile.
    """
    room = live.room
    return [
        MemberRight(account, "member", 0)
        if account in kept
        else MemberRight(account, room.listed_role(account), _until(room.access.banned, account))
        for account in dict.fromkeys([*about, *sorted(live.kept_by_seat.symmetric_difference(kept))])
    ]


def _banned(live: RoomState) -> Mapping[Account, int | None]:
    """Whom the room bans, and until when; who plays meanwhile may come in."""
    banned, kept = live.room.access.banned, live.kept_by_seat
    return {each: until for each, until in banned.items() if each not in kept} if kept else banned


def _until(banned: Mapping[Account, int | None], account: Account) -> int:
    if account not in banned:
        return 0
    until = banned[account]
    return FOREVER if until is None else min(until, FOREVER)


# ── members ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def keep_members(live: RoomState, changes: Mapping[Account, bool]) -> None:
    """Store who became a member of the room and who stopped being one; raises StoreError."""
    if not changes:
        return
    store, room, now = live.context.store, live.record.id, live.context.clock.now()
    came = [account for account, belongs in changes.items() if belongs]
    left = [account for account, belongs in changes.items() if not belongs]
    added = await asyncio.gather(*(store.touch_member(room, account, now) for account in came))
    taken = await asyncio.gather(*(store.forget_member(room, account) for account in left))
    live.record.members += added.count(True) - taken.count(True)
    live.people.difference_update(left)
    if len(live.people) + len(came) > REMEMBERED:
        live.people.clear()
    live.people.update(came)


def member_changes(live: RoomState, batch: Iterable[Decision]) -> dict[Account, bool]:
    """Return which accounts a decided batch makes members, and which it removes."""
    changes: dict[Account, bool] = {}
    for decision in batch:
        command = decision.request.command
        if not isinstance(decision.answer, dict) or "duplicate" in decision.answer:
            continue
        if isinstance(command, Join):
            if command.author and (command.author not in live.people or command.author in changes):
                changes[command.author] = True
        elif isinstance(command, Leave):
            if command.author and (live.room.chat.direct is not None or not _holds_role(live, command.author)):
                changes[command.author] = False
        elif isinstance(command, Answer) or (isinstance(command, Post) and live.room.chat.direct is not None):
            returning = [each for each in _belonging(live, command) if each not in live.people or each in changes]
            changes |= dict.fromkeys(returning, True)
        else:
            for entry in decision.entries:
                if entry.type == TRANSFERRED and isinstance(entry.body, dict):
                    changes[entry.body["to"]] = True
                if not entry.type.startswith("member.") or not isinstance(entry.body, dict):
                    continue
                if _gives_membership(entry):
                    changes[entry.body["account"]] = True
                elif entry.type in ("member.banned", "member.removed"):
                    changes[entry.body["account"]] = False
    return changes


def _belonging(live: RoomState, command: Answer | Post) -> Sequence[Account]:
    """Return who has a direct room among their own again: who answers it, and by a message all who take it."""
    direct = live.room.chat.direct
    if direct is not None and isinstance(command, Post) and command.type == "chat.message":
        return direct.belonging(command)
    return [command.author]


def _gives_membership(entry: Entry) -> bool:
    return entry.type == "member.role" or (entry.type == "member.restored" and is_gate_entry(entry))


def _holds_role(live: RoomState, account: Account) -> bool:
    access = live.room.access
    return account == access.owner or account in access.roles
