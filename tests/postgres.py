"""A throwaway Postgres for tests: the machine's own binaries, an unprivileged user, loopback, a temporary folder."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from parlour.adapters.sql.migrations import tables, upgrade
from parlour.testing.processes import free_port
from tests.missing import missing

USER = "nobody"
LEAVE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def find_binaries() -> Path | None:
    """The folder that holds `initdb`: the newest of Debian's, else the PATH's."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    for folder in debian:
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


class Postgres:
    """One server; `database()` makes an empty database in it."""

    def __init__(self, binaries: Path, *, fsync: bool = False) -> None:
        self._binaries = binaries
        self._fsync = fsync
        self._as = {"user": USER, "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        self._folder = Path(tempfile.mkdtemp(prefix="parlour-pg-"))
        if self._as:
            shutil.chown(self._folder, USER)
        self._process: subprocess.Popen[bytes] | None = None
        self._migrated: str | None = None
        self.port = free_port()
        self._run("initdb", "-D", "data", "-N", "-U", "parlour", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._binaries / program, *arguments], cwd=self._folder, check=True, stdout=subprocess.DEVNULL, **self._as
        )

    def start(self) -> None:
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(self._folder), "-c", "max_connections=60"]
        if not self._fsync:
            options += ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "wal_level=minimal"]
            options += ["-c", "max_wal_senders=0"]
        log = (self._folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", "data", *options],
                cwd=self._folder,
                stdout=log,
                stderr=log,
                **self._as,
            )
        deadline = time.monotonic() + 30
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.05)

    def _answers(self) -> bool:
        ready = [self._binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def speak_tls(self, certificate: Path, key: Path) -> None:
        """Offer TLS from now on, beside plain connections."""
        for source, name in ((certificate, "server.crt"), (key, "server.key")):
            target = self._folder / "data" / name
            shutil.copyfile(source, target)
            target.chmod(0o600)
            if self._as:
                shutil.chown(target, USER, "nogroup")
        for sql in ("ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"):
            self._sql("postgres", sql)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT drops every connection and checkpoints; SIGQUIT is the crash that recovery has to mend."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"t{uuid.uuid4().hex}"
        self._sql("postgres", f"CREATE DATABASE {name}")
        return f"postgresql+asyncpg://parlour@127.0.0.1:{self.port}/{name}"

    def migrated(self) -> str:
        """The URL of a database with today's tables, all empty: always the same one, so one at a time."""
        if self._migrated is None:
            self._migrated = self.database()
            with ThreadPoolExecutor(1) as aside:
                aside.submit(asyncio.run, upgrade(self._migrated)).result()
        else:
            names = ", ".join(table.name for table in tables().sorted_tables)
            self._sql(self._migrated.rpartition("/")[2], f"{LEAVE}; TRUNCATE {names} RESTART IDENTITY")
        return self._migrated

    def copy(self) -> str:
        """The URL of a new database with today's tables, all empty."""
        name, template = f"t{uuid.uuid4().hex}", (self._migrated or self.migrated()).rpartition("/")[2]
        self._sql("postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"postgresql+asyncpg://parlour@127.0.0.1:{self.port}/{name}"

    def _sql(self, database: str, sql: str) -> None:
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "parlour", "-d", database]
        self._run("psql", "-q", *where, "-c", sql)

    def close(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)


def start_postgres(*, fsync: bool = False) -> Postgres:
    """A running server; without binaries the test is skipped, or fails under CI."""
    binaries = find_binaries()
    if binaries is None:
        why = "Postgres is not installed: no initdb in /usr/lib/postgresql/*/bin or on the PATH."
        missing(why)
    server = Postgres(binaries, fsync=fsync)
    server.start()
    return server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for the session, without fsync: for semantics, not for durability."""
    server = start_postgres()
    yield server
    server.close()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server of the test's own, which it may stop and kill: what it acknowledged is on disk."""
    server = start_postgres(fsync=True)
    yield server
    server.close()
