"""docs/guides/add-an-entry-type.md, done as its reader does it, in a copy of the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guides import changed_copy, changes, run_copy

GUIDE = "guides/add-an-entry-type.md"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the server with the guide's changes."""
    return changed_copy(tmp_path_factory.mktemp("house"), GUIDE, "server")


def test_guide_changes_three_files_of_the_server() -> None:
    assert {name.removeprefix("server/parlour/") for name, _, _ in changes(GUIDE)} == {
        "protocol/room_entries.py",
        "core/rooms/chat.py",
        "core/log/formats.py",
    }


def test_tests_of_the_guide_pass(house: Path) -> None:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", "/dev/null", "--rootdir", str(house))
    assert "4 passed" in run_copy(house, "-m", "pytest", *options, "tests/core/rooms/test_topic.py")


def test_types_of_the_clients_have_the_entry_at_once(house: Path) -> None:
    for language in ("ts", "py"):
        printed = run_copy(house, "-m", "parlour", "schema", "protocol", "--lang", language)
        assert "ChatTopic" in printed
        assert "What the room is about from now on." in printed
