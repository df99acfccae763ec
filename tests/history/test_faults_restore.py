"""`parlour backup` and `parlour restore` around a busy server; and an older file copied back behind its back.

A client that stood further than the log goes on from a snapshot: never a silent gap, never a wrong number.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import aiohttp

from parlour.adapters.upkeep.integrity import check
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, said
from tests.e2e.stock import PythonClient
from tests.forked import parlour
from tests.history.crowd import Crowd, crowd
from tests.history.load import read_log


async def printed(*arguments: str, database_url: str) -> str:
    """Run the CLI on a database; what it printed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    code, out, err = await parlour(*arguments, env=env | {"PARLOUR_DATABASE_URL": database_url})
    assert code == 0, out + err
    return out + err


async def rejoined(client: PythonClient, room: str, since: dict[str, Any]) -> dict[str, Any]:
    """The answer of a join from an old position, which must be a snapshot."""
    joined = await done(client, "room:join", room=room, since=since)
    assert joined["recovered"] is False
    assert joined["entries"][-1]["seq"] == joined["head"]
    assert joined["entries"][-1]["hash"] == joined["hash"]
    return joined


async def positions(people: Crowd) -> dict[str, dict[str, Any]]:
    """Where each log ends now."""
    logs = {room: await read_log(people.http, people.url, room, people.token) for room in people.rooms}
    return {
        room: {"epoch": log.epoch, "seq": log.items[-1].seq, "hash": log.items[-1].hash} for room, log in logs.items()
    }


async def test_backup_under_load_is_restored_with_new_epochs(
    tmp_path: Path,
) -> None:
    async with ServerProcess() as server, crowd(server.url) as people:
        await people.all_acked_again()
        early = await positions(people)
        backup = tmp_path / "kept.backup"
        await printed("backup", str(backup), database_url=server.database_url)
        await people.all_acked_again()
        await people.calm()
        late = await positions(people)
        verdict = await people.verdict()
        assert not verdict.findings, str(verdict)
        restored_url = f"sqlite+aiosqlite:///{tmp_path}/restored.db"
        assert f"restored {len(people.rooms)} rooms" in await printed("restore", str(backup), database_url=restored_url)
        assert all(finding.ok for finding in await check(restored_url))
        logs = {room: (await read_log(people.http, server.url, room, people.token)).items for room in people.rooms}

    async with ServerProcess(restored_url) as restored, PythonClient(["websocket"]) as client:
        await client.connect(restored.url, await token_of(restored))
        for room, log in logs.items():
            for since in (early[room], late[room]):
                joined = await rejoined(client, room, since)
                assert joined["epoch"] != since["epoch"]
                assert early[room]["seq"] <= joined["head"] < late[room]["seq"]
                assert joined["hash"] == log[joined["head"] - 1].hash, "another log than the one backed up"
            assert (await said(client, room))["seq"] == joined["head"] + 1


async def test_client_when_an_older_database_file_is_copied_back_notices() -> None:
    async with ServerProcess() as server:
        file = server.folder / "parlour.db"
        async with PythonClient(["websocket"]) as client:
            await client.connect(server.url, await token_of(server))
            await done(client, "room:create", kind="chat", id="lobby")
            epoch = (await done(client, "room:join", room="lobby"))["epoch"]
            kept = [await said(client, "lobby", f"kept {number}") for number in range(5)]
        await server.stop()
        old = file.read_bytes()
        await server.start()
        async with PythonClient(["websocket"]) as client:
            await client.connect(server.url, await token_of(server))
            lost = [await said(client, "lobby", f"lost {number}") for number in range(5)]
        await server.stop()
        file.write_bytes(old)
        await server.start()

        def stood(ack: dict[str, Any]) -> dict[str, Any]:
            return {"epoch": epoch, "seq": ack["seq"], "hash": ack["hash"]}

        async with PythonClient(["websocket"]) as client:
            await client.connect(server.url, await token_of(server))
            ahead = await rejoined(client, "lobby", stood(lost[-1]))
            assert (ahead["epoch"], ahead["head"], ahead["hash"]) == (epoch, kept[-1]["seq"], kept[-1]["hash"])
            anew = [await said(client, "lobby", f"anew {number}") for number in range(6)]
            assert [ack["seq"] for ack in anew[:5]] == [ack["seq"] for ack in lost], "the same numbers, other entries"
            for ack in lost:
                await rejoined(client, "lobby", stood(ack))
            joined = await done(client, "room:join", room="lobby", since=stood(kept[2]))
            assert joined["recovered"] is True, "what did not change is no reason for a snapshot"
            assert [entry["seq"] for entry in joined["entries"]] == list(range(kept[3]["seq"], anew[-1]["seq"] + 1))


async def token_of(server: ServerProcess) -> str:
    async with aiohttp.ClientSession() as http:
        token: str = (await sign_in(http, server.url, wallet("reader")))["token"]
        return token
