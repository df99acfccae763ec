"""docs/guides/add-a-kind.md, done as its reader does it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlour.core.room import Post
from parlour.runtime.rooms.kinds import served_kinds
from parlour.testing.fakes import FakeConnection
from tests.guides import blocks, install, pytest_in, run
from tests.runtime.kit import ALICE, BOB, Process

GUIDE = "guides/add-a-kind.md"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with the guide's files, installed."""
    for name, content in blocks(GUIDE):
        (tmp_path / name).write_text(content, encoding="utf-8")
    install(tmp_path)
    return tmp_path


@pytest.fixture
def importable(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package on this process's path, and forgotten afterwards."""
    monkeypatch.syspath_prepend(str(package))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield package
    for module in ("todo_list", "todo_list_2"):
        sys.modules.pop(module, None)


def test_guide_has_a_kind_its_tests_and_its_declaration(package: Path) -> None:
    names = [name for name, _ in blocks(GUIDE)]
    assert names == ["todo_list.py", "test_todo_list.py", "pyproject.toml", "todo_list_2.py"]
    code = (package / "todo_list.py").read_text(encoding="utf-8")
    assert len([line for line in code.splitlines() if line.strip()]) <= 40


def test_tests_of_the_guide_pass(package: Path) -> None:
    assert "4 passed" in pytest_in(package, "test_todo_list.py")


def test_installed_kind_is_found_in_a_process_of_its_own(package: Path) -> None:
    found = "from parlour.runtime.rooms.kinds import served_kinds; print(served_kinds().of('todo-list').__module__)"
    assert run(package, "-c", found).strip() == "todo_list"


async def test_installed_kind_lives_through_a_restart(importable: Path) -> None:
    kinds = {"todo-list": served_kinds().of("todo-list")}
    process = Process(kinds=kinds)
    await process.create(kind="todo-list", options={"most": 20})
    alice, bob = FakeConnection(ALICE), FakeConnection(BOB)
    for connection in (alice, bob):
        await process.join(connection)
    await process.ask(Post(author=ALICE, id="1", type="todo.add", body={"text": "milk"}))
    refused = await process.refused(Post(author=BOB, id="1", type="todo.tick", body={"item": 3}))
    assert refused.reason == "no_such_item"
    shown = {"items": [{"text": "milk", "done": False}]}
    assert process.seen(alice) == process.seen(bob) == shown
    await process.close()
    again = Process(store=process.store, clock=process.clock, kinds=kinds, owner="two")
    assert (await again.join(FakeConnection(BOB)))["state"] == shown


def test_later_version_reads_the_snapshots_of_the_first(importable: Path) -> None:
    from todo_list_2 import TodoList  # type: ignore[import-not-found]

    room = TodoList("hall")
    base = TodoList("hall").snapshot() | {"options": {"most": 20}}
    room.restore({**base, "state": {"items": ["milk", {"text": "bread", "done": True}]}})
    assert room.view(None) == {"items": [{"text": "milk", "done": False}, {"text": "bread", "done": True}]}
