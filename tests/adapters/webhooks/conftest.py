"""A store of rooms on both databases, with the places of webhooks beside it."""

from __future__ import annotations

import pytest

from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.webhooks.places import SqlPlaces
from tests.adapters.sql.conftest import store, url

__all__ = ["places", "store", "url"]


@pytest.fixture
def places(store: SqlStore) -> SqlPlaces:
    return SqlPlaces(store.writer, store.reader)
