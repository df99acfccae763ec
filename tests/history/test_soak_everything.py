"""An hour with everything on: nothing is left behind by clients that come, act and go.

`PARLOUR_SOAK_SECONDS` says how long; a soak of twenty minutes or more is written to docs/reports/soak-everything.json.

    pytest -m long -s -n0 tests/history/test_soak_everything.py
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest

from parlour.testing.server import ServerProcess
from tests.anvil import anvil
from tests.history.everything import chains, everything, free_port, settings
from tests.history.samples import Sample, growth_an_hour, sample_of

SECONDS = float(os.environ.get("PARLOUR_SOAK_SECONDS", "3600"))
EVERY_S = 10
WARM = 3
"""The first third is warming up."""
REPORTED_S = 1_200
COUNTING_SERVER = Path(__file__).parent / "counting_server.py"
REPORT = Path(__file__).parents[2] / "docs" / "reports" / "soak-everything.json"
MOST_MB_AN_HOUR = 30
"""Logs of rooms that are open grow meanwhile, and a room keeps its newest entries: this is not nothing."""
FLAT = {"descriptors": 12, "threads": 2, "tasks": 12}
"""Most difference of the median of the last third to that of the second; as many as one client has, or two."""


def median(samples: list[Sample], name: str) -> float:
    return sorted(each[name] for each in samples)[len(samples) // 2]


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 900)
async def test_everything_for_an_hour_leaves_nothing_behind() -> None:
    port, command = free_port(), (sys.executable, str(COUNTING_SERVER))
    samples: list[Sample] = []
    async with (
        anvil(slots=32, block_time=None) as chain,
        ServerProcess(chains=chains(chain), env=settings(port), command=command) as server,
        everything([server.url], chain, port, pace_s=0.5) as running,
    ):
        until, chance = time.monotonic() + SECONDS, running.place.chance
        while time.monotonic() < until:
            await asyncio.sleep(EVERY_S)
            samples.append(await asyncio.to_thread(sample_of, server))
            await chance.choice(running.place.clients).drop()
            if len(samples) % 6 == 0:
                await chain.reorg(chance.randint(1, 4))
        acts = {workload.name: workload.acts for workload in running.workloads}
        findings = await running.verdict()
        log = server.log()
    warm = samples[len(samples) // WARM :]
    names = [name for name in samples[-1] if name != "at"]
    growth = {name: round(growth_an_hour(warm, name), 2) for name in names}
    second, last = warm[: len(warm) // 2], warm[len(warm) // 2 :]
    told = {
        "seconds": SECONDS, "acts": acts, "samples": len(samples), "load": os.getloadavg(),
        "first": samples[0], "last": samples[-1], "growthAnHour": growth,
        "bytesAnEntry": round(growth["databaseMB"] * 1e6 / max(growth["rows entry"], 1)),
    }  # fmt: skip
    print(json.dumps(told, indent=1))
    if SECONDS >= REPORTED_S:
        REPORT.write_text(json.dumps(told, indent=1) + "\n")
    assert not findings, findings
    assert "Traceback" not in log, log[log.index("Traceback") - 1_000 :][:4_000]
    for name, most in FLAT.items():
        assert abs(median(last, name) - median(second, name)) <= most, (name, growth[name])
    assert growth["memoryMB"] < MOST_MB_AN_HOUR, growth
