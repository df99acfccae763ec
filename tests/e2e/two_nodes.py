"""Two nodes in place of `parlour serve`: clients are connected to one that opens no room, so that the other owns all.

It is given the settings of one server; a server on SQLite stays alone.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import aiohttp

from parlour.testing.processes import dies_with_parent, free_port
from tests.spreading import REDIS, REDIS_DATABASES

PROGRAM = (sys.executable, "-m", "parlour", "serve")
OWNER = "owner.url"
"""A file in the servers' folder: where the node is that owns the rooms, and does what one node does for all."""


def start(env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a node that ends with this process."""
    return subprocess.Popen(PROGRAM, env=env, preexec_fn=dies_with_parent(signal.SIGKILL))


async def main() -> int:
    """Serve until SIGTERM; return the exit code of the node that clients are connected to."""
    url = os.environ["PARLOUR_DATABASE_URL"]
    edge_port, owner_port = os.environ["PARLOUR_PORT"], free_port()
    number = int(uuid.uuid5(uuid.NAMESPACE_URL, url).hex, 16) % REDIS_DATABASES
    redis = f"{os.environ[REDIS].rpartition('/')[0]}/{number}"
    beside = {"PARLOUR_FILES": str(Path.cwd() / "files")}
    env = {**beside, **os.environ, "PARLOUR_REDIS_URL": redis, "PARLOUR_NODE_SILENCE_MS": "5000"}
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    Path(OWNER).write_text(f"http://127.0.0.1:{owner_port}")
    owner = start({**env, "PARLOUR_PORT": str(owner_port), "PARLOUR_NODE": f"owner-{edge_port}"})
    while owner.poll() is None and not ended.is_set() and not await answers(f"http://127.0.0.1:{owner_port}"):
        await asyncio.sleep(0.05)
    edge = start({**env, "PARLOUR_ROOMS_LIVE": "0", "PARLOUR_NODE": f"edge-{edge_port}"})
    while edge.poll() is None and owner.poll() is None and not ended.is_set():
        await asyncio.sleep(0.05)
    for node in (edge, owner):
        node.terminate()
    owner.wait()
    return edge.wait()


async def answers(url: str) -> bool:
    """Return whether a server answers by now."""
    try:
        async with aiohttp.ClientSession() as http, http.get(f"{url}/healthz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


if __name__ == "__main__":
    if os.environ["PARLOUR_DATABASE_URL"].startswith("sqlite"):
        os.execv(PROGRAM[0], PROGRAM)
    sys.exit(asyncio.run(main()))
