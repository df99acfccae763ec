"""The house keeps its shape: imports point one way, and the core is pure (docs/ARCHITECTURE.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVER = ROOT / "server" / "parlour"
TEST_SERVERS = {"testing.server", "testing.anvil", "testing.proxy", "testing.wallets"}
"""The part of the test kit that starts real things."""
MAY_IMPORT = {
    "core": {"core", "protocol", "errors"},
    "runtime": {"runtime", "core", "protocol", "errors"},
    "adapters": {"", "adapters", "runtime", "core", "protocol", "errors", "settings"},
    "games": {""},
    "testing": {"testing", "core", "runtime", "errors"},
    "errors": set(),
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
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "service", "misc", "shared"}


def modules() -> Iterator[tuple[str, Path]]:
    """Dotted names below `parlour`, with their files."""
    for path in sorted(SERVER.rglob("*.py")):
        relative = path.relative_to(SERVER).with_suffix("")
        parts = [part for part in relative.parts if part != "__init__"]
        yield ".".join(parts) or "__init__", path


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports by its full name, inside functions and TYPE_CHECKING too."""
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


CORE_ORDER = {"room": 0, "identity": 1, "chain": 1, "log": 2, "rooms": 3, "games": 4, "proof": 5}
"""Packages of the core by level; one imports only itself and lower ones, under TYPE_CHECKING too."""


def test_core_packages_import_only_lower_ones() -> None:
    for module, path in MODULES:
        if ring(module) != "core" or module == "core":
            continue
        package = module.split(".")[1]
        for name in imports(path):
            if name.startswith("parlour.core."):
                imported = name.split(".")[2]
                lower = CORE_ORDER[imported] < CORE_ORDER[package]
                assert lower or imported == package, f"{module} imports {name}"


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
