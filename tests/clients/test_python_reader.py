"""A handle's reader that fell behind: it reads on from the log, whatever happens to the connection meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from parlour_client import ConnectionLost, Entry, EntryPage, Forbidden, LogReset, ParlourError, Position
from parlour_client.rooms.reader import Reader


def entry(seq: int) -> Entry:
    return Entry("lobby", seq, f"e{seq}", "chat.message", "0xA", seq, {"text": str(seq)}, f"h{seq}")


class Log:
    """A log that answers pages of two; it raises `faults` first."""

    def __init__(self, head: int, *faults: ParlourError) -> None:
        self.head = head
        self.faults = list(faults)
        self.asked: list[int] = []

    async def page(self, after: int) -> EntryPage:
        self.asked.append(after)
        if self.faults:
            raise self.faults.pop(0)
        last = min(after + 2, self.head)
        return EntryPage([entry(seq) for seq in range(after + 1, last + 1)], last < self.head)

    def newest(self) -> Position:
        return Position("e", self.head, f"h{self.head}")

    def reader(self, since: int) -> Reader:
        reader = Reader(self.page, self.newest, Position("e", since, f"h{since}"))
        reader.begin(self.newest(), None)
        return reader


async def read(reader: Reader, count: int) -> list[int]:
    async with asyncio.timeout(60):
        return [(await reader.next()).seq for _ in range(count)]


async def test_reader_reads_the_log_up_to_the_newest_and_then_live() -> None:
    log = Log(6)
    reader = log.reader(since=2)
    reader.put(entry(6))  # comes while the reader is behind: the log has it too
    assert await read(reader, 4) == [3, 4, 5, 6]
    log.head = 7
    reader.put(entry(7))
    assert await read(reader, 1) == [7]
    assert log.asked == [1, 3, 5]


async def test_reader_tries_again_after_a_passing_error_and_raises_a_lasting_one() -> None:
    log = Log(3, ConnectionLost("Gone."))
    reader = log.reader(since=1)
    assert await read(reader, 2) == [2, 3]
    refused = Log(3, Forbidden("Banned.")).reader(since=1)
    with pytest.raises(Forbidden):
        await read(refused, 1)


async def test_reader_from_the_beginning_checks_no_entry() -> None:
    log = Log(2)
    assert await read(log.reader(since=0), 2) == [1, 2]
    assert log.asked == [0]


async def test_position_beyond_the_log_raises_log_reset() -> None:
    reader = Log(3).reader(since=5)
    with pytest.raises(LogReset):
        await read(reader, 1)
    reader.put(entry(4))
    assert await read(reader, 1) == [4]


async def test_position_of_queued_entries_keeps_their_epoch_over_a_reset() -> None:
    log = Log(3)
    reader = Reader(log.page, log.newest)
    reader.begin(log.newest(), None)
    reader.put(entry(4))
    reader.reset(Position("restored", 2, "x"))
    await read(reader, 1)
    assert reader.position == Position("e", 4, "h4")
    with pytest.raises(LogReset):
        await read(reader, 1)
    assert reader.position == Position("restored", 2, "x")
    reader.put(entry(3))
    await read(reader, 1)
    assert reader.position == Position("restored", 3, "h3")
