"""`parlour doctor`: the checks an operator would make by hand."""

from __future__ import annotations

import json
import resource
import sys
from importlib.util import find_spec
from pathlib import Path

import typer

from parlour.adapters.sql.database import is_sqlite, sqlite_path
from parlour.adapters.upkeep import integrity
from parlour.adapters.upkeep.integrity import Finding
from parlour.commands.options import AsJson, Database, settings_with
from parlour.commands.outcome import FAILED, run
from parlour.settings import Settings, static_folder

WANTED_FILES = 4096
"""Descriptors a server wants: one for each socket, and some for the database."""

app = typer.Typer(add_completion=False)


@app.command()
def doctor(database_url: Database = None, as_json: AsJson = False) -> None:
    """Check the installation and the database: migrations, hash chains, gaps, cursors, signatures' speed."""
    findings = run(examine(settings_with(database_url=database_url)))
    if as_json:
        typer.echo(json.dumps([{"check": f.check, "ok": f.ok, "detail": f.detail} for f in findings]))
    else:
        for finding in findings:
            typer.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.check}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(FAILED)


async def examine(settings: Settings) -> list[Finding]:
    """Check the installation, then the database with every log in it.

    Raises:
        MigrationError, StoreError: the database cannot be reached.
    """
    return [_python(), _curve(), _files(), _pages(), *await _database(settings)]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), version)


def _curve() -> Finding:
    if find_spec("coincurve") is not None:
        return Finding("signatures", True, "coincurve: about 0.1 ms a sign-in")
    return Finding("signatures", False, "coincurve is missing: a sign-in blocks the server for about 5 ms")


def _files() -> Finding:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Finding("descriptors", limit >= WANTED_FILES, f"{limit} open files allowed (ulimit -n)")


def _pages() -> Finding:
    missing = [page for page in ("demo", "admin") if not (static_folder() / page / "index.html").is_file()]
    return Finding(
        "pages", not missing, f"not built: {', '.join(missing)}" if missing else "demo and console are there"
    )


async def _database(settings: Settings) -> list[Finding]:
    url = settings.database_url
    if is_sqlite(url) and not Path(sqlite_path(url)).exists():
        folder = next(parent for parent in Path(sqlite_path(url)).absolute().parents if parent.exists())
        if not folder.is_dir():
            return [Finding("database", False, f"{folder} is a file, so the database cannot be made below it")]
        return [Finding("database", True, "not made yet; `parlour serve` or `parlour migrate` makes it")]
    return await integrity.check(url)
