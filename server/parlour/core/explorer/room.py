"""The kind `chain`: the newest blocks of a chain, and how final it is."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Any, ClassVar

from parlour.core.room import Account, Command, Entry, RoomId, Unwatch
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.state import Options, parsed
from parlour.errors import Illegal

SHOWN = 32
"""Blocks in the state: a screen of them, and an epoch of Ethereum."""
_KEYS = ("number", "hash", "parent", "time", "transactions", "gasUsed", "gasLimit", "baseFee", "miner", "size")


class ChainOptions(Options):
    """What a chain room is created with: its chain's EIP-155 id."""

    chain: int


class ChainRoom(Hall):
    """A room of one chain; only the server writes there."""

    kind: ClassVar[str] = "chain"
    computed = True
    shares_view = True

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self._blocks: list[dict[str, Any]] = []
        self._lag = 0
        self._rows: dict[str, dict[str, Any]] = {}
        self._version = object()

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return parsed(ChainOptions, options, "options").model_dump(mode="json")

    @classmethod
    def described(cls) -> dict[str, Any]:
        return {**super().described(), "description": "The blocks of a chain.", "view": {"type": "object"},
                "options": ChainOptions.model_json_schema()}  # fmt: skip

    def check_watch(self, command: Command) -> None:
        super().check_watch(command)
        if isinstance(command, Unwatch) and "blocks" in self.watches.records.get(command.watch, ()):
            raise Illegal("The room needs that watch.", reason="watched")

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def apply_kind(self, entry: Entry) -> None:
        if entry.type == "chain.block" and isinstance(entry.body, dict):
            body = entry.body
            self._blocks = [*self._blocks, {key: body[key] for key in _KEYS if key in body}][-SHOWN:]
            self._lag = max(0, entry.at - body["time"] * 1000)
        self._version = object()

    def snapshot(self) -> dict[str, Any]:
        return {**super().snapshot(), "blocks": self._blocks, "lag": self._lag}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._blocks, self._lag = list(state["blocks"]), state["lag"]

    # ── what everybody sees ──────────────────────────────────────────────────────────────────────────────────────

    def view(self, viewer: Account | None) -> Any:
        levels = self.watches.confirmed.get(str(self.options.get("chain")), {})
        heights = {name: levels[name]["number"] if name in levels else -1 for name in ("safe", "finalized")}
        rows = [self._row(block, heights) for block in self._blocks]
        self._rows = {row["hash"]: row for row in rows}
        head = self._blocks[-1] if self._blocks else None
        return {
            "chain": self.options.get("chain"),
            "head": head and {key: head[key] for key in ("number", "hash", "time")},
            "safe": levels.get("safe"),
            "finalized": levels.get("finalized"),
            "lag": self._lag,
            "baseFee": _median([int(block["baseFee"]) for block in self._blocks if "baseFee" in block]),
            "blocks": rows,
        }

    def _row(self, block: dict[str, Any], heights: dict[str, int]) -> dict[str, Any]:
        """Return a block as the state shows it; the same object while nothing of it changes."""
        number = block["number"]
        final, safe = number <= heights["finalized"], number <= heights["safe"]
        status = "finalized" if final else "safe" if safe else "included"
        shown = self._rows.get(block["hash"])
        return shown if shown is not None and shown["status"] == status else {**block, "status": status}

    def shown_chains(self) -> Collection[int]:
        return (self.options["chain"],) if self.options else ()

    def view_key(self, viewer: Account | None) -> Hashable:
        return None

    @property
    def view_version(self) -> object | None:
        return self._version


def _median(fees: list[int]) -> str | None:
    """Return the lower median, in wei; None where no block has a base fee."""
    return str(sorted(fees)[(len(fees) - 1) // 2]) if fees else None
