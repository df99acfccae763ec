"""`parlour verify`: an honest transcript holds, and every forgery is found by the check that should find it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.commands.verify import NoTranscript, verified
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, made
from tests.e2e.stock import PythonClient
from tests.e2e.test_protocol_signed import signable, transcript
from tests.forked import parlour
from tests.signing import key

Lines = list[dict[str, Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def match() -> AsyncIterator[Lines]:
    """The transcript of a signed match with a line of chat, as a guest downloads it."""
    async with ServerProcess(env={"PARLOUR_GUESTS": "on"}) as server, aiohttp.ClientSession() as http:
        players = [PythonClient(["websocket"]) for _ in range(2)]
        for player, name in zip(players, ("ann", "ben"), strict=True):
            session = await sign_in(http, server.url, wallet(name), session_key=key(name).address)
            await player.connect(server.url, session["token"])
        room = await made(players[0], "tic-tac-toe", id="duel", signed=True)
        for player in players:
            await done(player, "room:join", room=room, **{"as": "player"})
        for number, cell in enumerate((0, 3, 1, 4, 2)):
            player, name = players[number % 2], ("ann", "ben")[number % 2]
            move = await signable(player, room, "game.action", {"action": "place", "args": {"cell": cell}})
            await done(player, "room:post", **move.request(key(name)))
        chat = await signable(players[1], room)
        await done(players[1], "room:post", **chat.request(wallet("ben")))
        yield await transcript(server, room)
        for player in players:
            await player.close()


def judged(lines: Lines, server: str | None = None) -> dict[str, bool]:
    report = verified([json.dumps(line).encode() for line in lines], key=server)
    return {name: held for name, (held, _) in report.checks.items()}


def forged(lines: Lines, change: Callable[[Lines], None]) -> list[str]:
    """The checks that fail once `change` was made to a copy."""
    copy = json.loads(json.dumps(lines))
    change(copy)
    return sorted(name for name, held in judged(copy).items() if not held)


def entry(lines: Lines, type_: str, number: int = 0) -> dict[str, Any]:
    found: list[dict[str, Any]] = [line["entry"] for line in lines if line.get("entry", {}).get("type") == type_]
    return found[number]


def test_honest_transcript_holds(match: Lines) -> None:
    checks = judged(match, server=match[-1]["signed"]["by"])
    assert checks == {"hash chain": True, "authors": True, "server key": True, "game": True}


def test_every_forgery_is_found(match: Lines) -> None:
    def drop(lines: Lines) -> None:
        lines.remove(next(line for line in lines if line.get("entry", {}).get("type") == "chat.message"))

    cases: list[tuple[Callable[[Lines], Any], list[str]]] = [
        (lambda lines: entry(lines, "chat.message")["body"].update(text="I owe you 1000"), ["hash chain"]),
        (lambda lines: entry(lines, "chat.message").update(author=wallet("ann").address), ["authors", "hash chain"]),
        (lambda lines: entry(lines, "chat.message").pop("sig"), ["authors", "hash chain"]),
        (lambda lines: entry(lines, "game.action")["seen"].update(seq=1), ["authors"]),
        (lambda lines: entry(lines, "game.action", 2)["body"]["args"].update(cell=8), ["game", "hash chain"]),
        (lambda lines: entry(lines, "game.ended")["body"]["result"].update(winner=1), ["game", "hash chain"]),
        (drop, ["hash chain", "server key"]),
        (lambda lines: lines.pop(1), ["authors"]),
        (lambda lines: lines[1]["delegation"].update(revokedAt=lines[1]["delegation"]["from"] - 5_000), ["authors"]),
        (lambda lines: lines[1]["delegation"].update(sessionKey=key("eve").address), ["authors", "delegations"]),
        (lambda lines: lines[-1]["signed"].update(hash="0x" + "11" * 32), ["server key"]),
        (lambda lines: lines[-1]["signed"].update(by=wallet("eve").address), ["server key"]),
        (lambda lines: entry(lines, "game.ended")["body"]["signed"].update(seq=2), ["hash chain", "server key"]),
    ]
    assert "delegation" in match[1]
    for number, (change, expected) in enumerate(cases):
        assert forged(match, change) == expected, number


def test_another_servers_key_is_not_this_ones(match: Lines) -> None:
    assert judged(match, server=wallet("eve").address)["server key"] is False


def test_match_whose_rules_are_not_here_is_said_to_be_unjudged(match: Lines) -> None:
    copy = json.loads(json.dumps(match))
    entry(copy, "room.created")["body"]["kind"] = "somebody-elses"
    report = verified([json.dumps(line).encode() for line in copy])
    assert "game" not in report.checks
    assert "--games" in report.unchecked["game"]


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b"not json", b'{"room": "a", "head": 1}', b"\xff"])
def test_something_else_is_no_transcript(text: bytes) -> None:
    with pytest.raises(NoTranscript):
        verified(text.splitlines())


async def test_command_says_so_and_exits_by_it(match: Lines, tmp_path: Path) -> None:
    file = tmp_path / "duel.ndjson"
    lines = [json.dumps(line) for line in match]
    whole, holed = "\n".join(lines), "\n".join(lines[:-2] + lines[-1:])
    for text, code, word in ((whole, 0, "ok"), (holed, 1, "WRONG"), ("x", 2, "")):
        file.write_text(text)
        ended, out, _ = await parlour("verify", str(file))
        assert (ended, word in out) == (code, True), out
