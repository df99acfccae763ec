"""`parlour serve` that writes how many tasks it has into the file `tasks` of its folder, every second."""

from __future__ import annotations

import asyncio
from pathlib import Path

from parlour.commands.serve import serve_forever
from parlour.settings import load


async def count() -> None:
    """Write the number until cancelled."""
    while True:
        Path("tasks").write_text(str(len(asyncio.all_tasks())))
        await asyncio.sleep(1)


async def main() -> None:
    counting = asyncio.create_task(count())
    try:
        await serve_forever(load())
    finally:
        counting.cancel()


if __name__ == "__main__":
    asyncio.run(main())
