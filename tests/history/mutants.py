"""A little server and its clients, deterministic, with one defect of choice: what the checker must catch."""

from __future__ import annotations

import random
from hashlib import sha256

from tests.history.checker import Ack, Client, Event, Final, Heard, Invoke, Item, Join, Nack

ROOMS, CLIENTS = 4, 12


class Server:
    """Commits in batches; a crash loses what was not committed. `defect` names what it does wrong."""

    def __init__(self, defect: str | None, seed: int) -> None:
        self.defect = defect
        self.random = random.Random(seed)
        self.now = 0.0
        self.stored: dict[str, list[Item]] = {room: [] for room in map(str, range(ROOMS))}
        self.by_post: dict[tuple[str, str], Item] = {}
        self.pending: list[tuple[int, str, str]] = []
        self.unacked: dict[int, list[tuple[str, str]]] = {c: [] for c in range(CLIENTS)}
        self.clients = [Client(f"0x{number}") for number in range(CLIENTS)]
        self.at = [dict.fromkeys(self.stored, 0) for _ in range(CLIENTS)]
        self.misdeeds = 0
        for number in range(CLIENTS):
            self.join(number)

    def record(self, number: int, event: Event) -> None:
        self.clients[number].events.append(event)

    def tick(self) -> float:
        self.now += 0.001
        return self.now

    def join(self, number: int) -> None:
        for room, log in self.stored.items():
            self.record(number, Join(room, "epoch", len(log), True))
            at = self.at[number][room]
            if self.defect == "replay twice" and at > 3:
                at -= 1
                self.misdeeds += 1
            for item in log[at:]:
                self.hear(number, room, item)
        for room, id in self.unacked[number]:
            self.record(number, Invoke(self.tick(), room, id))
            self.pending.append((number, room, id))

    def hear(self, number: int, room: str, item: Item) -> None:
        self.record(number, Heard(room, item))
        self.at[number][room] = max(self.at[number][room], item.seq)

    def post(self, number: int, room: str, id: str) -> None:
        self.record(number, Invoke(self.tick(), room, id))
        self.unacked[number].append((room, id))
        self.pending.append((number, room, id))
        if self.defect == "ack before commit":
            seq = len(self.stored[room]) + sum(1 for _, where, _ in self.pending if where == room)
            self.ack(number, room, id, seq, digest(room, seq, id))

    def ack(self, number: int, room: str, id: str, seq: int, hash: str) -> None:
        self.record(number, Ack(self.tick(), room, id, seq, hash))
        self.unacked[number].remove((room, id))

    def commit(self) -> None:
        batch, self.pending = self.pending, []
        if self.defect == "refused but stored" and batch and self.random.random() < 0.01:
            number, room, id = batch[0]
            self.record(number, Nack(self.tick(), room, id, "illegal"))
            self.unacked[number].remove((room, id))
            self.store(number, room, id)
            self.misdeeds += 1
            batch = batch[1:]
        for number, room, id in batch:
            known = self.by_post.get((room, id))
            if known is not None and self.defect != "resend stored twice":
                self.answer(number, room, known)
                continue
            self.misdeeds += known is not None
            if self.defect == "drop one in ten thousand" and self.random.random() < 1e-4:
                self.misdeeds += 1
                item = Item(len(self.stored[room]) + 1, self.clients[number].account, id, "0x")
                self.answer(number, room, item)
                continue
            self.answer(number, room, self.store(number, room, id))

    def answer(self, number: int, room: str, item: Item) -> None:
        if (room, item.id) in self.unacked[number] and self.random.random() > 0.02:
            self.ack(number, room, item.id, item.seq, item.hash)

    def store(self, number: int, room: str, id: str) -> Item:
        log = self.stored[room]
        item = Item(len(log) + 1, self.clients[number].account, id, digest(room, len(log) + 1, id))
        log.append(item)
        self.by_post[(room, id)] = item
        if self.defect == "swap two stored" and len(log) > 9 and self.random.random() < 1e-3:
            one, other = log[-3], log[-2]
            log[-3:-1] = (
                Item(one.seq, other.author, other.id, one.hash),
                Item(other.seq, one.author, one.id, other.hash),
            )
            self.misdeeds += 1
        listeners = list(range(CLIENTS))
        if self.defect == "forget one listener" and self.random.random() < 1e-4:
            listeners.remove(self.random.choice(listeners))
            self.misdeeds += 1
        for listener in listeners:
            self.hear(listener, room, item)
        if self.defect == "swap two heard" and self.random.random() < 1e-3:
            heard = [e for e in range(len(self.clients[0].events)) if isinstance(self.clients[0].events[e], Heard)]
            events, (one, other) = self.clients[0].events, heard[-2:]
            events[one], events[other] = events[other], events[one]
            self.misdeeds += 1
        return item

    def crash(self) -> None:
        if self.defect == "ack before commit":
            self.misdeeds += len(self.pending)
        self.pending = []
        for number in range(CLIENTS):
            self.join(number)


def digest(room: str, seq: int, id: str) -> str:
    return "0x" + sha256(f"{room} {seq} {id}".encode()).hexdigest()[:16]


def run(defect: str | None, *, posts: int, crashes: int, seed: int = 1) -> tuple[list[Client], dict[str, Final], int]:
    """A run to its quiet end: recordings, final logs and how often the defect struck."""
    server = Server(defect, seed)
    crash_at = set(server.random.sample(range(posts), crashes))
    for number in range(posts):
        client = server.random.randrange(CLIENTS)
        server.post(client, str(server.random.randrange(ROOMS)), f"p{number}")
        if number in crash_at:
            server.crash()
        elif server.random.random() < 0.3:
            server.commit()
    while server.pending or any(server.unacked.values()):
        server.commit()
        for client in range(CLIENTS):
            for room, id in server.unacked[client]:
                server.record(client, Invoke(server.tick(), room, id))
                server.pending.append((client, room, id))
    return server.clients, {room: Final("epoch", log) for room, log in server.stored.items()}, server.misdeeds
