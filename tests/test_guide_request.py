"""docs/guides/add-a-request.md, done as its reader does it, in a copy of the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guides import blocks, changed_copy, changes, run_copy

GUIDE = "guides/add-a-request.md"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the server with the guide's file and line."""
    return changed_copy(tmp_path_factory.mktemp("house"), GUIDE, "server", "alembic")


def test_guide_takes_one_file_and_one_place_in_another() -> None:
    names = [name for name, _ in blocks(GUIDE) if name.startswith("server/")]
    assert names == ["server/parlour/adapters/socket/summaries.py"]
    assert {name for name, _, _ in changes(GUIDE)} == {"server/parlour/adapters/socket/requests.py"}


@pytest.mark.timeout(300)
def test_test_of_the_guide_passes(house: Path) -> None:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", "/dev/null", "--rootdir", str(house))
    assert "1 passed" in run_copy(house, "-m", "pytest", *options, "tests/adapters/socket/test_summaries.py")


def test_documents_and_types_have_the_request_at_once(house: Path) -> None:
    for language in ("ts", "py"):
        printed = run_copy(house, "-m", "parlour", "schema", "protocol", "--lang", language)
        assert "SummaryReply" in printed
        assert "Left out where it is hidden or was erased." in printed
    described = run_copy(
        house,
        "-c",
        "from parlour.adapters.socket.asyncapi import asyncapi\n"
        "from parlour.adapters.socket.requests import REQUESTS\n"
        "print(*asyncapi(REQUESTS)['operations'])",
    )
    assert "room_summary" in described.split()
