"""The fakes that ship for tests of DApps keep time and frames as the real ones do."""

from __future__ import annotations

import asyncio

from parlour.testing import FakeClock, FakeConnection, FakeEncoder, settle


async def test_fake_clock_stands_still_until_advanced() -> None:
    clock, rung = FakeClock(1000), list[int]()
    clock.call_later(2, lambda: rung.append(2))
    clock.call_later(1, lambda: rung.append(1))
    clock.call_later(1.5, lambda: rung.append(0)).cancel()
    await clock.advance(0.5)
    assert (rung, clock.now(), clock.monotonic()) == ([], 1500, 0.5)
    await clock.advance(5)
    assert (rung, clock.now()) == ([1, 2], 6500)


async def test_fake_clock_wakes_sleepers_in_time() -> None:
    clock, woken = FakeClock(), list[float]()

    async def doze() -> None:
        for _ in range(3):
            await clock.sleep(1)
            woken.append(clock.monotonic())

    sleeper = asyncio.create_task(doze())
    await clock.advance(2.5)
    assert woken == [1, 2]
    await clock.advance(1)
    assert sleeper.done()


async def test_fake_clock_when_time_is_spent_rings_no_timer() -> None:
    clock, rung = FakeClock(), list[float]()
    clock.call_later(1, lambda: rung.append(clock.monotonic()))
    clock.spend(3)
    await settle()
    assert rung == []
    await clock.advance(0)
    assert rung == [3]


def test_fake_frame_is_json_with_bytes_unchanged() -> None:
    heard = FakeConnection("alice")
    data = {"list": (1, 2), "raw": b"\x00", "inner": {"deep": [b"\x01"]}}
    heard.write(FakeEncoder().frame("entry", data))
    data["list"] = ()
    assert heard.heard == [("entry", {"list": [1, 2], "raw": b"\x00", "inner": {"deep": [b"\x01"]}})]


def test_fake_connection_when_slow_drops_volatile_when_closed_all() -> None:
    connection, frame = FakeConnection(), FakeEncoder().frame("presence", {})
    connection.congested = True
    connection.write(frame, volatile=True)
    connection.write(frame)
    connection.close("slow", reconnect=True)
    connection.write(frame)
    assert (len(connection.heard), connection.closed) == (1, ("slow", True))
