"""The client without `await`: its generated classes are up to date, and scripts, errors and listeners work."""

from __future__ import annotations

import asyncio
import threading
from importlib import util
from pathlib import Path

import pytest

from parlour_client import Closed, NotFound, sync
from parlour_client.sync import faces_gen
from tests.clients.fake_server import FakeServer
from tests.clients.kit import KEY

TOOL = Path(__file__).parents[2] / "clients" / "python" / "tools" / "sync_faces.py"


def test_generated_classes_show_every_method_of_the_client() -> None:
    """Else run: python clients/python/tools/sync_faces.py > clients/python/parlour_client/sync/faces_gen.py"""
    spec = util.spec_from_file_location("sync_faces", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.written() == Path(faces_gen.__file__).read_text(encoding="utf-8")


async def test_script_joins_reads_and_posts_without_await(server: FakeServer) -> None:
    def script() -> tuple[list[str], list[str], str | None]:
        heard: list[str] = []
        with sync.connect(server.url, KEY) as parlour:
            assert parlour.connected
            with parlour.join("lobby") as room:
                off = room.on_entry(lambda entry: heard.append(entry.text))
                room.say("gm")
                room.post({"n": 1}, "app.count")
                texts = []
                for entry in room:
                    texts.append(entry.text)
                    if entry.type == "app.count":
                        break
                off()
                room.say("unheard by the listener")
                assert [message.text for message in room.messages()] == ["gm", "unheard by the listener"]
                assert [info["id"] for info in parlour.all_rooms()] == ["lobby"]
            return texts, heard, room.ended

    texts, heard, ended = await asyncio.to_thread(script)
    assert (texts, heard[:2], ended) == (["gm", ""], ["gm", ""], "left")
    assert "parlour client" not in {thread.name for thread in threading.enumerate()}


async def test_errors_arrive_and_leave_nothing_running(server: FakeServer) -> None:
    def script() -> None:
        with sync.connect(server.url, KEY) as parlour:
            with pytest.raises(NotFound), parlour.join("nowhere"):
                pass
            with pytest.raises(ZeroDivisionError), parlour.join("lobby"):
                print(1 // 0)
            room = parlour.enter("lobby")
            with pytest.raises(TimeoutError):
                room.wait_for("never", timeout=0.01)
            room.leave()
            with pytest.raises(Closed):
                room.wait_for("chat.message")

    await asyncio.to_thread(script)
    assert "parlour client" not in {thread.name for thread in threading.enumerate()}


async def test_listener_that_waits_is_told_why_it_cannot(server: FakeServer) -> None:
    errors: list[str] = []

    def script() -> None:
        with (
            sync.connect(server.url, KEY, on_error=lambda error: errors.append(str(error))) as parlour,
            parlour.join("lobby") as room,
        ):
            room.on_entry(lambda entry: room.say("from a listener"))
            room.say("gm")
            assert next(iter(room)).text == "gm"

    await asyncio.to_thread(script)
    assert len(errors) == 1
    assert "listener" in errors[0]
