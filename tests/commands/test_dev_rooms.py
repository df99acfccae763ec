"""The rooms that `parlour dev` makes: the demo's own, and a table for each game its author names."""

from __future__ import annotations

from pathlib import Path

from parlour import Game, Options, State
from parlour.app import Server
from parlour.commands.dev_rooms import demo_rooms, make_rooms, own_tables
from parlour.settings import load

HERE = "tests.commands.test_dev_rooms"


class Heap(State):
    stones: int = 3


class Sized(Options):
    size: int


class SmallHeap(Game[Heap]):
    """Takes no options."""


class SizedHeap(Game[Heap]):
    """Nobody opens a table of it without a size."""

    options: Sized


async def test_each_named_game_gets_a_table_unless_it_needs_options(tmp_path: Path) -> None:
    games = [f"{HERE}:{name}" for name in ("SmallHeap", "SizedHeap", "SmallHeap")]
    settings = load(port=0, database_url=f"sqlite+aiosqlite:///{tmp_path}/parlour.db", games=games)
    server = await Server.build(settings)
    await server.start()
    try:
        rooms = [*demo_rooms(None), *own_tables(settings.games)]
        assert [room for room, *_ in rooms] == ["lobby", "tic-tac-toe-demo", "small-heap-demo", "sized-heap-demo"]
        for _ in range(2):  # the second start finds them
            await make_rooms(server, "ann", rooms)
        store = server.parts.process.store
        made = {room: saved.record.title for room, *_ in rooms if (saved := await store.load(room)) is not None}
        assert made == {"lobby": "Lobby", "tic-tac-toe-demo": "Tic-tac-toe", "small-heap-demo": "Small heap"}
    finally:
        await server.stop()
