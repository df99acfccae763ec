"""Maps and lists of a document as plain values that tell their changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from parlour_client.ports import Off

if TYPE_CHECKING:
    import pycrdt


class SharedMap:
    """A map as a plain dict; the last write of a key wins."""

    def __init__(self, shared: pycrdt.Map[Any]) -> None:
        self._shared = shared

    def get(self) -> dict[str, Any]:
        """Return the map as it is now."""
        return self._shared.to_py() or {}

    def set(self, **values: Any) -> None:
        """Set keys, all at once."""
        with self._shared.doc.transaction():
            for key, value in values.items():
                self._shared[key] = value

    def delete(self, key: str) -> None:
        """Remove a key."""
        del self._shared[key]

    def subscribe(self, listener: Callable[[dict[str, Any]], None]) -> Off:
        """Call `listener` with the map whenever it has changed; the answer takes it off again."""
        observed = self._shared.observe_deep(lambda events: listener(self.get()))
        return lambda: self._shared.unobserve(observed)


class SharedList:
    """An array as a plain list."""

    def __init__(self, shared: pycrdt.Array[Any]) -> None:
        self._shared = shared

    def get(self) -> list[Any]:
        """Return the list as it is now."""
        return self._shared.to_py() or []

    def append(self, *items: Any) -> None:
        """Add items at the end."""
        self._shared.extend(list(items))

    def insert(self, at: int, item: Any) -> None:
        """Insert an item before this place."""
        self._shared.insert(at, item)

    def delete(self, at: int) -> None:
        """Remove the item at this place."""
        del self._shared[at]

    def subscribe(self, listener: Callable[[list[Any]], None]) -> Off:
        """Call `listener` with the list whenever it has changed; the answer takes it off again."""
        observed = self._shared.observe_deep(lambda events: listener(self.get()))
        return lambda: self._shared.unobserve(observed)
