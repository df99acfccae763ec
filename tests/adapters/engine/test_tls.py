"""TLS, by the server itself and by nginx (Debian's package) in front of it."""

from __future__ import annotations

import asyncio
import datetime
import os
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
import socketio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from parlour.adapters.engine import AdmissionPolicy
from parlour.app import Server
from parlour.settings import SettingsError, load
from parlour.testing.processes import free_port
from parlour.testing.wallets import sign_in, wallet
from tests.adapters.engine.lab import BINARY, RawSocket, running, tool
from tests.bounds import engine_limits

LIMITS = engine_limits(close_timeout=0.5)


class Certificate:
    """A self-signed certificate for localhost, and the TLS contexts of both ends."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.UTC)
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(names, critical=False)
            .sign(key, hashes.SHA256())
        )
        self.chain, self.key = folder / "chain.pem", folder / "key.pem"
        self.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(self.chain, self.key)
        self.client = ssl.create_default_context(cafile=str(self.chain))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"))


async def everything_works(url: str, transports: list[str], certificate: Certificate) -> None:
    """Run a stock client through text, attachments, a large answer, a dropped connection and a reconnect."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=certificate.client)) as http:
        client = socketio.AsyncClient(http_session=http, reconnection_delay=0.05, randomization_factor=0)
        back = asyncio.Event()
        async with asyncio.timeout(60):
            await client.connect(url, transports=transports)
            assert await client.call("other", "x" * 60_000) == "x" * 60_000
            assert await client.call("other", b"\x00" * 200_000) == b"\x00" * 200_000
            client.on("connect", back.set)
            await client.emit("drop")
            await back.wait()
            assert await client.call("other", [1, b"2"]) == [1, b"2"]
        await client.disconnect()


@pytest.mark.parametrize("front", [True, False])
@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
async def test_engine_over_tls_serves_stock_clients(
    certificate: Certificate, transports: list[str], front: bool
) -> None:
    async with running(limits=LIMITS, tls=certificate.server, front=front) as lab:
        await everything_works(lab.url, transports, certificate)


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
async def test_server_over_tls_signs_in_and_posts(
    certificate: Certificate, tmp_path: Path, transports: list[str]
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/parlour.db"
    server = await Server.build(
        load(port=0, database_url=url, tls_certificate=certificate.chain, tls_key=certificate.key)
    )
    await server.start()
    assert server.url.startswith("https://")
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=certificate.client)) as http:
            session = await sign_in(http, server.url, wallet("ann"), origin=server.url)
            mine = {"Authorization": f"Bearer {session['token']}", "Origin": server.url}
            async with http.post(server.url + "/auth/console", headers=mine) as begun:
                cookie = begun.cookies["parlour_console"]
                assert (begun.status, bool(cookie["secure"]), bool(cookie["httponly"])) == (200, True, True)
            client = socketio.AsyncClient(http_session=http)
            await client.connect(server.url, auth={"token": session["token"]}, transports=transports)
            assert (await client.call("room:create", {"kind": "chat", "id": "r"}))["ok"]
            body = {"text": "x" * 20_000}
            post = {"room": "r", "id": "1", "type": "app.text", "body": body}
            assert (await client.call("room:post", post))["ok"]
            assert (await client.call("room:join", {"room": "r"}))["entries"][-1]["body"] == body
            await client.disconnect()
    finally:
        await server.stop()


async def test_certificate_that_cannot_be_used_is_named_at_the_start(certificate: Certificate, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PARLOUR_TLS_KEY"):
        load(tls_certificate=certificate.chain)
    with pytest.raises(SettingsError, match="PARLOUR_TLS_KEY"):
        load(tls_key=certificate.key)
    for broken in (tmp_path / "missing.pem", certificate.chain):
        settings = load(port=0, tls_certificate=certificate.chain, tls_key=broken)
        with pytest.raises(SettingsError, match="PARLOUR_TLS_CERTIFICATE and PARLOUR_TLS_KEY cannot be used"):
            await Server.build(settings)


async def test_slow_reader_over_tls_is_cut(certificate: Certificate) -> None:
    async with running(limits=LIMITS, tls=certificate.server) as lab, lab.client(tls=certificate.client) as slow:
        slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
        frame = lab.engine.frame("big", "x" * 10_000)
        for _ in range(3_000):
            lab.handlers.connected[0].write(frame)
            await asyncio.sleep(0)
        assert await lab.handlers.until_gone() == ["slow"]
        await lab.handlers.until_empty()


NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_buffer_size 1m; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
  upstream parlour {{ server 127.0.0.1:{upstream}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{port} ssl; server_name localhost;
    ssl_certificate {chain}; ssl_certificate_key {key};
    location / {{
      proxy_pass http://parlour; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
    }}
  }}
}}
"""


@asynccontextmanager
async def nginx(folder: Path, upstream: int, port: int, certificate: Certificate) -> AsyncIterator[str]:
    config = folder / "nginx.conf"
    config.write_text(
        NGINX.format(folder=folder, upstream=upstream, port=port, chain=certificate.chain, key=certificate.key)
    )
    process = await asyncio.create_subprocess_exec(
        tool("nginx"), "-c", str(config), "-p", str(folder), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
        yield f"https://127.0.0.1:{port}"
    finally:
        os.kill(process.pid, signal.SIGTERM)
        await process.wait()


@pytest.mark.parametrize("front", [True, False])
async def test_engine_behind_nginx_serves_stock_clients(certificate: Certificate, tmp_path: Path, front: bool) -> None:
    async with running(limits=LIMITS, front=front, policy=AdmissionPolicy(trusted_proxies=["127.0.0.1"])) as lab:
        port = free_port()
        async with nginx(tmp_path, lab.port, port, certificate) as url:
            for transports in (["websocket"], ["polling"], ["polling", "websocket"]):
                await everything_works(url, transports, certificate)
            raw = await RawSocket.connect(
                port,
                "/socket.io/?EIO=4&transport=websocket",
                headers="X-Forwarded-For: 203.0.113.9\r\n",
                tls=certificate.client,
                source="127.0.0.2",
            )
            assert (await raw.text())[0] == "0"
            raw.send("40")
            await raw.text(), await raw.text()
            assert lab.handlers.connected[-1].remote == "127.0.0.2", (
                "the address that nginx saw, not the one the client claims"
            )
            lab.handlers.say(lab.handlers.connected[-1], "doc", b"\x01")
            await raw.text()
            assert await raw.message() == (BINARY, b"\x01")
            raw.writer.close()
            async with (
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=certificate.client)) as http,
                http.get(url + "/socket.io/?EIO=4&transport=polling", headers={"Origin": "https://evil.example"}) as no,
            ):
                assert no.status == 403
