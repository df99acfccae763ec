"""A store of rooms on both databases, with the lists of files beside it."""

from __future__ import annotations

import pytest

from parlour.adapters.files.room_lists import SqlFileRows
from parlour.adapters.sql.rooms import SqlStore
from tests.adapters.sql.conftest import store, url

__all__ = ["rows", "sql", "store", "url"]


@pytest.fixture
def sql(store: SqlStore) -> SqlStore:
    return store


@pytest.fixture
def rows(sql: SqlStore) -> SqlFileRows:
    return SqlFileRows(sql.writer, sql.reader)
