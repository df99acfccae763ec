"""Parlour in somebody else's process: its own settings, and nothing of its host changed."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import socketio

from parlour import Parlour
from parlour.settings import SettingsError
from tests.e2e.stock import PythonClient, heard
from tests.embedding.kit import database, hosted


def of_the_host() -> Any:
    """What belongs to the whole process."""
    root, http = logging.getLogger(), logging.getLogger("aiohttp.server")
    return (
        [signal.getsignal(number) for number in sorted(signal.valid_signals())],
        (gc.get_threshold(), sys.getswitchinterval(), sys.excepthook),
        (root.level, list(root.handlers), list(http.filters), http.level),
        socketio.packet.Packet.json,
    )


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_settings_are_the_arguments_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARLOUR_GUESTS", "on")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parlour.toml").write_text("http_burst = 3\n")
    (tmp_path / ".env").write_text("PARLOUR_STATEMENT=Hello\n")
    first = Parlour(url="http://localhost/", database_url=database(tmp_path)).settings
    second = Parlour(url="http://localhost/", database_url=database(tmp_path), http_burst=7).settings
    told = Parlour.from_env(url="http://localhost/").settings
    assert [(each.guests, each.http_burst) for each in (first, second, told)] == [(False, 6000), (False, 7), (True, 3)]
    assert (told.statement, first.statement != "Hello") == ("Hello", True)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"http_brust": 3}, "did you mean http_burst?"),
        ({"http_burst": "many"}, "http_burst: "),
        ({"url": "rooms"}, "is no address"),
    ],
)
def test_wrong_setting_is_told_by_its_name(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Parlour(**{"url": "http://localhost/", **wrong})


# ── in a process ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_two_parlours_run_in_one_process_and_change_nothing_of_it(tmp_path: Path) -> None:
    before, frozen = of_the_host(), gc.get_freeze_count()
    first = Parlour(url="http://localhost/a/", database_url=database(tmp_path, "a"), guests=True)
    second = Parlour(url="http://localhost/b/", database_url=database(tmp_path, "b"))
    async with first, second:
        assert of_the_host() == before
        await first.start()  # it runs already
    assert of_the_host() == before
    async with first:
        pass
    await first.stop()
    assert abs(gc.get_freeze_count() - frozen) < 1000, "a freeze takes all objects, some 100,000"


async def test_two_parlours_admit_no_guest_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PARLOUR_GUESTS", "on")
    async with AsyncExitStack() as stack:
        one, two = (tmp_path / name for name in ("one", "two"))
        for folder, host in ((one, "aiohttp"), (two, "uvicorn")):
            folder.mkdir()
            url = await stack.enter_async_context(hosted(host, folder))
            guest = await stack.enter_async_context(PythonClient(["websocket"]))
            with pytest.raises(socketio.exceptions.ConnectionError):
                await guest.connect(url, None, socketio_path="/rooms/socket.io")
            assert heard(guest, "connect_error")[0]["data"]["code"] == "unauthorized"


async def test_database_in_use_is_told_and_can_be_tried_again(tmp_path: Path) -> None:
    first, second = (Parlour(url="http://localhost/", database_url=database(tmp_path)) for _ in range(2))
    async with first:
        with pytest.raises(Exception, match="serves"):
            await second.start()
    async with second:
        pass
