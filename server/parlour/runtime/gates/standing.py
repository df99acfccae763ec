"""Where each chain stands now, for gates: the block to ask at, and whether its word still counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parlour.errors import Unavailable
from parlour.runtime.chain.chains import Chain, Chains
from parlour.runtime.chain.ledger import Ledger
from parlour.runtime.chain.store import Cursor
from parlour.runtime.nodes.node import Node
from parlour.runtime.store import StoreError

_SILENT = ("halted", "disconnected", "starting", "stopped")
"""States in which nobody can say what the chain says now."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block to ask at; without a hash it is known by number only."""

    number: int
    hash: str | None

    def param(self) -> dict[str, Any] | str:
        """Return it as the block of an `eth_call` (EIP-1898)."""
        return hex(self.number) if self.hash is None else {"blockHash": self.hash, "requireCanonical": True}

    def to_json(self) -> dict[str, Any]:
        """Return `{number, hash}`."""
        return {"number": self.number, "hash": self.hash or "0x" + "00" * 32}


class Standing:
    """Reads where the followers of a process stand."""

    def __init__(self, chains: Chains) -> None:
        self._chains = chains

    def chain(self, chain: int) -> Chain | None:
        """Return a followed chain, or None."""
        return self._chains.chain(chain) if chain in self._chains else None

    def nodes(self, chain: int) -> Sequence[Node]:
        """Return the clients to ask, the preferred one first; endpoints of another chain are left out."""
        return self._chains.chain(chain).nodes()

    def is_silent(self, chain: int, grace_ms: int) -> bool:
        """Return whether the chain is halted or disconnected, or has lagged for longer than `grace_ms`."""
        found = self.chain(chain)
        if found is None:
            return True
        status = found.follower.status()
        return status["state"] in _SILENT or status["lagSeconds"] * 1000 > grace_ms

    async def block(self, chain: int, finality: str | int) -> Block | None:
        """Return the newest block that has reached `finality`; None where the chain is not followed yet."""
        found = self.chain(chain)
        if found is None:
            return None
        if (ledger := _ledger(found)) is not None:
            number = _height(ledger.cursor, finality)
            header = ledger.tracker.at(number)
            return Block(
                number, ledger.cursor.hash if number == ledger.cursor.number else header.hash if header else None
            )
        try:
            cursor = await self._chains.cursor(chain)
        except StoreError:
            return None
        if cursor is None:
            return None
        number = _height(cursor, finality)
        return Block(number, cursor.hash if number == cursor.number else None)

    def holds(self, chain: int, block: dict[str, Any]) -> bool | None:
        """Return whether `{number, hash}` is on the chain as it is followed; None where that is not known here."""
        found = self.chain(chain)
        ledger = None if found is None else _ledger(found)
        header = None if ledger is None else ledger.tracker.at(block["number"])
        return None if header is None else header.hash == block["hash"]


def _ledger(chain: Chain) -> Ledger | None:
    """Return what this process knows of the chain between two steps; None where it does not follow it now."""
    try:
        return chain.follower.ready()
    except Unavailable:
        return None


def _height(cursor: Cursor, finality: str | int) -> int:
    match finality:
        case "included":
            return cursor.number
        case "safe":
            return cursor.safe
        case "finalized":
            return cursor.finalized
        case int():
            return max(0, cursor.number - finality + 1)
    raise ValueError(f"no such finality: {finality}")
