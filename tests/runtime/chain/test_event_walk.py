"""The way of one event from a pushed head to its room: which files decide about it, and which only carry it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from parlour.core.room import ChainUpdate
from tests.runtime.chain.chain_kit import following, until

MOST = 7
"""Files that decide about an event: as many as a reader keeps in mind."""
DECIDES = {
    "runtime.chain.endpoints": "which node is believed in this step",
    "runtime.chain.follower": "whether the view extends our chain, lags, or lies far ahead",
    "runtime.chain.reader": "whether the node's answers fit together",
    "core.chain.blocks": "what the new branch undoes and applies",
    "core.chain.logs": "which watch wants the log, and whether its level is reached",
    "runtime.chain.ledger": "what one transaction stores of it",
    "runtime.delivery": "when its room gets it, and after what",
}
CARRIES = {
    "runtime.chain.heads": "wakes the follower; what a push says is not believed",
    "runtime.chain.config": "answers settings",
    "runtime.chain.lease": "renews the right to follow the chain, whatever happens there",
    "runtime.chain.second_reading": "says whether older blocks are due to be read again",
    "runtime.chain.halts": "forgets contradictions once a node shows our chain",
    "runtime.chain.progress": "counts for operators",
    "runtime.chain.store": "holds rows; says which belong together",
    "runtime.chain.store_memory": "stores what the ledger planned",
    "runtime.chain.outbox": "turns rows into the room's command; holds back rooms whose watch is not stored yet",
    "core.chain.receipts": "computes bloom bits",
    "core.chain.decoding": "decodes arguments",
    "core.canonical_json": "writes a body as it is stored",
    "core.chain.room_news": "words the entry, and its correction or confirmation",
}


@contextmanager
def traced(modules: set[str]) -> Iterator[None]:
    """Collect the modules of the core and the runtime whose functions are called."""

    def note(frame: FrameType, event: str, argument: Any) -> None:
        written = not frame.f_code.co_filename.startswith("<")  # dataclasses generate functions of their own
        name = frame.f_globals.get("__name__", "")
        if event == "call" and written and name.startswith(("parlour.core.", "parlour.runtime.")):
            modules.add(name.removeprefix("parlour."))

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


async def test_event_on_its_way_to_its_room_is_decided_in_seven_files() -> None:
    world, modules = await following(), set[str]()
    deliver = world.deliver

    async def arrive(room: str, news: ChainUpdate) -> None:
        """Stop tracing where the room begins."""
        sys.setprofile(None)
        await deliver(room, news)

    world.deliver = arrive
    await world.chains.start()
    await until(lambda: world.follower.state == "following")
    with traced(modules):
        world.sim.mine([world.sim.ping(7)])
        await until(lambda: world.rooms.values("r") == [7])
    await world.chains.stop()
    unknown = modules - DECIDES.keys() - CARRIES.keys()
    assert not unknown, "say of each whether it decides or carries"
    assert not DECIDES.keys() - modules
    assert len(DECIDES) <= MOST
