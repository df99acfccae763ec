"""The kinds of subscriptions whose logs become entries of a room, and how each makes its route."""

from __future__ import annotations

from collections.abc import Callable

from parlour.core.chain.routes import HookRoute, Route
from parlour.core.chain.watches import WatchRecord
from parlour.core.room import RoomId
from parlour.runtime.chain.store import Sub

MakeRoute = Callable[[RoomId, WatchRecord], Route]
"""Makes the route of a subscription from its room and record; a subclass of Route says what its entries look like."""


class RouteKinds:
    """Makes routes: of watches by `Route` and `HookRoute`, of other kinds by what they were registered with.

    A route of any kind shares what watches have: levels, `chain.moved`, `chain.reverted`, `chain.confirmed`, gaps, and
    history by `WatchBackfill.start_watch`.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, MakeRoute] = {"watch": Route, "hook": HookRoute}

    def register(self, kind: str, make: MakeRoute) -> None:
        """Make the routes of this kind of `Sub` by `make`.

        Raises:
            ValueError: the kind has a maker already.
        """
        if kind in self._kinds:
            raise ValueError(f"Routes of kind {kind!r} are registered already.")
        self._kinds[kind] = make

    def has(self, sub: Sub) -> bool:
        """Return whether the subscription becomes a route; others belong to a StepListener."""
        return sub.kind in self._kinds

    def make(self, sub: Sub) -> Route:
        """Return the route of a subscription; raises KeyError for a kind that has none."""
        return self._kinds[sub.kind](sub.room, sub.record)
