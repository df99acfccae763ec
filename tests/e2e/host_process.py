"""A host of Parlour in a process of its own, in place of `parlour serve`: `python host_process.py fastapi`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from parlour import Parlour
from tests.embedding.kit import HOSTS


async def main(host: str) -> None:
    """Serve below `/rooms/`, with the settings of the environment, until SIGTERM."""
    port, ended = int(os.environ["PARLOUR_PORT"]), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with HOSTS[host](Parlour.from_env(url=f"http://127.0.0.1:{port}/rooms/"), port):
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
