"""Tasks that run beside whoever started them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class RunningTasks:
    """Keeps tasks until their end, or until `stop`: the event loop alone would let them be collected."""

    def __init__(self) -> None:
        self._all: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], *, name: str | None = None) -> None:
        """Run it as a task.

        Args:
            name: of the task, for whoever looks at what runs.
        """
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._all.add(task)
        task.add_done_callback(self._all.discard)

    async def stop(self) -> None:
        """Cancel all of them, and wait for their end."""
        stopping = list(self._all)
        for task in stopping:
            task.cancel()
        await asyncio.gather(*stopping, return_exceptions=True)
