"""`parlour bench`: the benchmarks of a checkout, in tests/bench."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import typer

from parlour.commands.outcome import USAGE, fail

BENCHES = {
    "log": ("bench_posts", "Durable posts, the whole server, beside Node and Bun."),
    "store": ("bench_log", "The log layer alone: entries a second to disk."),
    "lists": ("bench_lists", "Pages of room:list over 100,000 rooms."),
    "storage": ("bench_storage", "Bytes of an entry on disk, by table and index."),
    "memory": ("bench_memory", "Memory of 10,000 live rooms, idle and busy."),
    "many": ("bench_many", "10,000 rooms of which 1 % talk; presence churn."),
    "bars": ("bench_bars", "The bars of the product path beside Node, Bun, boardgame.io: met or missed."),
    "sockets": ("bench_sockets", "The transport beside Node Socket.IO and Bun."),
    "chat": ("bench_chat", "A crowd of 1,000, mine, searches, uploads; calls and bytes a post."),
    "chain": ("bench_chain", "Mined to entry, logs a second, decoding."),
    "game": ("bench_game", "Durable actions, ticking rooms, bytes per update."),
    "updates": ("bench_updates", "Bytes of an arena's updates beside @colyseus/schema."),
    "game-peer": ("bench_game_peer", "The turn game beside boardgame.io, in the same rounds."),
    "document": ("bench_document", "Documents beside Hocuspocus; opening one of 100,000 updates."),
    "embed": ("bench_embed", "CPU a request in aiohttp, FastAPI and python-socketio, beside the server's own."),
    "nodes": ("bench_nodes", "Posts through 1 to 3 nodes, beside two Socket.IO clusters on Redis."),
    "files": ("bench_files", "Uploads beside dd with fsync, and the memory they take."),
    "search": ("bench_search", "Searches in a log of a million messages."),
    "sign-in": ("bench_sign_in", "Sign-ins verified a second."),
}
"""By name: the module in tests/bench, and what it measures."""

app = typer.Typer(
    help="Benchmarks, as ratios against peers in the same run.", no_args_is_help=True, add_completion=False
)


def _add(name: str, module: str, about: str) -> None:
    @app.command(name, help=about, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def bench(context: typer.Context) -> None:
        root = Path(__file__).parents[3]
        if not (root / "tests" / "bench" / f"{module}.py").is_file():
            fail("benchmarks are part of the sources; run this in a checkout.", USAGE)
        sys.path.insert(0, str(root))
        import_module(f"tests.bench.{module}").main(context.args)


for _name, (_module, _about) in BENCHES.items():
    _add(_name, _module, _about)
