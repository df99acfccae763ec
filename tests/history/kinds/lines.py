"""People who look for opponents, play and are rated: every ticket ends once, every game counts once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from tests.history.checker import Finding
from tests.history.kinds.place import Place, Workload, eventually
from tests.history.kinds.steady import Steady

KIND = "tic-tac-toe"
QUEUE, BOARD = f"queue:{KIND}", f"board:rating:{KIND}"
FOUND_S = 20
"""Seconds within which a table is found; later one asks for it by the same ticket."""


class Lines(Workload):
    """Two people who are matched again and again; whoever has the first seat gives up."""

    name = "lines"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.people: list[Steady] = []
        self.tickets: set[str] = set()
        self.tables: set[str] = set()
        self._rounds = 0

    async def start(self) -> None:
        self.people = [await self.place.client(f"seeker-{number}", records=False) for number in range(2)]
        self.rooms = {QUEUE: self.people[0], BOARD: self.people[0]}

    async def act(self) -> None:
        self._rounds += 1
        await asyncio.gather(*(self._seek(person, f"{person.name}-{self._rounds}") for person in self.people))

    async def _seek(self, person: Steady, id: str) -> None:
        """Find a table and sit down there; the first seat leaves, which ends the game."""
        heard = len(person.told)
        ack = await person.ask("match:find", kind=KIND, id=id)
        if ack["ok"]:
            self.tickets.add(ack["ticket"])
        elif ack["error"].get("reason") != "already_waiting":
            return  # such as in a game that goes on

        def found() -> list[Any]:
            return [data for name, data in person.told[heard:] if name == "match:found"]

        await eventually(lambda: bool(found()), FOUND_S)
        for data in found()[-1:]:
            self.tables.add(data["room"])
            await person.ask("room:join", room=data["room"])
            if data["seat"] == 0:
                await eventually(lambda: self._started(person, data["room"]), 10)  # noqa: B023 asked within this round
                await person.ask("room:leave", room=data["room"])

    def _started(self, person: Steady, room: str) -> bool:
        return any(entry["type"] == "game.started" for entry in person.entries.get(room, ()))

    async def check(self) -> list[Finding]:
        logs = await self.logs()
        findings = self._check_line(logs[QUEUE])
        counted = [entry["body"] for entry in logs[BOARD] if entry["type"] == "board.counted"]
        twice = [room for room, times in Counter(body["room"] for body in counted).items() if times > 1]
        if twice:
            findings.append(self.found("duplicated", BOARD, f"counted twice: {twice}"))
        games = Counter(account for body in counted for team in body["teams"] for account in team)
        accounts = [person.account for person in self.people]
        shown = (await self.people[0].done("ratings:of", kind=KIND, accounts=accounts))["ratings"]
        for account in accounts:
            if shown[account]["games"] != games[account]:
                findings.append(
                    self.found("state", BOARD, f"{shown[account]['games']} games, {games[account]} in the log")
                )
        return findings

    def _check_line(self, log: list[dict[str, Any]]) -> list[Finding]:
        """Each ticket came once, and is in one table or none; each table that was told is in the log."""
        sought, at_table, made, findings = set[str](), Counter[str](), set[str](), list[Finding]()
        for entry in log:
            body = entry["body"]
            if entry["type"] == "match.sought":
                if body["ticket"] in sought:
                    findings.append(self.found("duplicated", QUEUE, f"{body['ticket']} came twice"))
                sought.add(body["ticket"])
            elif entry["type"] == "match.made":
                made.add(body["room"])
                at_table.update(body["tickets"])
            elif entry["type"] == "match.missed":
                at_table.subtract(at_table.keys() & set(body.get("tickets", ())))
        if lost := self.tickets - sought:
            findings.append(self.found("lost", QUEUE, f"acknowledged tickets: {lost}"))
        if lost := self.tables - made:
            findings.append(self.found("lost", QUEUE, f"tables that were told: {lost}"))
        return findings
