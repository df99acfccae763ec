"""What a room's log holds, as the client sees it: entries, their places, and pages of them."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar, cast, overload

from parlour_client.types_gen import Entry as TypedEntry

T = TypeVar("T")

Body = dict[str, Any] | bytes | None
_ON_THE_WIRE = ("room", "seq", "id", "type", "author", "at", "body", "hash")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a log. Keep it to resume there in another process."""

    epoch: str
    seq: int
    hash: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as `since` of `room:join`."""
        since: dict[str, Any] = {"epoch": self.epoch, "seq": self.seq}
        return since if self.hash is None else since | {"hash": self.hash}


@dataclass(frozen=True, slots=True)
class Entry:
    """One durable entry of a room's log (protocol section 4, `entry`).

    Attributes:
        author: an account, `app:<key>` for an API key, `""` for the server or a chain.
        at: milliseconds since 1970 UTC.
        body: a JSON object, bytes for binary types, None where hidden or erased (`redacted` says which).
    """

    room: str
    seq: int
    id: str
    type: str
    author: str
    at: int
    body: Body
    hash: str
    redacted: str | None = None

    @property
    def typed(self) -> TypedEntry:
        """This entry as a dictionary whose `type` tells a type checker the shape of its `body`."""
        wire = {name: getattr(self, name) for name in _ON_THE_WIRE}
        return cast(TypedEntry, wire if self.redacted is None else wire | {"redacted": self.redacted})

    @property
    def text(self) -> str:
        """The text of a chat message, `""` for everything else."""
        return str(self.body.get("text", "")) if isinstance(self.body, dict) else ""

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> Entry:
        """Read an entry as the wire has it."""
        return cls(
            room=wire["room"],
            seq=wire["seq"],
            id=wire["id"],
            type=wire["type"],
            author=wire["author"],
            at=wire["at"],
            body=_body(wire["body"]),
            hash=wire["hash"],
            redacted=wire.get("redacted"),
        )


@dataclass(frozen=True, slots=True)
class Posted:
    """The place of a durable post; `duplicate` where an earlier try with the same id had succeeded."""

    seq: int
    at: int
    hash: str
    duplicate: bool = False


class EntryPage(NamedTuple):
    """A page of a log: `entries, more = await room.history()`.

    Attributes:
        items: entries, ascending.
        more: whether there are more between the bounds.
    """

    items: list[Entry]
    more: bool


@dataclass(frozen=True, slots=True)
class Page(Sequence[T], Generic[T]):
    """A page of a list; it reads as the list of its items.

    Attributes:
        cursor: asks for the next page, None on the last.
    """

    items: list[T]
    cursor: str | None = None

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self.items[index]


def _body(wire: Any) -> Body:
    """Return an entry's body; binary ones travel as `{b64}` in arrays and as bytes alone (protocol section 3)."""
    if isinstance(wire, dict) and wire.keys() == {"b64"}:
        return b64decode(wire["b64"])
    return wire  # type: ignore[no-any-return]  # dict, bytes or None by protocol section 4
