"""Nodes: what the processes of one database tell each other about themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from typing import Any, Literal, Protocol

from parlour.core.audit.record import AuditRecord
from parlour.errors import OperatorError

State = Literal["up", "draining", "drained"]

BEAT_S = 2.0
"""Between two heartbeats: what operators ask of a node is begun so soon."""
DEAD_AFTER_MS = 10_000
"""A node without a heartbeat for so long counts as dead: as long as a room's lease lasts."""
PREFIX_CHARACTERS = 12
"""A sid grows by this at most."""
DRAIN = "drain"
RELEASE = "release"


class NameTaken(OperatorError):
    """Another live process has this node's name; the message names it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"A node named {name} serves this database already. Stop that one, or give this one another name: "
            "PARLOUR_NODE, or another port."
        )


@dataclass(frozen=True, slots=True)
class Node:
    """One process.

    Attributes:
        name: `hostname:port`, or what the setting says.
        boot: random; another one at each start.
        prefix: how the sids of its sockets begin.
        url: its address for other nodes (`PARLOUR_PEER_URL`), or "".
        socket: its Unix socket for processes of its machine, or "".
        load: the share of one core that it used lately.
        started_at, seen_at: its start and its last heartbeat, by the database's clock (ms).
        alive: whether the last heartbeat is recent.
    """

    name: str
    boot: str
    version: str
    prefix: str
    url: str = ""
    socket: str = ""
    state: State = "up"
    rooms: int = 0
    connections: int = 0
    load: float = 0.0
    started_at: int = 0
    seen_at: int = 0
    alive: bool = True

    def to_json(self, now: int) -> dict[str, Any]:
        """What operators see; `now` is the database's time."""
        return {
            "name": self.name,
            "version": self.version,
            "state": self.state if self.alive else "dead",
            "rooms": self.rooms,
            "connections": self.connections,
            "load": round(self.load, 3),
            "startedAt": self.started_at,
            "seenMs": max(0, now - self.seen_at),
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """What a node tells with each heartbeat."""

    state: State
    rooms: int
    connections: int
    load: float


@dataclass(frozen=True, slots=True)
class Beat:
    """What a heartbeat brings back.

    Attributes:
        ours: whether the name is still this process's.
        wish: what operators ask of it, each wish once; "" for nothing.
        nodes: every node that the table knows.
        now: the database's time (ms).
    """

    ours: bool
    wish: str
    nodes: Sequence[Node]
    now: int


class NodeTable(Protocol):
    """Where nodes are listed. Every method may raise StoreError."""

    async def claim(self, node: Node) -> None:
        """List this process; raises NameTaken where a live one has the name."""

    async def beat(self, node: Node, figures: Figures) -> Beat:
        """Say that this process lives, and hear of the others."""

    async def ask(self, wishes: Mapping[str, str], audit: AuditRecord) -> bool:
        """Leave wishes for nodes by name, with the audit row; return False, and do nothing, where one does not live."""

    async def leave(self, node: Node) -> None:
        """Take this process off the list."""


def sid_prefix(name: str) -> str:
    """Return how the sids of a node begin: its name where that is short and plain, else a digest of it."""
    if len(name) <= PREFIX_CHARACTERS and re.fullmatch(r"[A-Za-z0-9-]+", name):
        return name
    return sha256(name.encode()).hexdigest()[:PREFIX_CHARACTERS]


def surplus(nodes: Sequence[Node]) -> Mapping[str, int]:
    """Return which nodes have more rooms than an equal share, and how many more."""
    serving = [node for node in nodes if node.alive and node.state == "up"]
    if not serving:
        return {}
    share = ceil(sum(node.rooms for node in serving) / len(serving))
    return {node.name: node.rooms - share for node in serving if node.rooms > share}
