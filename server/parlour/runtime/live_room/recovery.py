"""Recovers a client by number: with exactly the entries it missed, or by a snapshot (protocol §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from parlour.core.room import Account, Entry
from parlour.errors import Invalid
from parlour.runtime.store import RoomRecord

MAX_SEQ = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Since:
    """The client's position: `{epoch, seq, hash?}`."""

    epoch: str
    seq: int
    hash: bytes | None = None

    @classmethod
    def parse(cls, value: Any) -> Since:
        """Read a position from a request; raises Invalid."""
        try:
            epoch, seq, hash_ = value["epoch"], value["seq"], value.get("hash")
            if not isinstance(epoch, str) or type(seq) is not int or not 0 <= seq <= MAX_SEQ:
                raise ValueError
            return cls(epoch, seq, None if hash_ is None else _hash(hash_))
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise Invalid("since is {epoch, seq, hash?}.", details={"path": "since"}) from error


@dataclass(frozen=True, slots=True)
class Handover:
    """Where a connection stood in a room when the room's owner gave it up.

    Attributes:
        epoch, seq: the last entry that was written to it.
        v, count: the last step of presence that it was told.
        members: who was here after that step; of the first connection of each node only, where there were names.
        shown: what it shows of itself (signal `presence`).
        cursors: where its clients are in a document (signal `doc.awareness`).
    """

    epoch: str
    seq: int
    v: int
    count: int
    members: Sequence[Account] | None = None
    shown: Any = None
    cursors: bytes | None = None


class ReplayLimits(Protocol):
    @property
    def replay_entries(self) -> int: ...
    @property
    def replay_bytes(self) -> int: ...


def answer_gap(
    since: Since | None,
    record: RoomRecord,
    head: int,
    held: Sequence[Entry],
    limits: ReplayLimits,
    counted: Sequence[int] | None = None,
) -> list[Entry] | None:
    """Return the entries `since.seq+1 … head`, or None where the client must take a snapshot.

    Args:
        record: what is durable; a client cannot have seen more.
        head: the last entry of the answer, the batch under way included.
        held: contiguous entries up to `head`, from as early as they are at hand.
        counted: the seqs after `since` that are answered, where the others are told in another way; then `held` has
            these, and the entry at `since`.
    """
    if since is None or since.epoch != record.epoch or not record.floor - 1 <= since.seq <= record.head:
        return None
    count = head - since.seq if counted is None else len(counted)
    if count > limits.replay_entries:
        return None
    missed = [e for e in held if e.seq > since.seq and (counted is None or e.seq in counted)]
    if len(missed) != count or sum(len(e.raw or b"") for e in missed) > limits.replay_bytes:
        return None
    if since.hash is not None and since.hash != _hash_at(since.seq, record, held):
        return None
    return missed


def _hash_at(seq: int, record: RoomRecord, held: Sequence[Entry]) -> bytes | None:
    if seq == record.floor - 1:
        return record.floor_hash
    if seq == record.head:
        return record.hash
    return next((e.hash for e in held if e.seq == seq), None)


def _hash(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ValueError
    value = bytes.fromhex(text[2:])
    if len(value) != 32:
        raise ValueError
    return value
