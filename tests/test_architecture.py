"""The house keeps its shape: imports point one way, and the core is pure (docs/ARCHITECTURE.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture_lists import LONG, SHOWN_BY, STILL
from tests.structure import (
    Tree,
    beyond,
    crowded_folders,
    documented_share,
    long_files,
    long_test_names,
    loose_modules,
    module_circles,
    ninetieth_percentile,
    order_breaches,
    package_circles,
    same_stems,
    untested_modules,
)

ROOT = Path(__file__).parents[1]
SERVER = ROOT / "server" / "parlour"
CLIENT = ROOT / "clients" / "python" / "parlour_client"
TESTS = ROOT / "tests"
TEST_SERVERS = {"testing.server", "testing.anvil", "testing.proxy", "testing.wallets"}
"""The part of the test kit that starts real things."""
MAY_IMPORT = {
    "core": {"core", "protocol", "errors"},
    "runtime": {"runtime", "core", "protocol", "errors"},
    "adapters": {"", "adapters", "runtime", "core", "protocol", "errors", "settings", "version"},
    "games": {""},
    "testing": {"testing", "core", "runtime", "errors"},
    "errors": set(),
    "version": set(),
    "protocol": {"protocol", "errors"},
    "settings": {"settings", "core", "runtime", "errors", "protocol"},
}
"""By ring: what a module of it may import of Parlour; "" is the package itself, as authors see it."""
IMPURE = {
    "aiohttp", "asyncio", "asyncpg", "concurrent", "http", "io", "logging", "multiprocessing", "os",
    "pathlib", "random", "redis", "secrets", "select", "signal", "socket", "socketio", "sqlalchemy", "sqlite3",
    "sqlmodel", "ssl", "structlog", "subprocess", "tempfile", "threading", "time", "urllib", "uuid", "uvloop",
}  # fmt: skip
"""What reads a clock, draws chance, waits or touches the world."""
PURE_PARTS = {"urllib.parse"}
DATABASE = {"sqlalchemy", "sqlmodel", "alembic", "asyncpg", "sqlite3", "aiosqlite"}
WEB = {"aiohttp", "socketio", "engineio"}
ROOMS_FOR_ADAPTERS = {"parlour.runtime.rooms.interface", "parlour.runtime.rooms.room_ids"}
"""The one way from adapters to rooms, which may live in another process (RoomService)."""
INSIDE_A_HOST = {"context", "record", "live", "audience"}
GROUND = {
    "__main__",
    "app",
    "core.canonical_json",
    "errors",
    "runtime.backoff",
    "runtime.clock",
    "runtime.commit_pace",
    "runtime.connection",
    "runtime.notice_records",
    "runtime.open_connections",
    "runtime.running_tasks",
    "runtime.slices",
    "runtime.delivery",
    "runtime.entropy",
    "runtime.lease",
    "runtime.limits",
    "runtime.loop_watch",
    "runtime.plugins",
    "runtime.statuses",
    "runtime.store",
    "runtime.store_records",
    "runtime.foreign_changes",
    "runtime.store_memory",
    "runtime.stored_room",
    "runtime.timings",
    "running",
    "version",
}
"""Modules that lie beside packages, because several of those stand on them (or start them)."""
COMMANDS = {f"commands.{file.stem}" for file in (SERVER / "commands").glob("[a-z]*.py")}
"""Each command is a module; those of several files are packages beside them."""
ORDER = {
    "": (
        ("errors", "games", "version"), ("protocol",), ("core",), ("runtime",), ("settings",), ("adapters",),
        ("typegen", "wiring"), ("running",), ("app", "embedding"), ("testing",), ("commands",), ("__main__",),
    ),
    "core": (("room",), ("canonical_json",), ("audit", "identity", "files"), ("chain",),
        ("log", "gates", "settlement", "operating"), ("rooms",), ("boards", "orders", "webhooks"), ("matchmaking",),
        ("authoring", "documents", "markets", "explorer", "wallets"), ("games",), ("proof",)),
    "runtime": (
        ("notice_records",), ("store_records",),
        ("backoff", "clock", "commit_pace", "connection", "entropy", "lease", "plugins", "timings"),
        ("loop_watch", "statuses"),
        ("running_tasks", "slices", "store"),
        ("delivery", "foreign_changes", "open_connections", "limits", "stored_room"), ("store_memory",),
        ("nodes", "membership"), ("shown",), ("chain", "files", "games", "live_room"),
        ("identity", "markets", "gates", "blocks", "tracking"), ("rooms",), ("cluster", "matchmaking"),
        ("audit", "server_rooms", "archive", "moderation", "inbox", "operating", "push", "settlement", "webhooks"),
    ),
    "adapters": (
        ("audit", "engine", "news", "telemetry"), ("chain", "http", "outbound", "redis", "socket", "sql"), ("console",),
        ("accounts", "asgi", "files", "inbox", "membership", "moderation", "namespace", "webhooks"),
        ("operating", "reports", "room_files", "upkeep"), ("push",),
    ),
}  # fmt: skip
"""Order of packages inside each ring, the lowest level first: each imports itself and lower levels only."""
MOST_MODULES = 22
"""Modules of one folder: what a reader takes in at one `ls`."""
MOST_NAME = 72
"""Characters of a test's name, as of a commit's subject: both are read in lists."""
MOST_LINES = 400
"""Lines of a file without a reason for more; nine files of ten stay under `USUAL_LINES`."""
USUAL_LINES = 300
DOCUMENTED = 0.75
"""Share of public names in adapters with a docstring: they border on protocols that a reader may not know."""
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "service", "misc", "shared"}


def modules() -> Iterator[tuple[str, Path]]:
    """Dotted names below `parlour`, with their files."""
    for path in sorted(SERVER.rglob("*.py")):
        relative = path.relative_to(SERVER).with_suffix("")
        parts = [part for part in relative.parts if part != "__init__"]
        yield ".".join(parts) or "__init__", path


@cache
def imports(path: Path) -> list[str]:
    """Every module a file imports by its full name, inside functions and TYPE_CHECKING too."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            if node.module == "parlour":
                yield from (f"parlour.{alias.name}" if is_module(alias.name) else "parlour" for alias in node.names)
            else:
                yield node.module


def is_module(name: str) -> bool:
    return (SERVER / name).is_dir() or (SERVER / f"{name}.py").exists()


def ring(module: str) -> str:
    return module.split(".")[0]


def is_door(module: str) -> bool:
    """The top level wires, starts and serves, and so may see everything; errors, wire and settings are below it."""
    return ring(module) not in MAY_IMPORT


MODULES = list(modules())
TREES = [Tree.read(SERVER), Tree.read(CLIENT)]
SOURCES = [path for tree in TREES for path in tree.modules.values()]


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_imports_point_one_way(module: str, path: Path) -> None:
    if is_door(module) or module in TEST_SERVERS:
        return
    allowed = MAY_IMPORT[ring(module)]
    for name in imports(path):
        if name.split(".")[0] != "parlour":
            continue
        imported = name.removeprefix("parlour").removeprefix(".")
        assert ring(imported) in allowed, f"{module} imports {name}"


def test_nothing_inside_knows_what_wires_it() -> None:
    doors = {f"parlour.{module}" for module, _ in MODULES if is_door(module) and module != "__init__"}
    for module, path in MODULES:
        if not is_door(module) and module not in TEST_SERVERS:
            assert not doors & set(imports(path)), module


def test_the_core_is_pure() -> None:
    for module, path in MODULES:
        if ring(module) not in ("core", "errors", "protocol", "games"):
            continue
        for name in imports(path):
            assert name in PURE_PARTS or name.split(".")[0] not in IMPURE, f"{module} imports {name}"


def test_the_core_neither_waits_nor_asks_the_time_nor_opens_files() -> None:
    for module, path in MODULES:
        if ring(module) != "core":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), f"{module} waits"
            if isinstance(node, ast.Call):
                called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                assert called not in ("open", "print", "now", "utcnow", "today"), f"{module} calls {called}"


def test_the_runtime_knows_no_database_and_no_web() -> None:
    for module, path in MODULES:
        if ring(module) == "runtime":
            used = {name.split(".")[0] for name in imports(path)}
            assert not used & (DATABASE | WEB), f"{module} imports {used & (DATABASE | WEB)}"


def test_games_are_written_with_what_parlour_exports() -> None:
    for module, path in MODULES:
        if ring(module) == "games":
            assert all(name == "parlour" for name in imports(path) if name.startswith("parlour")), module


def test_no_module_is_a_drawer_for_everything() -> None:
    for module, _ in MODULES:
        for part in module.split("."):
            assert not FORBIDDEN_NAMES & set(part.split("_")), module


def test_adapters_reach_rooms_through_their_interface_alone() -> None:
    for module, path in MODULES:
        if ring(module) != "adapters" or module.startswith("adapters.sql"):
            continue
        for name in imports(path):
            inside = name.startswith(("parlour.runtime.rooms", "parlour.runtime.live_room", "parlour.core.rooms.hall"))
            assert not inside or name in ROOMS_FOR_ADAPTERS, f"{module} imports {name}"
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in INSIDE_A_HOST:
                asked = isinstance(node.value, ast.Name) and node.value.id == "asked"
                assert asked, f"{module} reads .{node.attr} in line {node.lineno}"


def test_wire_models_are_never_tables() -> None:
    for module, path in MODULES:
        if ring(module) in ("core", "runtime", "protocol", "errors", "games"):
            assert not {"sqlmodel", "sqlalchemy"} & {name.split(".")[0] for name in imports(path)}, module
        if "tables" in module:
            assert not any(name.startswith("parlour.protocol") for name in imports(path)), module


def test_the_migrations_folder_does_not_hide_the_alembic_package() -> None:
    assert (ROOT / "alembic" / "env.py").exists()
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_modules_never_import_each_other() -> None:
    new = beyond([breach for tree in TREES for breach in module_circles(tree)], {})
    assert not new, new


def test_packages_never_import_each_other() -> None:
    breaches = [breach for tree in TREES for breach in package_circles(tree)]
    new = beyond(breaches, STILL["package circles"])
    assert not new, new


def test_packages_import_lower_ones_only() -> None:
    new = beyond(order_breaches(TREES[0], ORDER), STILL["order"])
    assert not new, new


def test_no_folder_is_crowded() -> None:
    breaches = [breach for tree in TREES for breach in crowded_folders(tree, MOST_MODULES)]
    new = beyond(breaches, STILL["crowded folders"])
    assert not new, new


def test_only_ground_files_lie_beside_packages() -> None:
    new = beyond(loose_modules(TREES[0], GROUND | COMMANDS), {})
    assert not new, new


def test_names_in_a_folder_differ_by_more_than_grammar() -> None:
    breaches = [breach for folder in (SERVER, CLIENT, TESTS) for breach in same_stems(folder)]
    new = beyond(breaches, STILL["same stems"])
    assert not new, new


def test_test_names_are_short() -> None:
    new = beyond(long_test_names(TESTS, MOST_NAME), STILL["test names"])
    assert not new, new


def test_each_module_has_its_test_module_or_a_reason() -> None:
    new = beyond(untested_modules(TREES[0], TESTS, SHOWN_BY), {})
    assert not new, new


def test_files_are_short_or_have_a_reason() -> None:
    breaches = long_files(ROOT, [*SOURCES, *TESTS.rglob("*.py")], MOST_LINES, LONG)
    new = beyond(breaches, STILL["long files"])
    assert not new, new
    assert ninetieth_percentile(SOURCES) <= USUAL_LINES


def test_public_names_of_adapters_are_documented() -> None:
    assert documented_share(SERVER.glob("adapters/**/*.py")) >= DOCUMENTED


def test_reasons_are_sentences() -> None:
    for reason in LONG.values():
        assert len(reason.split()) > 5, reason
