"""The black-box tests of the protocol, of bad input and of the main job, on each host: `pytest --host fastapi …`."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

E2E = Path(__file__).parents[1] / "e2e"
OF_CHAINS = ("chain", "chain_rooms", "gates", "lookups", "market", "solana", "tracking")
"""Protocol tests that need a chain: how it is followed has nothing to do with who serves."""
DIRECT = {"test_protocol_frames.py": "it starts a server of its own, and names the direct handshake"}
"""Modules left out on every host, with the reason."""
CLIMBS = "test_every_http_error_is_json[GET-/parlour/../../etc/passwd-404-not_found]"
LOST: dict[str, dict[str, str]] = {
    "aiohttp": {CLIMBS: "the path climbs out of the mount, and is the host's"},
    "fastapi": {
        CLIMBS: "the path climbs out of the mount, and is the host's",
        "test_at_a_restart_every_stock_client_hears_closing_and_comes_back": "uvicorn closes sockets before it says so",
    },
    "socketio": {
        CLIMBS: "the path climbs out of the mount, and is the host's",
        "test_more_than_256_outstanding_requests_are_rate_limited": "read and refused, where our engine does not read",
        "test_posts_beyond_the_burst_are_rate_limited_with_a_time_to_wait": "the burst grows while packets are read",
    },
}
"""What fails on a host, with the reason; docs/embedding.md says the same in its table."""


def modules() -> list[str]:
    """The test modules, by path."""
    names = ["test_main_job.py", *(path.name for path in E2E.glob("test_bad_input_*.py"))]
    names += [path.name for path in E2E.glob("test_protocol_*.py")]
    left_out = {*DIRECT, *(f"test_protocol_{part}.py" for part in OF_CHAINS)}
    return sorted(str(E2E / name) for name in {*names} - left_out)


@pytest.mark.long
@pytest.mark.parametrize("host", LOST)
async def test_black_box_tests_hold_on_a_host(host: str) -> None:
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-n", "0", "--host", host, "--tb=short", "-rfE", *modules(),
        cwd=E2E.parents[1], stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    told = (await run.communicate())[0].decode()
    assert re.search(r"\d+ passed", told), told[-3000:]
    failed = set(re.findall(r"^(?:FAILED|ERROR) \S+?::(\S+)", told, re.MULTILINE))
    assert failed <= LOST[host].keys(), told[-10_000:]
    assert len(LOST[host]) <= 5
