"""URLs of Postgres as hosting services give them, with each command that opens a database, over TLS where they ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from parlour.commands.cli import cli
from parlour.testing.server import ServerProcess
from tests.adapters.engine.test_tls import Certificate
from tests.postgres import Postgres, start_postgres

COMMANDS = {
    "migrate": ["migrate"],
    "doctor": ["doctor", "--json"],
    "backup": ["backup", "{folder}/copy.db"],
    "token list": ["token", "list"],
}
FORMS = [
    "postgres://parlour@localhost:{port}/{name}",
    "postgresql://parlour@localhost:{port}/{name}?sslmode=require&channel_binding=prefer&connect_timeout=10",
    "postgres://parlour@localhost:{port}/{name}?sslmode=verify-full",
    "postgres://parlour@localhost:{port}/{name}?ssl=true&application_name=app",
]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def hosted(certificate: Certificate) -> Iterator[Postgres]:
    """A Postgres that offers TLS, as hosting services do."""
    server = start_postgres()
    server.speak_tls(certificate.chain, certificate.key)
    yield server
    server.close()


@pytest.fixture
def given(hosted: Postgres, certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What fills in a form: the port and the name of a new database."""
    monkeypatch.setenv("PGSSLROOTCERT", str(certificate.chain))
    return {"port": str(hosted.port), "name": hosted.database().rpartition("/")[2]}


@pytest.mark.parametrize("form", FORMS)
def test_commands_take_the_url_of_a_hosting_service(given: dict[str, str], tmp_path: Path, form: str) -> None:
    for words in COMMANDS.values():
        called = [word.replace("{folder}", str(tmp_path)) for word in words]
        ran = CliRunner().invoke(cli, [*called, "--database-url", form.format(**given)])
        said = ran.output + ran.stderr
        assert ran.exit_code == 0 or "doctor" in words, (words, said)
        assert "Traceback" not in said
        assert '"migrations", "ok": false' not in said


def test_doctor_finds_nothing_wrong_with_an_empty_database(given: dict[str, str]) -> None:
    ran = CliRunner().invoke(cli, ["doctor", "--database-url", FORMS[0].format(**given)])
    assert ran.exit_code == 0, ran.output


async def test_server_takes_the_url_of_a_hosting_service_over_tls(given: dict[str, str]) -> None:
    async with (
        ServerProcess(FORMS[2].format(**given)) as server,
        aiohttp.ClientSession() as http,
        http.get(server.url + "/readyz") as answer,
    ):
        assert (answer.status, (await answer.json())["checks"]["database"]) == (200, "ok")


def test_certificate_that_is_not_trusted_is_told_in_a_line(
    given: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PGSSLROOTCERT", str(Certificate(tmp_path).chain))
    ran = CliRunner().invoke(cli, ["migrate", "--database-url", FORMS[2].format(**given)])
    assert (ran.exit_code, len(ran.stderr.splitlines())) == (3, 1)
    assert "certificate" in ran.stderr.lower()
