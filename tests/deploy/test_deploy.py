"""The files of deploy/ work with the programs that read them: nginx of Debian 12, systemd."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from parlour.settings import Settings
from parlour.testing.processes import free_port
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.adapters.engine.test_tls import Certificate
from tests.e2e.kit import made
from tests.e2e.stock import PythonClient, until

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
EXPOSURE = 2.0
"""What `systemd-analyze security` calls OK; the unit of the first release scored 8.3, "exposed"."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"))


def shipped(port: int, backends: Sequence[int], certificate: Certificate) -> str:
    """deploy/nginx.conf with this test's ports and certificate, for one node or for three."""
    text = (DEPLOY / "nginx.conf").read_text()
    if len(backends) > 1:
        text = text.replace("#more ", "")
    else:
        backends = [*backends, 8081, 8082]
    for old, new in (
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("server 127.0.0.1:8080", f"server 127.0.0.1:{backends[0]}"),
        ("server 127.0.0.1:8081", f"server 127.0.0.1:{backends[1]}"),
        ("server 127.0.0.1:8082", f"server 127.0.0.1:{backends[2]}"),
        ("/etc/ssl/parlour.pem", str(certificate.chain)),
        ("/etc/ssl/parlour.key", str(certificate.key)),
    ):
        assert old in text, f"deploy/nginx.conf no longer says {old}"
        text = text.replace(old, new)
    return text


@asynccontextmanager
async def shipped_nginx(
    backends: Sequence[int], certificate: Certificate, folder: Path, *, maps: bool = True, port: int | None = None
) -> AsyncIterator[str]:
    """Run nginx with deploy/nginx.conf before the servers on these ports; yields the address it serves.

    Args:
        maps: whether it sends requests to the node that their session id names, or goes round.
        port: the one it listens on; a free one by default.
    """
    port, config = port or free_port(), folder / "nginx.conf"
    text = shipped(port, backends, certificate)
    if not maps:
        text = re.sub(r"    ~\^n\d.*\n", "", text)
    config.write_text(
        f"{'user root;' if os.geteuid() == 0 else ''}"
        f"pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; daemon off;"
        "events {} http { access_log off;"
        + "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        + text
        + "}"
    )
    checked = subprocess.run([NGINX, "-t", "-c", str(config)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    nginx = subprocess.Popen([NGINX, "-c", str(config)])
    try:
        await until(lambda: (folder / "nginx.pid").exists() and _listens(port), 60)
        yield f"https://localhost:{port}"
    finally:
        nginx.terminate()
        nginx.wait(30)


@pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed")
async def test_shipped_nginx_file_serves_the_page_and_the_socket(certificate: Certificate, tmp_path: Path) -> None:
    async with (
        ServerProcess(env={"PARLOUR_TRUSTED_PROXIES": "127.0.0.1"}) as server,
        shipped_nginx([server.port], certificate, tmp_path) as url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=certificate.client)) as http,
    ):
        async with http.get(f"{url}/healthz") as answer:
            assert answer.status == 200
        socket = await http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket")
        assert (await socket.receive_str()).startswith("0{")
        await socket.close()


@pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed")
async def test_shipped_nginx_file_lets_a_page_in_and_its_largest_requests(
    certificate: Certificate, tmp_path: Path
) -> None:
    port = free_port()
    page = f"https://localhost:{port}"
    env = {"PARLOUR_TRUSTED_PROXIES": "127.0.0.1", "PARLOUR_ORIGINS": page}
    async with (
        ServerProcess(env=env) as server,
        shipped_nginx([server.port], certificate, tmp_path, port=port) as url,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=certificate.client)) as http,
        PythonClient(["websocket"]) as ann,
    ):
        token = (await sign_in(http, url, wallet("ann"), origin=page))["token"]
        socket = await http.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket", headers={"Origin": page})
        assert (await socket.receive_str()).startswith("0{")
        await socket.close()
        await ann.connect(server.url, token)
        room, mine = await made(ann), {"Authorization": f"Bearer {token}"}
        limits = Settings()
        for path, size, status in (("files", limits.file_bytes, 201), ("entries", limits.update_bytes, None)):
            data = bytes(size)
            async with http.post(f"{url}/api/rooms/{room}/{path}", data=data, headers=mine) as answer:
                assert answer.content_type == "application/json", await answer.text()
                assert status in (answer.status, None)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_shipped_unit_is_hardened_and_valid() -> None:
    unit = DEPLOY / "parlour.service"
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)], capture_output=True, text=True
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", rated.stdout)
    assert found is not None, rated.stderr
    assert float(found[1]) <= EXPOSURE
