"""Counts requests of clients over HTTP."""

from __future__ import annotations

from typing import Protocol


class Limit(Protocol):
    """Counts requests under named rules (runtime/limits.py)."""

    async def hit(self, rule: str, key: str, cost: int = 1) -> None:
        """Count one request, or as many units as it costs; raises RateLimited."""


class NoLimit:
    """Lets everything through."""

    async def hit(self, rule: str, key: str, cost: int = 1) -> None:
        """Count nothing."""
        return
