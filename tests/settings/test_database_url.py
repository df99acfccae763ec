"""Database URLs as hosting services hand them out."""

from __future__ import annotations

import pytest

from parlour.settings import SettingsError, load
from parlour.settings.database_url import database_url

ASYNCPG = "postgresql+asyncpg://"
HOSTS = {
    "postgres://u:p@db.example:5432/app": f"{ASYNCPG}u:p@db.example:5432/app",
    "postgresql://u:p@db.example/app": f"{ASYNCPG}u:p@db.example/app",
    "POSTGRES://u@db/app": f"{ASYNCPG}u@db/app",
    "postgresql://u:p@db/app?sslmode=require": f"{ASYNCPG}u:p@db/app?ssl=require",
    "postgres://u:p@ep-1.pooler.example/neondb?sslmode=require&channel_binding=require": (
        f"{ASYNCPG}u:p@ep-1.pooler.example/neondb?ssl=require"
    ),
    "postgres://u:p@db:6543/app?pgbouncer=true&connection_limit=1&supa=base-pooler.x": f"{ASYNCPG}u:p@db:6543/app",
    "postgres://u:p@db/app?ssl=true": f"{ASYNCPG}u:p@db/app?ssl=require",
    "postgresql+asyncpg://u:p%40x@db/app?ssl=verify-full": f"{ASYNCPG}u:p%40x@db/app?ssl=verify-full",
    "postgresql+asyncpg:///app?host=/run/postgresql": f"{ASYNCPG}/app?host=%2Frun%2Fpostgresql",
    "sqlite:///parlour.db": "sqlite+aiosqlite:///parlour.db",
    "sqlite+aiosqlite:////var/lib/parlour/parlour.db": "sqlite+aiosqlite:////var/lib/parlour/parlour.db",
}
BAD = {
    "mysql://u:secret@db/app": "is a URL such as",
    "parlour.db": "is a URL such as",
    "": "is a URL such as",
    "postgres://u:secret@db": "names a database",
    "postgres://u:secret@db/": "names a database",
    "postgres://u:secret@db/app?sslmode=on": "sslmode that is none of",
    "postgres://u:secret@db/app?sslrootcert=x.pem": "by the variable PGSSLROOTCERT",
    "postgres://u:secret@db/app?options=-csearch_path%3Dx": "'options' that Parlour does not know",
    "postgres://u:secret@db:99999/app": "port that is not a number",
    "postgres://u:secret@db:x/app": "port that is not a number",
    "sqlite://": "names a SQLite file",
    "sqlite:///:memory:": "names a SQLite file",
}


@pytest.mark.parametrize("given", HOSTS)
def test_url_of_a_host_becomes_one_of_the_async_driver(given: str) -> None:
    assert database_url(given) == HOSTS[given]
    assert database_url(HOSTS[given]) == HOSTS[given]


@pytest.mark.parametrize("given", BAD)
def test_bad_url_is_refused_without_its_password(given: str) -> None:
    with pytest.raises(SettingsError, match=BAD[given]) as refused:
        load(database_url=given)
    assert "secret" not in str(refused.value)
