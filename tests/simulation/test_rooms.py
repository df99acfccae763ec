"""Rooms through bad nights: processes die, stop and come back between any two steps, the store fails, sockets vanish.

One seed is one night: `PARLOUR_SIMULATION_SEED=42 pytest tests/simulation/test_rooms.py` replays it.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pytest

from parlour.runtime.store import Append
from parlour.runtime.store_memory import MemoryStore
from tests.history.checker import Heard
from tests.simulation.far_store import Weather
from tests.simulation.room_world import World, simulate

REPORTS = Path(__file__).parents[2] / "docs" / "reports"
SHORT = 8
LONG = 1000
REMEMBERED = (997,)
"""Seeds that once failed: a move waited in one process while another one, the owner then, refused its copy."""


def seeds(count: int) -> list[int]:
    chosen = os.environ.get("PARLOUR_SIMULATION_SEED")
    return [int(chosen)] if chosen else [*REMEMBERED, *range(count)]


def night(seed: int, **settings: Any) -> tuple[int, World]:
    """What was acknowledged in a night without a broken promise."""
    verdict, world = simulate(seed, **settings)
    assert not verdict.findings, f"seed {seed}: {verdict}\n" + "\n".join(world.disasters)
    return verdict.counts.get("ack", 0), world


@pytest.mark.parametrize("commits", ["loop", "thread", "both"])
def test_rooms_under_simulated_faults_break_no_promise(commits: Literal["loop", "thread", "both"]) -> None:
    acked = [night(seed, weather=Weather(commits=commits))[0] for seed in seeds(SHORT)]
    assert sum(acked) > 100 * len(acked), "nights in which little gets through prove little"


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_rooms_under_thousands_of_simulated_faults_break_no_promise() -> None:
    started, disasters, entries, acked = time.monotonic(), Counter[str](), 0, 0
    for seed in seeds(LONG):
        acks, world = night(seed)
        acked += acks
        disasters.update(line.split()[1] for line in world.disasters)
        entries += sum(world.head(room) for room in world.rooms)
    seconds = round(time.monotonic() - started)
    report = {"seeds": LONG, "acked": acked, "entries": entries, "disasters": disasters, "seconds": seconds}
    REPORTS.mkdir(parents=True, exist_ok=True)
    (REPORTS / "simulation-rooms.json").write_text(json.dumps(report, indent=2) + "\n")


def test_simulation_of_one_seed_is_one_history() -> None:
    (first, one), (second, two) = simulate(7), simulate(7)
    assert one.disasters == two.disasters
    assert first.counts == second.counts
    assert _without_hashes(one) == _without_hashes(two)


def _without_hashes(world: World) -> list[Any]:
    """What every client did and heard; salts, and so hashes, are drawn by the operating system."""
    return [
        (event.room, event.item.seq, event.item.id) if isinstance(event, Heard) else type(event).__name__
        for client in world.clients
        for event in client.history.events
    ]


class Unfenced(MemoryStore):
    """A store that forgets to compare before it sets: the last writer wins."""

    def append_now(self, batch: Append) -> None:
        record = self._rooms[batch.room.lower()].record
        record.head, record.fence = batch.after, batch.fence
        super().append_now(batch)


class Forgetful(MemoryStore):
    """A store that does not know the ids of old posts."""

    async def known(self, room: str, ids: Any) -> dict[Any, Any]:
        return {}


class Lossy(MemoryStore):
    """A store that says yes to one append in a hundred and does nothing."""

    appends = 0

    def append_now(self, batch: Append) -> None:
        self.appends += 1
        if self.appends % 100:
            super().append_now(batch)


@pytest.mark.parametrize("store", [Unfenced, Forgetful, Lossy])
def test_store_when_breaking_its_contract_is_noticed(store: type[MemoryStore]) -> None:
    assert any(_notices(seed, store()) for seed in range(60))


def _notices(seed: int, store: MemoryStore) -> bool:
    try:
        verdict, _ = simulate(seed, store=store, weather=Weather(disaster_every_s=1.0, fails_after=0.1))
    except (AssertionError, KeyError, ValueError):
        return True
    return bool(verdict.findings)
