"""Chat in which people call each other: every call is one notice, told once at most."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.history.checker import Finding
from tests.history.kinds.place import Place, Workload, eventually
from tests.history.kinds.steady import Steady

PEOPLE = 4
ROOM = "calls"


class Talk(Workload):
    """A room whose people mention each other."""

    name = "talk"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.people: list[Steady] = []

    async def start(self) -> None:
        self.people = [await self.place.client(f"caller-{number}") for number in range(PEOPLE)]
        await self.people[0].done("room:create", kind="chat", id=ROOM)
        for person in self.people:
            assert await person.enter(ROOM)
        self.rooms = {ROOM: self.people[0]}

    async def act(self) -> None:
        speaker, called = self.place.chance.sample(self.people, 2)
        ack = await speaker.post(ROOM, "chat.message", {"text": "you!", "mentions": [called.account]})
        assert ack["ok"], ack

    async def check(self) -> list[Finding]:
        """Each mention in the log is one notice, listed once and told once at most: a lost connection hears none."""
        log, findings = (await self.logs())[ROOM], list[Finding]()
        for person in self.people:
            calls = {entry["seq"] for entry in log if person.account in (entry["body"] or {}).get("mentions", ())}
            listed: list[dict[str, Any]] = []

            async def all_listed(person: Steady = person, calls: set[int] = calls, into: Any = listed) -> bool:
                into[:], unread = await notices_of(person)
                return {each["seq"] for each in into} == calls and unread == len(calls)

            if not await eventually(all_listed):
                seqs = [each["seq"] for each in listed]
                findings.append(self.found("notices", ROOM, f"{len(seqs)} are listed, and {len(calls)} were calls"))
            live = Counter(data["id"] for name, data in person.told if name == "notice")
            twice = [id for id, times in live.items() if times > 1]
            listed_twice = len(listed) - len({each["id"] for each in listed})
            if twice or listed_twice or not live.keys() <= {each["id"] for each in listed}:
                findings.append(self.found("notices", ROOM, f"told twice: {twice}; listed twice: {listed_twice}"))
        return findings


async def notices_of(person: Steady) -> tuple[list[dict[str, Any]], int]:
    """Return all notices of a person, and how many are unread."""
    found, unread, cursor = list[dict[str, Any]](), 0, {}
    while True:
        page = await person.done("notices:list", **cursor)
        found, unread = [*found, *page["notices"]], page["unread"]
        if page["cursor"] is None:
            return found, unread
        cursor = {"cursor": page["cursor"]}
