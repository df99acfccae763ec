"""What a document holds: the bytes of its structs, their clocks, deletions, halves of emojis, kinds of its roots."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Set
from heapq import heappop, heappush
from typing import Any

from parlour.core.documents.encoding import NotAnUpdate, read_vector, write_vector
from parlour.core.documents.pairs import Pairs
from parlour.core.documents.ranges import Ranges
from parlour.core.documents.sections import Sections
from parlour.core.documents.updates import Id, Struct, Update

MOST_HOLLOW = 100
"""Roots that begin with deleted structs and nothing else; a document has a few roots."""
DELETED_BYTES = 8
"""Bytes of a deleted range, about."""


class Gap(Exception):
    """The update depends on something that the document does not hold yet."""


class Contents:
    """What the updates so far hold together.

    Attributes:
        structs: their bytes.
        vector: client → how many of its clocks are here.
        deleted: which of them are deleted.
        pairs: the second halves of surrogate pairs.
        roots: name → `text`, `map`, `array` or `xml`.
        hollow: deleted structs of roots whose kind is not known yet (`Update.hollow`); their neighbours tell it.
        approximate: some client split an emoji: yjs puts two U+FFFD there, and yrs something else.
    """

    def __init__(self) -> None:
        self.structs = Sections()
        self.vector: dict[int, int] = {}
        self.deleted = Ranges()
        self.pairs = Pairs()
        self.roots: dict[str, str] = {}
        self.hollow: list[tuple[str, int, int, int]] = []
        self.approximate = False
        self._whole: bytes | None = None

    @property
    def size(self) -> int:
        """About how many bytes the whole has."""
        return self.structs.size + DELETED_BYTES * len(self.deleted)

    def whole(self) -> bytes:
        """Return everything as one update."""
        if self._whole is None:
            self._whole = b"".join((*self.structs.written(), self.deleted.dump()))
        return self._whole

    def beyond(self, vector: dict[int, int]) -> bytes:
        """Return everything that somebody with this state vector lacks, as one update."""
        return b"".join((*self.structs.beyond(vector), self.deleted.dump()))

    def encoded_vector(self) -> bytes:
        """Return the state vector as Yjs writes it."""
        return write_vector(self.vector)

    def brings_news(self, update: Update) -> bool:
        """Return whether an update holds anything new; changes nothing.

        Raises:
            Gap: it depends on something that is not here. NotAnUpdate: its structs depend on each other in a circle.
        """
        reached = _reached(self.vector, update)
        news = any(end > self.vector.get(client, 0) for client, end in reached.items())
        for client, clock, length in update.deletes:
            if clock + length > reached.get(client, self.vector.get(client, 0)):
                raise Gap
            news = news or not self.deleted.holds(client, clock, length)
        return news

    def clients_with(self, update: Update) -> int:
        """Count the Yjs clients that there are with those of an update."""
        return len(self.vector) + sum(client not in self.vector for client in update.runs)

    def take(self, raw: bytes, update: Update) -> None:
        """Add an update that was judged."""
        self._whole = None
        self.structs.add(raw, update.runs)
        if not self.approximate and (self.pairs or update.pairs):
            self.approximate = _splits(update, self.pairs, frozenset(update.pairs))
        for client, run in update.runs.items():
            end = _end(run)
            if end > self.vector.get(client, 0):
                self.vector[client] = end
        for each in update.deletes:
            self.deleted.add(*each)
        self.pairs.add(update.pairs)
        for name, kind in update.roots.items():
            self.roots.setdefault(name, kind)
        if self.hollow or update.hollow:
            self._fill(update)

    def _fill(self, update: Update) -> None:
        """Find out the kinds of roots by what stands beside their deleted structs."""
        self.hollow += update.hollow
        for run in update.runs.values():
            for struct in run:
                for beside in filter(None, (struct.origin, struct.right)) if struct.kind else ():
                    for root, client, clock, length in self.hollow:
                        if beside[0] == client and clock <= beside[1] < clock + length:
                            self.roots.setdefault(root, struct.kind)
        self.hollow = [each for each in self.hollow if each[0] not in self.roots][:MOST_HOLLOW]

    def snapshot(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "doc": _b64(self.whole()),
            "places": self.structs.places(),
            "vector": _b64(self.encoded_vector()),
            "deleted": _b64(self.deleted.dump()),
            "pairs": self.pairs.dump(),
            "roots": dict(self.roots),
            "hollow": [list(each) for each in self.hollow],
            "approximate": self.approximate,
        }

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Contents:
        """Return what `snapshot` was taken of."""
        contents = cls()
        contents._whole = b64decode(state["doc"])
        contents.structs = Sections.restored(contents._whole, state["places"])
        contents.vector = read_vector(b64decode(state["vector"]))
        contents.deleted = Ranges.load(b64decode(state["deleted"]))
        contents.pairs = Pairs.load(state["pairs"])
        contents.roots = dict(state["roots"])
        contents.hollow = [(root, client, clock, length) for root, client, clock, length in state["hollow"]]
        contents.approximate = state["approximate"]
        return contents


def _reached(vector: dict[int, int], update: Update) -> dict[int, int]:
    """Return how far each client of the update gets; raises as `Contents.brings_news`."""
    reached = {client: vector.get(client, 0) for client in update.runs}
    places = dict.fromkeys(update.runs, 0)
    waiting: dict[int, list[tuple[int, int]]] = {}  # client → (clock it must pass, client that waits)
    ready = list(update.runs)
    while ready:
        client = ready.pop()
        run, place = update.runs[client], places[client]
        while place < len(run):
            need = _missing(run[place], client, reached, vector)
            if need is not None:
                if need[0] not in reached:
                    raise Gap
                heappush(waiting.setdefault(need[0], []), (need[1], client))
                break
            struct = run[place]
            if not struct.skip:
                reached[client] = max(reached[client], struct.clock + struct.length)
            place += 1
        places[client] = place
        for_me = waiting.get(client, [])
        while for_me and for_me[0][0] < reached[client]:
            ready.append(heappop(for_me)[1])
    _check_done(vector, update, places)
    return reached


def _missing(struct: Struct, client: int, reached: dict[int, int], vector: dict[int, int]) -> Id | None:
    """Return an id that has to be known before a struct; None where nothing is missing."""
    here = reached[client]
    if struct.skip or struct.clock + struct.length <= here:
        return None
    if struct.clock > here:
        raise Gap
    for need in struct.needs:
        if need[0] == client:
            if need[1] >= struct.clock:
                raise NotAnUpdate("a struct depends on itself")
        elif need[1] >= (reached[need[0]] if need[0] in reached else vector.get(need[0], 0)):
            return need
    return None


def _check_done(vector: dict[int, int], update: Update, places: dict[int, int]) -> None:
    """Raise Gap or NotAnUpdate where structs wait: for what is not in the update either, or for each other."""
    stuck = [client for client, run in update.runs.items() if places[client] < len(run)]
    if not stuck:
        return
    for client in stuck:
        for of, clock in update.runs[client][places[client]].needs:
            if clock >= max(_end(update.runs.get(of, [])), vector.get(of, 0)):
                raise Gap
    raise NotAnUpdate("its structs depend on each other in a circle")


def _end(run: list[Struct]) -> int:
    """Return the clock after the last struct that is no hole."""
    return next((struct.clock + struct.length for struct in reversed(run) if not struct.skip), 0)


def _splits(update: Update, known: Pairs, fresh: Set[Id]) -> bool:
    """Return whether an update cuts a surrogate pair in two: one that is here, or one that it brings."""

    def cuts(id: Id) -> bool:
        return id in fresh or id in known

    for run in update.runs.values():
        for struct in run:
            if struct.origin is not None and cuts((struct.origin[0], struct.origin[1] + 1)):
                return True
            if struct.right is not None and cuts(struct.right):
                return True
    return any(cuts((client, clock)) or cuts((client, clock + length)) for client, clock, length in update.deletes)


def _b64(raw: bytes) -> str:
    return b64encode(raw).decode()
