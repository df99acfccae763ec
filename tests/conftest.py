"""Fixtures that several folders share."""

from tests.postgres import postgres

__all__ = ["postgres"]
