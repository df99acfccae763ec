"""Tasks that run beside are kept, and end with whoever started them."""

from __future__ import annotations

import asyncio

from parlour.runtime.running_tasks import RunningTasks


async def test_tasks_when_stopped_have_ended() -> None:
    tasks, begun, ended = RunningTasks(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    tasks.start(work(), name="work")
    await begun.wait()
    await tasks.stop()
    assert ended.is_set()


async def test_stop_when_a_task_has_failed_raises_nothing() -> None:
    tasks = RunningTasks()

    async def fail() -> None:
        raise ValueError

    tasks.start(fail())
    await tasks.stop()
