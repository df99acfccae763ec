"""What a room's log holds, as the client sees it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any] | bytes | None


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a log; keep it to resume there in another process."""

    epoch: str
    seq: int
    hash: str | None = None

    def to_json(self) -> dict[str, Any]:
        since: dict[str, Any] = {"epoch": self.epoch, "seq": self.seq}
        return since if self.hash is None else since | {"hash": self.hash}


@dataclass(frozen=True, slots=True)
class Entry:
    """One durable line of a room's log (protocol §4 `entry`).

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
    def text(self) -> str:
        """The words of a chat message, `""` for everything else."""
        return str(self.body.get("text", "")) if isinstance(self.body, dict) else ""

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> Entry:
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
    """The durable place of a post; `duplicate` when an earlier try with the same id had already succeeded."""

    seq: int
    at: int
    hash: str
    duplicate: bool = False


def _body(wire: Any) -> Body:
    """Binary bodies travel as `{b64}` inside arrays and as bytes alone (protocol §3 "Binary")."""
    if isinstance(wire, dict) and wire.keys() == {"b64"}:
        return b64decode(wire["b64"])
    return wire  # type: ignore[no-any-return]  # dict, bytes or None by protocol §4
