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
    "runtime.nodes.endpoints": "which node is believed in this step",
    "runtime.chain.follower": "whether the view extends our chain, lags, or lies far ahead",
    "runtime.nodes.reader": "whether the node's answers fit together",
    "core.chain.blocks": "what the new branch undoes and applies",
    "core.chain.routes": "which watch wants the log, and whether its level is reached",
    "runtime.chain.ledger": "what one transaction stores of it",
    "runtime.chain.outbox_queue": "when its room gets it, and after what",
}
CARRIES = {
    "runtime.nodes.heads": "wakes the follower; what a push says is not believed",
    "runtime.chain.config": "answers settings",
    "runtime.chain.lease": "renews the right to follow the chain, whatever happens there",
    "runtime.chain.second_reading": "says whether older blocks are due to be read again",
    "runtime.chain.halts": "forgets contradictions once a node shows our chain",
    "runtime.chain.progress": "counts for operators",
    "runtime.chain.begin": "says how final blocks are found on this chain",
    "runtime.slices": "lets others run between slices",
    "runtime.timings": "measures for operators",
    "runtime.chain.store": "holds rows; says which belong together",
    "runtime.chain.store_memory": "stores what the ledger planned",
    "runtime.chain.outbox": "turns rows into the room's command",
    "runtime.chain.room_pace": "counts what a room got",
    "runtime.chain.chains": "says which rate a room has, as room_pace asks",
    "runtime.chain.backlogs": "counts what waits; decides only about a room that is a hundred thousand rows behind",
    "runtime.delivery": "sends what it is handed until the room has it",
    "core.chain.quantities": "reads numbers and bytes; what is out of bounds is an answer that does not fit",
    "core.chain.logs": "reads a log; one of another block is an answer that does not fit",
    "core.chain.taps": "says which logs other parts of the server want",
    "runtime.chain.route_kinds": "makes routes from what is stored",
    "runtime.chain.step_listener": "calls other parts of the server; there are none here",
    "runtime.blocks.listener": "tells rooms of blocks and balances; nobody asked here",
    "runtime.blocks.block_watches": "as above",
    "runtime.blocks.balance_watches": "as above",
    "core.chain.receipts": "computes bloom bits",
    "core.chain.rlp": "a codec",
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
