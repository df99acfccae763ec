"""Tables of tic-tac-toe: both players move at once, and each log folds to the state that is shown."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.history.checker import Finding
from tests.history.kinds.place import Place, Workload
from tests.history.kinds.steady import Steady

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


class Tables(Workload):
    """Two players who play table after table."""

    name = "tables"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.players: list[Steady] = []
        self.free: list[int] = []
        self.table = ""

    async def start(self) -> None:
        self.players = [await self.place.client(f"player-{number}") for number in range(2)]
        await self._new_table()

    async def _new_table(self) -> None:
        self.table, self.free = f"table-{len(self.rooms)}", list(range(9))
        self.rooms[self.table] = self.players[0]
        await self.players[0].done("room:create", kind="tic-tac-toe", id=self.table)
        for player in self.players:
            assert await player.enter(self.table)

    async def act(self) -> None:
        """Have both move at once: one of them is not on the turn."""
        cell = self.place.chance.choice(self.free)
        moves = [player.post(self.table, "game.action", action(cell)) for player in self.players]
        acks = await asyncio.gather(*moves)
        taken = [ack for ack in acks if ack["ok"]]
        reasons = [ack["error"].get("reason") for ack in acks if not ack["ok"]]
        if taken:
            self.free.remove(cell)
        if not self.free or "game_over" in reasons:
            await self._new_table()

    async def check(self) -> list[Finding]:
        findings: list[Finding] = []
        for table, log in (await self.logs()).items():
            board, turn, ended = [None] * 9, 0, [entry for entry in log if entry["type"] == "game.ended"]
            seats = {e["body"]["account"]: e["body"]["seat"] for e in log if e["type"] == "game.seated"}
            for entry in log:
                if entry["type"] != "game.action":
                    continue
                seat, cell = seats[entry["author"]], entry["body"]["args"]["cell"]
                if seat != turn or board[cell] is not None or winner(board) is not None:
                    findings.append(self.found("rules", table, f"{entry['seq']} is no move of seat {turn}"))
                board[cell], turn = seat, 1 - turn
            finished = winner(board) is not None or None not in board
            if len(ended) > 1 or (finished and not ended):
                findings.append(self.found("rules", table, f"it ended {len(ended)} times"))
            for player in self.players:
                state = (await player.done("room:join", room=table))["state"]
                if state["cells"] != board:
                    findings.append(self.found("state", table, f"{player.name} sees {state['cells']}, not {board}"))
        return findings


def action(cell: int) -> dict[str, Any]:
    return {"action": "place", "args": {"cell": cell}}


def winner(board: list[Any]) -> int | None:
    """Return the seat that has a line."""
    return next((board[a] for a, b, c in LINES if board[a] is not None and board[a] == board[b] == board[c]), None)
