"""An account's inbox: what it has not read of its rooms, computed in this one place.

What a post changes is drawn up beside it (live_room/commit.py); reading it is a bounded number of queries a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parlour.core.room import Account
from parlour.runtime.store import MOST_UNREAD, RoomRecord, Store, Unread

LAST_TEXT = 200
"""Characters of the last message that a list shows."""


async def add_unread(
    store: Store, account: Account, records: Sequence[RoomRecord], rooms: list[dict[str, Any]], now: int
) -> None:
    """Add what a list of one's own rooms shows now (ms) to the room objects of these records; raises StoreError."""
    counted = await store.unread(account, [record.id for record in records])
    for room, record in zip(rooms, records, strict=True):
        room |= shown_unread(counted.get(record.id) or Unread(0, 0), now)


def shown_unread(of: Unread, now: int) -> dict[str, Any]:
    """Return `{unread, mentions, threads, more?, last?, request?, notify?}` of a room."""
    shown: dict[str, Any] = {
        "unread": min(of.messages, MOST_UNREAD),
        "mentions": of.mentions,
        "threads": of.threads,
    }
    if of.messages > MOST_UNREAD:
        shown["more"] = True
    if of.request:
        shown["request"] = True
    if of.level is not None and (of.level[1] is None or of.level[1] > now):
        shown["notify"] = {"level": of.level[0], **({} if of.level[1] is None else {"until": of.level[1]})}
    if of.last is not None:
        body = of.edit.body if of.edit is not None else of.last.body
        text = body.get("text", "") if isinstance(body, dict) else ""
        last = {"seq": of.last.seq, "at": of.last.at, "author": of.last.author}
        shown["last"] = last | {"text": text[:LAST_TEXT]}
    return shown
