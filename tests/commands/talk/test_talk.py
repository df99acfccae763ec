"""`parlour say`, `dm` and `room` against a real server: what is written, what is printed, and what ends them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from parlour.commands.cli import cli
from parlour.commands.talk.room import line
from parlour.commands.talk.session import shown
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from parlour_client import Entry, connect


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    async with ServerProcess() as running:
        yield running


@pytest.fixture
def key(tmp_path: Path) -> str:
    """A file with the key of `ann`."""
    path = tmp_path / "key"
    path.write_text("0x" + bytes(wallet("ann").key).hex() + "\n", encoding="utf-8")
    return str(path)


async def told(*words: str, said: str | None = None, **env: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, cli, list(words), input=said, env=env)


@pytest.mark.asyncio(loop_scope="module")
async def test_terminal_says_follows_and_writes_directly(server: ServerProcess, key: str) -> None:
    async with connect(server.url, wallet("ann")) as ann:
        await ann.create("chat", id="lobby")
    url = ("--url", server.url)
    first = await told("say", "lobby", "gm", *url, "--key", key, "--json")
    assert first.exit_code == 0, first.output
    place = json.loads(first.output)
    piped = await told(
        "say", "lobby", "-", *url, "--key", "env:ANN", said="two\nlines\n", ANN=Path(key).read_text().strip()
    )
    assert piped.output == f"#{place['seq'] + 1} in lobby\n"
    tail = await told("room", "tail", "lobby", *url, "--key", key, "--type", "chat.*")
    assert [row.split(" ", 2)[2] for row in tail.output.splitlines() if row.startswith("#")] == [
        f"{wallet('ann').address}: gm", f"{wallet('ann').address}: two",
    ]  # fmt: skip
    rows = await told("room", "tail", "lobby", *url, "--since", str(place["seq"] - 1), "--json", "--key", key)
    assert [json.loads(row)["body"]["text"] for row in rows.output.splitlines()] == ["gm", "two\nlines"]
    assert (await told("room", "tail", "lobby", *url, "-n", "0", "--key", key)).output == ""

    async with connect(server.url, wallet("bea")) as bea:
        sent = await told("dm", wallet("bea").address, "psst", *url, "--key", key, "--json")
        async with bea.join(json.loads(sent.output)["room"]) as room:
            assert room.recent[-1].text == "psst"


@pytest.mark.asyncio(loop_scope="module")
async def test_following_prints_what_comes_until_the_room_ends(server: ServerProcess, key: str) -> None:
    async with connect(server.url, wallet("cid")) as cid:
        await cid.create("chat", id="ending")
        async with cid.join("ending") as room:
            words = ("room", "tail", "ending", "-n", "0", "-f", "--url", server.url, "--key", key)
            following = asyncio.create_task(told(*words))
            async with asyncio.timeout(60):
                while room.presence["count"] < 2:
                    await asyncio.sleep(0.02)
            await room.say("while it follows")
            await room.close("done")
            output = (await asyncio.wait_for(following, 60)).output
    assert "while it follows" in output
    assert "room.closed" in output


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("say", "lobby", "gm", "--key", "0x" + "11" * 32), 2, "put it into a variable or a file"),
        (("say", "lobby", "gm", "--key", "no-such-file"), 2, "cannot be read"),
        (("say", "lobby", "gm", "--key", "env:NO_SUCH"), 2, "NO_SUCH is not set"),
        (("say", "nowhere", "gm", "--key", "env:ANN"), 1, "no such room"),
        (("room", "tail", "nowhere"), 1, "Sign in first. (--key names the wallet's key)"),
        (("dm", "nobody", "gm"), 1, ""),
        (("room", "watch", "nowhere", "0x12", "E()", "--chain", "1"), 1, ""),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_wrong_use_ends_with_a_sentence(
    server: ServerProcess, words: tuple[str, ...], code: int, sentence: str
) -> None:
    done = await told(*words, "--url", server.url, ANN="0x" + bytes(wallet("ann").key).hex())
    assert done.exit_code == code, done.output
    assert sentence in done.stderr
    assert done.stderr.startswith("parlour: ")


@pytest.mark.parametrize(("url", "code"), [("ftp://nowhere", 2), ("nowhere", 2), ("http://127.0.0.1:9", 3)])
async def test_address_without_a_server_is_told_as_such(url: str, code: int) -> None:
    done = await told("say", "lobby", "gm", "--url", url)
    assert (done.exit_code, done.stderr.startswith("parlour: ")) == (code, True)


def test_others_text_cannot_steer_the_terminal() -> None:
    assert shown("a\x1b[2Jb\nc\u202ed") == "a�[2Jb\nc�d"
    entry = Entry("r", 3, "i", "chat.message", "0xA", 0, {"text": "\x1b]0;owned\x07"}, "h")
    assert "\x1b" not in line(entry)
    assert line(Entry("r", 3, "i", "app.x", "", 0, b"\x1b", "h")).endswith('server app.x "1 bytes"')
