"""The black-box history checker: what clients sent, were told and heard, held against the log read at the end.

It knows nothing of the server. Every client records what it does and is told; when the run is over and quiet, a fresh
client reads every room's whole log. `check` then names every broken promise:

    lost          acknowledged, and not in the log
    phantom       in the log or heard, though nobody sent it, or its sender was finally refused
    duplicated    one post twice in the log
    gap           a number missing from the log or from what a client heard
    order         heard or acknowledged at another place than the log has it
    replayed      the same entry sent twice to one client that had it
    realtime      acknowledged before another was sent, yet behind it
    fifo          one client's posts in another order than it sent them
    stale         a client that never caught up with the log
    reset         a log that changed its epoch
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

SERVERS = "server:"
"""How ids begin that no client may choose: entries that the server writes, some in somebody's name."""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as a client sees it; `hash` covers everything in it and before it."""

    seq: int
    author: str
    id: str
    hash: str


@dataclass(frozen=True, slots=True)
class Invoke:
    at: float
    room: str
    id: str


@dataclass(frozen=True, slots=True)
class Ack:
    at: float
    room: str
    id: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Nack:
    """A final refusal."""

    at: float
    room: str
    id: str
    code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A retryable refusal: the outcome is open, and so is the place among the client's other posts."""

    room: str
    id: str


@dataclass(frozen=True, slots=True)
class Join:
    """Answer of a join: entries after `since` follow as `Heard`, or none where not recovered."""

    room: str
    epoch: str
    head: int
    recovered: bool


@dataclass(frozen=True, slots=True)
class Heard:
    room: str
    item: Item


@dataclass(frozen=True, slots=True)
class Left:
    """The client is in the room no more, and is told nothing of it until it joins again."""

    room: str


Event = Invoke | Ack | Nack | Refused | Join | Heard | Left


@dataclass(slots=True)
class Client:
    """One client's recording, in the order it happened. `at` is a monotonic clock shared by all clients."""

    account: str
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Final:
    """A room's log as a fresh client read it at the end."""

    epoch: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    room: str
    detail: str


@dataclass(slots=True)
class Verdict:
    """`findings` is empty where every promise held; `counts` says how much was looked at."""

    findings: list[Finding]
    counts: dict[str, int]

    @property
    def kinds(self) -> set[str]:
        return {finding.kind for finding in self.findings}

    def __str__(self) -> str:
        tally = Counter(finding.kind for finding in self.findings)
        first = "\n".join(f"  {f.kind} in {f.room}: {f.detail}" for f in self.findings[:20])
        return f"{dict(tally) or 'every promise held'} over {self.counts}\n{first}"


def check(clients: Sequence[Client], finals: Mapping[str, Final]) -> Verdict:
    """Every broken promise in a run. Linear but for one sort by time."""
    findings: list[Finding] = []
    by_room = {room: _Log(room, final, findings) for room, final in finals.items()}
    sent = _sent(clients)
    for log in by_room.values():
        log.check_itself(sent)
    for client in clients:
        _check_acks(client, by_room, findings)
        _check_fifo(client, by_room, findings)
        _check_heard(client, by_room, findings)
    _check_realtime(clients, by_room, findings)
    kinds = Counter(type(event).__name__.lower() for client in clients for event in client.events)
    entries = sum(len(final.items) for final in finals.values())
    return Verdict(findings, {"clients": len(clients), "rooms": len(finals), "entries": entries, **kinds})


class _Log:
    """A final log with the look-ups the checks need."""

    def __init__(self, room: str, final: Final, findings: list[Finding]) -> None:
        self.room, self.epoch, self.items, self._findings = room, final.epoch, final.items, findings
        self.by_seq = {item.seq: item for item in final.items}
        self.by_post: dict[tuple[str, str], Item] = {}

    @property
    def head(self) -> int:
        return self.items[-1].seq if self.items else 0

    def check_itself(self, sent: set[tuple[str, str, str]]) -> None:
        for place, item in enumerate(self.items, start=1):
            if item.seq != place:
                self.report("gap", f"the log has {item.seq} at place {place}")
                break
        for item in self.items:
            if (first := self.by_post.get((item.author, item.id))) is not None:
                self.report("duplicated", f"{item.id} by {item.author} is {first.seq} and {item.seq}")
            self.by_post[(item.author, item.id)] = item
            if item.author and not item.id.startswith(SERVERS) and (self.room, item.author, item.id) not in sent:
                self.report("phantom", f"{item.seq} is {item.id} by {item.author}, which was not sent")

    def report(self, kind: str, detail: str) -> None:
        self._findings.append(Finding(kind, self.room, detail))


def _sent(clients: Iterable[Client]) -> set[tuple[str, str, str]]:
    """What may be in the logs: everything sent, but for what was finally refused."""
    sent: set[tuple[str, str, str]] = set()
    for client in clients:
        for event in client.events:
            if isinstance(event, Invoke):
                sent.add((event.room, client.account, event.id))
            elif isinstance(event, Nack):
                sent.discard((event.room, client.account, event.id))
    return sent


def _check_acks(client: Client, logs: Mapping[str, _Log], findings: list[Finding]) -> None:
    for event in client.events:
        if not isinstance(event, Ack):
            continue
        item = logs[event.room].by_post.get((client.account, event.id))
        if item is None:
            findings.append(Finding("lost", event.room, f"{event.id} was acknowledged as {event.seq}"))
        elif (item.seq, item.hash) != (event.seq, event.hash):
            findings.append(Finding("order", event.room, f"{event.id}: acknowledged {event.seq}, stored {item.seq}"))


def _check_fifo(client: Client, logs: Mapping[str, _Log], findings: list[Finding]) -> None:
    last: dict[str, int] = {}
    seen = {(event.room, event.id) for event in client.events if isinstance(event, Refused)}
    for event in client.events:
        if not isinstance(event, Invoke) or (event.room, event.id) in seen:
            continue
        seen.add((event.room, event.id))
        item = logs[event.room].by_post.get((client.account, event.id))
        if item is None:
            continue
        if item.seq < last.get(event.room, 0):
            findings.append(Finding("fifo", event.room, f"{event.id} by {client.account} is {item.seq}"))
        last[event.room] = item.seq


def _check_heard(client: Client, logs: Mapping[str, _Log], findings: list[Finding]) -> None:
    """What a client heard is one unbroken piece of the log, and reaches its end."""
    at: dict[str, int] = {}
    for event in client.events:
        if isinstance(event, Join):
            log = logs[event.room]
            if event.epoch != log.epoch:
                log.report("reset", f"{client.account} joined epoch {event.epoch}")
            if event.room in at and not event.recovered:
                log.report("gap", f"{client.account} at {at[event.room]} was not given what it missed")
            if event.room not in at or not event.recovered:
                at[event.room] = event.head
        elif isinstance(event, Left):
            at.pop(event.room, None)
        elif isinstance(event, Heard):
            _check_one(client, logs[event.room], event.item, at)
    for room, seq in at.items():
        if seq < logs[room].head:
            findings.append(Finding("stale", room, f"{client.account} stands at {seq} of {logs[room].head}"))


def _check_one(client: Client, log: _Log, item: Item, at: dict[str, int]) -> None:
    expected = at[log.room] + 1
    if item.seq < expected:
        log.report("replayed", f"{client.account} heard {item.seq} again, standing at {expected - 1}")
    elif item.seq > expected:
        log.report("gap", f"{client.account} heard {item.seq} after {expected - 1}")
    stored = log.by_seq.get(item.seq)
    if stored is None or (stored.author, stored.id) not in log.by_post:
        log.report("lost", f"{client.account} heard {item.seq}, which is not in the log")
    elif (stored.id, stored.author) != (item.id, item.author):
        log.report("order", f"{client.account} heard {item.id} as {item.seq}, the log has {stored.id}")
    elif stored.hash != item.hash:
        log.report("order", f"{client.account} heard {item.seq} with another hash")
    at[log.room] = max(at[log.room], item.seq)


def _check_realtime(clients: Sequence[Client], logs: Mapping[str, _Log], findings: list[Finding]) -> None:
    """`a` acknowledged before `b` was first sent: `a` is before `b` (exact for a log of unique values)."""
    timeline: list[tuple[float, int, str, str, str]] = []
    for client in clients:
        first: set[tuple[str, str]] = set()
        for event in client.events:
            if isinstance(event, Ack):
                timeline.append((event.at, 1, event.room, client.account, event.id))
            elif isinstance(event, Invoke) and (event.room, event.id) not in first:
                first.add((event.room, event.id))
                timeline.append((event.at, 0, event.room, client.account, event.id))
    highest: dict[str, int] = {}
    for _, acked, room, account, id in sorted(timeline):
        item = logs[room].by_post.get((account, id))
        if item is None:
            continue
        if acked:
            highest[room] = max(highest.get(room, 0), item.seq)
        elif item.seq < highest.get(room, 0):
            findings.append(Finding("realtime", room, f"{id} is {item.seq}, sent after the ack of {highest[room]}"))
