"""A migrated database of each kind, and a store over it."""

from tests.adapters.sql.conftest import store, url

__all__ = ["store", "url"]
