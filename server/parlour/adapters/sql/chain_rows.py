"""Converts what followers store to rows of the chain's tables, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from parlour.adapters.sql.tables_chain import chain_log
from parlour.core.chain.blocks import Header
from parlour.core.chain.logs import Log
from parlour.core.chain.room_news import Delivered, News
from parlour.runtime.chain.store import OutboxRow, Step, Sub

CURSOR_COLUMNS = ("genesis", "number", "hash", "safe", "finalized", "audited", "branch", "step", "halted")
"""Columns of `chain_cursor` that are fields of Cursor by the same name; `levels` is JSON, the rest is the lease."""
LOG_COLUMNS = (
    chain_log.c.address, chain_log.c.topics, chain_log.c.data, chain_log.c.block, chain_log.c.number,
    chain_log.c.log_index, chain_log.c.tx, chain_log.c.tx_index, chain_log.c.time,
)  # fmt: skip
"""Columns of `chain_log` in the order of Log's fields."""


def block_row(step: Step, header: Header) -> dict[str, Any]:
    """Return the `chain_block` row of a header in a step."""
    place = {"chain": step.cursor.chain, "number": header.number}
    return place | {"hash": header.hash, "parent": header.parent, "time": header.time}


def log_row(step: Step, log: Log) -> dict[str, Any]:
    """Return the `chain_log` row of a log in a step."""
    return {
        "chain": step.cursor.chain, "number": log.number, "log_index": log.index, "block": log.block,
        "address": log.address, "topics": ",".join(log.topics), "data": log.data, "tx": log.tx,
        "tx_index": log.tx_index, "time": log.time,
    }  # fmt: skip


def read_log_row(row: Sequence[Any]) -> Log:
    """Read a log from its LOG_COLUMNS."""
    address, topics, *rest = row
    return Log(address, tuple(topics.split(",")) if topics else (), *rest)


def delivered_row(step: Step, record: Delivered) -> dict[str, Any]:
    """Return the `chain_told` row of a delivered event in a step."""
    place = {"chain": step.cursor.chain, "number": record.log.number, "log_index": record.log.index}
    return place | {"watch": record.watch, "room": record.room, "source": record.source}


def news_row(step: Step, news: News) -> dict[str, Any]:
    """Return the `chain_outbox` row of news in a step."""
    return {
        "chain": step.cursor.chain, "step": step.cursor.step, "room": news.room, "watch": news.watch,
        "kind": news.kind, "type": news.type, "source": news.source, "body": orjson.dumps(news.body),
        "tries": 0, "parked": False, "error": "",
    }  # fmt: skip


def read_outbox_row(row: Any) -> OutboxRow:
    """Read a row of `chain_outbox`."""
    body = orjson.loads(row.body)
    return OutboxRow(row.seq, row.step, row.tries, News(row.room, row.watch, row.kind, row.type, row.source, body))


def sub_row(sub: Sub) -> dict[str, Any]:
    """Return the `chain_sub` row of a watch."""
    record = orjson.dumps(sub.record).decode()
    return {
        "id": sub.id, "chain": sub.chain, "room": sub.room, "record": record, "state": sub.state, "since": sub.since,
    }  # fmt: skip


def read_sub_row(row: Any) -> Sub:
    """Read a row of `chain_sub`."""
    return Sub(row.id, row.room, row.chain, orjson.loads(row.record), row.state, row.since)
