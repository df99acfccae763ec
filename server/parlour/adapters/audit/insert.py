"""Writes audit rows in the transaction of the changes that they tell of, and erases their texts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, null, update

from parlour.adapters.audit.tables import audit
from parlour.core.audit.hash_chain import digest_of
from parlour.core.audit.record import AuditRecord

SALT_BYTES = 16


def write_audit(connection: Connection, records: Sequence[AuditRecord]) -> None:
    """Insert the rows of changes, one at least.

    Raises:
        sqlalchemy.exc.IntegrityError: one of these requests was done before; the whole transaction has to go.
    """
    connection.execute(insert(audit), [_row(each) for each in records])


def erase_audit_texts(connection: Connection, whom: str) -> int:
    """Erase what rows say of an account or a room, in any case of its letters; the rows and the chain stay."""
    texts = dict.fromkeys(("salt", "whom", "reason", "remote", "before", "after", "answer"), null())
    return connection.execute(update(audit).where(func.lower(audit.c.whom) == whom.lower()).values(texts)).rowcount


def _row(record: AuditRecord) -> dict[str, Any]:
    salt = secrets.token_bytes(SALT_BYTES)
    return {
        "actor": record.by,
        "id": record.id,
        "what": record.what,
        "at": record.at,
        "digest": digest_of(salt, record.texts()),
        "asked": digest_of(salt, record.asked.decode()),
        "salt": salt,
        "whom": record.whom,
        "reason": record.reason,
        "remote": record.remote,
        "before": _json(record.before),
        "after": _json(record.after),
        "answer": _json(record.answer),
    }


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
