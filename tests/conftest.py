"""Fixtures that several folders share."""

from tests.anvil import chain
from tests.postgres import postgres

__all__ = ["chain", "postgres"]
