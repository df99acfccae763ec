"""The versions of a document: those that people named, and those that the room kept by itself."""

from __future__ import annotations

from typing import Any

from parlour.core.room import Entry

MOST_NAMED = 1_000
"""Versions that people named; each is in every snapshot of the room, about 150 bytes."""
MAX_TITLE = 120
"""Characters of a version's title, as of a room's."""


class Versions:
    """Every version that is listed, ascending.

    Attributes:
        kept: `{seq, title, by, at}` each; `by` is "" for those that the room kept by itself.
    """

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []

    @property
    def full(self) -> bool:
        """Whether people may name no more."""
        return sum(1 for each in self.kept if each["by"]) >= MOST_NAMED

    def find(self, seq: int) -> dict[str, Any] | None:
        """Return the version whose entry has this seq, if it is listed."""
        return next((each for each in self.kept if each["seq"] == seq), None)

    def add(self, entry: Entry, most: int) -> None:
        """Add the version of an entry; of the room's own only the newest `most` stay."""
        body = entry.body
        assert isinstance(body, dict)
        self.kept.append({"seq": entry.seq, "title": body["title"], "by": body["by"], "at": body["at"]})
        own = [each for each in self.kept if not each["by"]]
        for each in own[: max(0, len(own) - most)]:
            self.kept.remove(each)

    def page(self, before: int | None, limit: int) -> tuple[list[dict[str, Any]], int | None]:
        """Return the newest versions with a seq below `before`, newest first, and where the next page begins."""
        older = [each for each in reversed(self.kept) if before is None or each["seq"] < before]
        page = older[:limit]
        return page, page[-1]["seq"] if len(older) > limit else None
