"""`parlour serve --workers`: several processes behind one port, watched and drained by their parent."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from parlour.commands.cli import cli
from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.kit import done, said
from tests.e2e.stock import PythonClient, of_type, until
from tests.postgres import Postgres

POSTGRES = "postgres://nobody@127.0.0.1:9/none"


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"PARLOUR_DATABASE_URL": "sqlite:///parlour.db"}, "One process serves a SQLite file"),
        ({"PARLOUR_DATABASE_URL": POSTGRES, "PARLOUR_PEER_URL": "http://10.0.0.1:8080"}, "names one process"),
        ({"PARLOUR_DATABASE_URL": POSTGRES, "PARLOUR_WORKERS": "0"}, "PARLOUR_WORKERS"),
        ({"PARLOUR_DATABASE_URL": POSTGRES, "PARLOUR_PEER_URL": "10.0.0.1"}, "PARLOUR_PEER_URL"),
        ({"PARLOUR_DATABASE_URL": POSTGRES, "PARLOUR_PORT": "0", "PARLOUR_ADMIN_PORT": "0"}, "PARLOUR_ADMIN_PORT"),
    ],
)
def test_workers_that_cannot_share_a_port_are_refused(
    environment: dict[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(cli, ["serve"], env={"PARLOUR_WORKERS": "2", **environment})
    assert ran.exit_code == 2
    assert says in ran.output


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def open_connections(http: aiohttp.ClientSession, port: int) -> float:
    """What a worker's own `/metrics` says."""
    async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
        families = text_string_to_metric_families(await answer.text())
    return sum(sample.value for family in families for sample in family.samples if family.name == "parlour_connections")


@pytest.mark.long
async def test_workers_serve_one_room_behind_one_port_and_are_restarted(postgres: Postgres) -> None:
    own = free_port()
    env = {"PARLOUR_WORKERS": "2", "PARLOUR_ROLES": json.dumps({wallet("ann").address: "viewer"})}
    env["PARLOUR_METRICS_PORT"] = str(own)
    async with ServerProcess(postgres.database(), env=env) as server, aiohttp.ClientSession() as http:
        tokens = [(await sign_in(http, server.url, wallet(name)))["token"] for name in ("ann", "bea")]
        await until(lambda: server.log().count("server.ready") == 2)
        clients = [PythonClient() for _ in range(8)]
        for number, client in enumerate(clients):
            await client.connect(server.url, tokens[number % 2])
        room = (await done(clients[0], "room:create", kind="chat", visibility="public"))["room"]["id"]
        for client in clients:
            await done(client, "room:join", room=room)
        await said(clients[0], room, "to every worker")
        for client in clients:
            await until(lambda client=client: of_type(client, room, "chat.message"))
        headers = {"Authorization": f"Bearer {tokens[0]}"}
        async with http.get(f"{server.url}/api/admin/nodes", headers=headers) as answer:
            nodes = (await answer.json())["nodes"]
        assert [node["name"][-2:] for node in nodes] == ["-1", "-2"]
        shown = [await open_connections(http, port) for port in (own, own + 1)]
        assert sum(shown) == len(clients), f"{shown} on the ports of the workers"
        for client in clients:
            await client.close()
        first = children(server.pid)
        os.kill(first[0], signal.SIGKILL)
        await until(lambda: server.log().count("server.ready") == 3)
        assert set(first) & set(children(server.pid)) == {first[1]}
        assert await server.stop() == 0
    assert not [pid for pid in first if Path(f"/proc/{pid}").exists()]


@pytest.mark.long
async def test_workers_without_a_database_end_with_their_own_words(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    process = await asyncio.create_subprocess_exec(
        ".venv/bin/parlour" if Path(".venv/bin/parlour").exists() else "parlour",
        "serve", "--workers", "2", "--port", "0", "--database-url", POSTGRES,
        env=env, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 3, errors
    assert "The database is not usable" in errors.decode()
    assert "Traceback" not in errors.decode()
