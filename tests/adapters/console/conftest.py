"""A store on both databases, with the audit trail beside it."""

from __future__ import annotations

import pytest

from parlour.adapters.console.audit_rows import SqlAuditTrail
from parlour.adapters.sql.rooms import SqlStore
from tests.adapters.sql.conftest import store, url

__all__ = ["store", "trail", "url"]


@pytest.fixture
def trail(store: SqlStore) -> SqlAuditTrail:
    return SqlAuditTrail(store.writer, store.reader)
