"""Fetching anvil through npm: each way it can end is said in its own words, and leaves no npm behind."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from parlour.testing import anvil_binary
from parlour.testing.anvil_binary import NoAnvil, fetch_anvil


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that the test writes; nothing else is on the PATH, no anvil is near."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(anvil_binary, "find_anvil", lambda: None)
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin" / "npm"


def write(npm: Path, script: str) -> None:
    npm.write_text(f"#!/bin/sh\necho $$ > {npm.parent}/pid\n{script}\n")
    npm.chmod(0o755)


def ended(npm: Path) -> bool:
    try:
        os.kill(int((npm.parent / "pid").read_text()), 0)
    except ProcessLookupError:
        return True
    return False


async def test_npm_that_fails_is_told_with_its_last_line(npm: Path) -> None:
    write(npm, "echo 'npm error code E404' >&2; echo 'npm error 404 Not Found.' >&2\n"
               "echo 'npm error A complete log of this run can be found in: /x-debug-0.log' >&2; exit 1")  # fmt: skip
    with pytest.raises(NoAnvil, match=r"npm could not install anvil: 404 Not Found\. By hand: npm i "):
        await fetch_anvil()


async def test_npm_that_fails_without_a_word_is_told_with_its_exit_code(npm: Path) -> None:
    write(npm, "exit 7")
    with pytest.raises(NoAnvil, match="it ended with 7 and said nothing"):
        await fetch_anvil()


async def test_npm_that_takes_too_long_is_ended_and_told_as_that(npm: Path) -> None:
    write(npm, "exec /bin/sleep 60")
    with pytest.raises(NoAnvil, match=r"npm did not finish within 0\.5 s\. By hand: "):
        await fetch_anvil(timeout=0.5)
    assert ended(npm)


async def test_interrupted_fetch_says_so_and_ends_npm(npm: Path) -> None:
    write(npm, "exec /bin/sleep 60")
    said: list[str] = []
    fetching = asyncio.create_task(fetch_anvil(said.append))
    while not (npm.parent / "pid").exists():
        await asyncio.sleep(0.01)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert said[-1] == "Interrupted: anvil was not fetched."
    assert not any("did not finish" in line for line in said)
    assert ended(npm)


async def test_machine_without_npm_is_told_what_to_type(npm: Path) -> None:
    with pytest.raises(NoAnvil, match=r"There is neither anvil nor npm here\. With npm installed: npm i "):
        await fetch_anvil()
