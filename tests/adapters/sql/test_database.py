"""What a failing database may say in a log: the statement, never what people wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from parlour.adapters.sql.database import postgres_engine, sqlite_engine
from tests.postgres import Postgres

SECRET = "what nobody may read"
STATEMENT = text("SELECT * FROM no_such_table WHERE token_hash = :secret")


def fails(connection: Connection) -> str:
    with pytest.raises(DBAPIError) as failed:
        connection.execute(STATEMENT, {"secret": SECRET})
    return str(failed.value)


def test_sqlite_error_names_the_statement_and_not_its_values(tmp_path: Path) -> None:
    engine = sqlite_engine(f"sqlite+aiosqlite:///{tmp_path}/x.db")
    with engine.connect() as connection:
        said = fails(connection)
    engine.dispose()
    assert "no_such_table" in said
    assert SECRET not in said


async def test_postgres_error_names_the_statement_and_not_its_values(postgres: Postgres) -> None:
    engine = postgres_engine(postgres.database(), 1)
    async with engine.connect() as connection:
        said = await connection.run_sync(fails)
    await engine.dispose()
    assert "no_such_table" in said
    assert SECRET not in said
