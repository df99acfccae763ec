"""One's own ship in the arena, predicted in Chromium over a long wire: how wrong it is shown, and how it is put right.

The long form prints the table of docs/reports/games.md. Lengths are the arena's: a ship flies 12 a tick, 240 a second.
"""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import Any

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from parlour_client import connect
from tests.e2e.browser.conftest import OpenPage
from tests.e2e.browser.slow_wire import SlowWire

pytestmark = pytest.mark.asyncio(loop_scope="session")

TICK_MS, STEP = 50, 12
WARM_MS = 4_000
"""Until then the page learns how long the wire is."""
FLY = """
async ([token, room, seconds]) => {
  const { connect } = await import("/parlour/client.js");
  const { Prediction } = await import("/parlour/package/dist/predict.js");
  const client = connect({ token });
  const arena = await client.joinRoom({ room, as: "player" });
  const within = (place) => Math.min(1000, Math.max(0, place));
  const mine = new Prediction({
    own: ({ ships, x, y }, seat, last = [0, 0]) => {
      const at = ships.indexOf(seat);
      return at < 0 ? undefined : { x: x[at], y: y[at], to: last };
    },
    apply: (ship, to) => ({ ...ship, to }),
    step: ({ x, y, to }) => ({ x: within(x + to[0] * 12), y: within(y + to[1] * 12), to }),
    fields: ["x", "y"],
    tick: 50,
    send: ([dx, dy]) => arena.act("steer", { dx, dy }),
  });
  const told = { seen: [], shown: [], acts: [], trip: 0 };
  const saw = (view) => {
    if (!view || arena.seat === null) return;
    const [at, now] = [view.ships.indexOf(arena.seat), performance.now()];
    if (at < 0) return;
    mine.saw(view, arena.seat, now);
    told.seen.push([now, view.x[at], view.y[at]]);
  };
  saw(arena.view.get());
  arena.view.subscribe(saw);
  const began = performance.now();
  let turn = 0;
  for (let next = began; performance.now() - began < seconds * 1000; ) {
    await new Promise((done) => requestAnimationFrame(done));
    const now = performance.now();
    if (now >= next && mine.started) {
      const [side, up] = [[1, 0], [0, 1], [-1, 0], [0, -1]][turn++ % 4];
      mine.act([side, up], now).catch(() => undefined);
      told.acts.push([now, told.shown.length]);
      next = now + 400 + (turn * 137) % 300;
    }
    const ship = mine.shownAt(now);
    if (ship) told.shown.push([now, ship.x, ship.y, mine.trip]);
  }
  told.trip = mine.trip;
  await client.close();
  return told;
}
"""
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Flight:
    """What one flight was like.

    Attributes:
        trip: ms there and back, as the page measured it.
        errors: how far from the place that was seen `trip` later the ship was shown, each frame.
        leaps: how much further than it can fly the ship moved within a frame, each frame.
        obeyed: frames until the ship was shown to fly where it was steered, each input.
    """

    trip: float
    errors: list[float]
    leaps: list[float]
    obeyed: list[int]

    @classmethod
    def of(cls, told: dict[str, Any]) -> Flight:
        """Compare what was shown with what the server then said."""
        seen, shown = _due(told["seen"]), [tuple(each) for each in told["shown"]]
        begins, ends = shown[0][0] + WARM_MS, seen[-1][0]
        frames = [frame for frame in shown if begins < frame[0] and frame[0] + frame[3] < ends]
        errors = []
        for now, x, y, trip in frames:
            there = _at(seen, now + trip)
            errors.append(hypot(x - there[0], y - there[1]))
        leaps = [
            max(0.0, hypot(b[1] - a[1], b[2] - a[2]) - (b[0] - a[0]) / TICK_MS * STEP) for a, b in pairwise(frames)
        ]
        obeyed = [_obeyed(shown, number) for now, number in told["acts"] if begins < now and number + 20 < len(shown)]
        return cls(told["trip"], errors, leaps, obeyed)


def _due(seen: list[Point]) -> list[Point]:
    """Return the states at the time they were due: one that a loss held back was due before those behind it came."""
    due, latest = [], float("inf")
    for at, x, y in reversed(seen):
        latest = min(at, latest - TICK_MS if latest - at < TICK_MS else at)
        due.append((latest, x, y))
    return due[::-1]


def _at(seen: list[Point], time: float) -> tuple[float, float]:
    """Return the place between the two states around a time."""
    after = next((number for number, each in enumerate(seen) if each[0] >= time), len(seen) - 1)
    (early, *here), (late, *there) = seen[max(0, after - 1)], seen[after]
    part = 1.0 if late <= early else min(1.0, max(0.0, (time - early) / (late - early)))
    return here[0] + (there[0] - here[0]) * part, here[1] + (there[1] - here[1]) * part


def _obeyed(shown: list[tuple[float, ...]], number: int) -> int:
    """Return after how many frames the ship's way is no longer the one before the input."""
    if number < 2:
        return 0
    before = _way(shown[number - 2], shown[number - 1])
    for later in range(number, number + 20):
        if _way(shown[later - 1], shown[later]) != before:
            return later - number + 1
    return 20


def _way(one: tuple[float, ...], other: tuple[float, ...]) -> tuple[int, int]:
    """Return the direction of a step: along the axis of the greater part."""
    x, y = other[1] - one[1], other[2] - one[2]
    if abs(x) >= abs(y):
        return (x > 0.2) - (x < -0.2), 0
    return 0, (y > 0.2) - (y < -0.2)


async def flown(open_page: OpenPage, trip: float, loss: float, seconds: float) -> Flight:
    """Fly for so long over a wire of so many seconds there and back."""
    async with SlowWire(trip, loss) as wire, ServerProcess(env={"PARLOUR_ORIGINS": wire.url}) as server:
        wire.port = server.port
        async with aiohttp.ClientSession() as http:
            token = (await sign_in(http, server.url, wallet("ada")))["token"]
        async with connect(server.url, wallet("bob").key) as bob:
            room = (await bob.create("arena", options={"goal": 1000}))["id"]
        page = await open_page(wire.url + "/healthz")
        return Flight.of(await page.evaluate(FLY, [token, room, seconds]))


async def test_own_ship_is_shown_where_the_server_will_have_it(open_page: OpenPage) -> None:
    flight = await flown(open_page, trip=0.15, loss=0.0, seconds=8)
    assert statistics.median(flight.errors) <= 2 * STEP
    assert statistics.median(flight.obeyed) <= 3
    assert flight.trip >= 150


@pytest.mark.long
@pytest.mark.parametrize("loss", [0.0, 0.02])
@pytest.mark.parametrize("trip", [0.05, 0.15, 0.3])
async def test_prediction_over_long_and_lossy_wires(open_page: OpenPage, trip: float, loss: float) -> None:
    flight = await flown(open_page, trip, loss, seconds=30)
    figures = {
        "trip": round(flight.trip),
        "error": [round(part, 1) for part in _parts(flight.errors)],
        "leap": [round(part, 1) for part in _parts(flight.leaps)],
        "obeyed": _parts([float(each) for each in flight.obeyed]),
        "frames": len(flight.errors),
    }
    print(json.dumps({"wire_ms": round(trip * 1000), "loss": loss, **figures}))
    assert statistics.median(flight.errors) <= 3 * STEP
    assert statistics.median(flight.obeyed) <= 3


def _parts(values: list[float]) -> list[float]:
    """Return the median, the 95th percentile and the most."""
    ordered = sorted(values)
    return [ordered[len(ordered) // 2], ordered[len(ordered) * 95 // 100], ordered[-1]]
