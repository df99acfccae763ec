"""Checks the audit trail in a database, for `parlour verify audit`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import typer

from parlour.adapters.console.audit_rows import SqlAuditTrail
from parlour.adapters.sql.rooms import open_store
from parlour.commands.options import settings_with
from parlour.commands.outcome import FAILED, run
from parlour.core.audit.hash_chain import Verdict
from parlour.runtime.audit.sealer import verify


def verify_audit(database_url: str | None, *, as_json: bool) -> None:
    """Say up to which row the chain of audit rows holds; exit code 1 where a row was changed or is missing."""
    verdict, unsealed = run(_judged(settings_with(database_url=database_url).database_url))
    if as_json:
        told = {"ok": verdict.wrong is None, "rows": verdict.rows, "at": verdict.at, "hash": "0x" + verdict.hash.hex()}
        typer.echo(json.dumps({**told, "unsealed": unsealed, "wrong": verdict.wrong}))
    else:
        at = "" if verdict.at is None else datetime.fromtimestamp(verdict.at / 1000, UTC).isoformat(timespec="seconds")
        end = f", up to {at}, hash 0x{verdict.hash.hex()}" if at else ""
        typer.echo(f"ok    {verdict.rows} rows{end}; {unsealed} wait to be sealed")
        if verdict.wrong is not None:
            typer.echo(f"WRONG {verdict.wrong}")
    if verdict.wrong is not None:
        raise typer.Exit(FAILED)


async def _judged(url: str) -> tuple[Verdict, int]:
    store = await open_store(url)
    try:
        trail = SqlAuditTrail(store.writer, store.reader)
        return await verify(trail), await trail.unsealed()
    finally:
        await store.close()
