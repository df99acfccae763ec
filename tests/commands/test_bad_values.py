"""Every command with every kind of bad value: one line for its user and an exit code, never a traceback."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from parlour.commands.cli import COMMANDS, cli
from tests.forked import FORKERY

SERVERS = {"serve", "dev"}
SECRET = "s3cret-of-the-database"
ON_THE_DATABASE = {
    "serve": ["serve", "--port", "0"],
    "migrate": ["migrate"],
    "doctor": ["doctor"],
    "backup": ["backup", "{folder}/copy.db"],
    "restore": ["restore", "{folder}/backup.db"],
    "replay": ["replay", "lobby"],
    "reindex": ["reindex"],
    "claim": ["claim"],
    "doc show": ["doc", "show", "draft"],
    "doc versions": ["doc", "versions", "draft"],
    "token list": ["token", "list"],
    "token mint": ["token", "mint", "ci", "--scope", "rooms:read"],
    "token revoke": ["token", "revoke", "ci"],
}
DATABASES = {
    "another engine": f"mysql://u:{SECRET}@db/app",
    "no scheme": "parlour.db",
    "nothing": "",
    "no port": f"postgres://u:{SECRET}@127.0.0.1:99999/app",
    "closed port": f"postgres://u:{SECRET}@127.0.0.1:9/app",
    "no host": f"postgresql://u:{SECRET}@no-such-host.invalid/app?sslmode=require",
    "no database": f"postgres://u:{SECRET}@127.0.0.1",
    "sslmode": f"postgres://u:{SECRET}@127.0.0.1/app?sslmode=yes",
    "parameter": f"postgres://u:{SECRET}@127.0.0.1/app?nonsense=1",
    "a folder": "sqlite:///{folder}",
    "no SQLite file": "sqlite:///{folder}/text.db",
    "below a file": "sqlite:///{folder}/text.db/x.db",
    "memory": "sqlite:///:memory:",
}
CALLED_WRONGLY = [
    ["serve", "--port", "x"],
    ["serve", "--port", "99999"],
    ["serve", "--port", "0", "--host", "no-such-host.invalid"],
    ["serve", "--port", "0", "--games", "no_such_module:Game"],
    ["serve", "--port", "0", "--games", "nonsense"],
    ["dev", "--port", "x"],
    ["backup"],
    ["backup", "/no/such/folder/copy.db"],
    ["restore", "/no/such/file.db"],
    ["replay", "lobby", "--at", "x"],
    ["replay", "no-such-room"],
    ["verify", "/no/such/transcript"],
    ["verify", "{folder}/text.db"],
    ["verify", "http://127.0.0.1:9"],
    ["token", "mint", "ci", "--scope", "nonsense"],
    ["token", "mint", "ci", "--days", "x"],
    ["chain", "status", "--url", "http://127.0.0.1:9"],
    ["chain", "status", "--url", "nonsense"],
    ["chain", "replay", "x"],
    ["chain", "rewind", "1", "x"],
    ["doc", "restore", "draft", "x"],
    ["watch", "nonsense", "Ping(uint256)", "--url", "http://127.0.0.1:9"],
    ["watch", "0x" + "11" * 20, "nonsense", "--url", "http://127.0.0.1:9"],
    ["watch", "0x" + "11" * 20, "Ping(uint256 n)", "--url", "nonsense"],
    ["tx", "nonsense", "--url", "http://127.0.0.1:9"],
    ["tx", "0x" + "11" * 32, "--url", "http://["],
    ["market", "nonsense", "--url", "http://127.0.0.1:9"],
    ["market", "0x" + "11" * 20, "--url", "http://127.0.0.1:9"],
    ["audit", "--url", "http://127.0.0.1:9"],
    ["nodes", "--url", "http://127.0.0.1:9"],
    ["nodes", "connections", "--url", "http://127.0.0.1:9"],
    ["nodes", "drop", "x", "--reason", "x", "--url", "http://127.0.0.1:9"],
    ["webhooks", "--url", "http://127.0.0.1:9"],
    ["webhooks", "retry", "hook-1", "lobby", "0", "--reason", "x"],
    ["people", "list", "--url", "http://127.0.0.1:9"],
    ["reports", "list", "--url", "http://127.0.0.1:9"],
    ["keys", "list", "--url", "http://127.0.0.1:9"],
    ["matches", "list", "--url", "http://127.0.0.1:9"],
    ["boards", "list", "--url", "http://127.0.0.1:9"],
    ["room", "gate", "lobby", "0x" + "11" * 20, "--url", "http://127.0.0.1:9"],
    ["room", "list", "--url", "http://127.0.0.1:9"],
    ["room", "tail", "lobby", "--url", "http://127.0.0.1:9"],
    ["room", "import", "/no/such/file.zip", "--id", "copy"],
    ["say", "lobby", "hello", "--url", "http://127.0.0.1:9"],
    ["say", "lobby", "hello", "--key", "/no/such/key"],
    ["dm", "0x" + "11" * 20, "hello", "--url", "http://127.0.0.1:9"],
    ["mcp", "--key", "/no/such/key"],
    ["create", "heap", "--folder", "{folder}/text.db"],
    ["nonsense"],
]
ENVIRONMENTS = {
    "PARLOUR_PORT": "x",
    "PARLOUR_GUESTS": "perhaps",
    "PARLOUR_ROLES": '{"0x123456789012345678901234567890123456789": "admin"}',
    "PARLOUR_CHAINS": "[{]",
    "PARLOUR_REDIS_URL": "http://x",
    "PARLOUR_DRAIN_SECONDS": "-1",
    "PARLOUR_TLS_CERTIFICATE": "/no/such/file.pem",
    "PARLOUR_LOG_LEVEL": "loud",
    "PARLOUR_POSTS_BURST": "0",
    "PARLOUR_ORIGINS": "*",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a text file that is no database and no PARLOUR_* in the environment."""
    (tmp_path / "text.db").write_text("This is a text, and no database.\n" * 50)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@dataclass
class Ended:
    """How a command ended, in this process or in one of its own."""

    exit_code: int
    output: str
    stderr: str
    exception: BaseException | None = None
    stdout: str = ""


def called(folder: Path, *arguments: str, **environment: str) -> Result | Ended:
    """Call a command; one that configures the log runs in a process of its own, for the log outlives it."""
    words = [word.replace("{folder}", str(folder)) for word in arguments]
    if words[0] not in SERVERS:
        return CliRunner().invoke(cli, words, env=environment)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    code, printed, errors = asyncio.run(FORKERY.run(words, inherited | environment, folder))
    return Ended(code, printed, errors)


def assert_refused(result: Result | Ended) -> None:
    said = result.output + result.stderr
    assert result.exit_code not in (0, None), said
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Traceback" not in said
    assert said.strip()
    assert SECRET not in said


def test_list_of_commands_is_whole() -> None:
    named = {words.split()[0] for words in ON_THE_DATABASE} | {words[0] for words in CALLED_WRONGLY}
    assert set(COMMANDS) - named == {"version", "bench", "config", "new", "schema"}, (
        "these take no value that can be bad"
    )


@pytest.mark.parametrize("fault", DATABASES)
@pytest.mark.parametrize("command", ON_THE_DATABASE)
def test_command_refuses_a_bad_database_in_a_line(folder: Path, command: str, fault: str) -> None:
    url = DATABASES[fault].replace("{folder}", str(folder))
    assert_refused(called(folder, *ON_THE_DATABASE[command], "--database-url", url))


@pytest.mark.parametrize("words", CALLED_WRONGLY, ids=" ".join)
def test_command_refuses_a_bad_argument_in_a_line(folder: Path, words: list[str]) -> None:
    assert_refused(called(folder, *words))


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("command", [*ON_THE_DATABASE, "config show"])
def test_command_refuses_a_bad_setting_and_names_it(folder: Path, command: str, name: str) -> None:
    words = ["serve"] if command == "serve" else ON_THE_DATABASE.get(command, command.split())
    result = called(folder, *words, **{name: ENVIRONMENTS[name]})
    assert_refused(result)
    assert name in result.output + result.stderr


def test_unknown_variable_is_warned_of_with_the_nearest_name(folder: Path) -> None:
    result = called(folder, "config", "check", PARLOUR_PROT="3")
    assert result.exit_code == 0
    assert "PARLOUR_PROT is no setting; did you mean PARLOUR_PORT?" in result.stderr


def test_unknown_key_of_the_file_is_refused_with_the_nearest_name(folder: Path) -> None:
    (folder / "parlour.toml").write_text("prot = 3\n")
    result = called(folder, "config", "check")
    assert_refused(result)
    assert "parlour.toml: prot is no setting; did you mean port?" in result.stderr


def test_shown_settings_name_their_origin_and_hide_secrets(folder: Path) -> None:
    (folder / "parlour.toml").write_text("port = 8123\n")
    (folder / ".env").write_text("PARLOUR_GUESTS=on\n")
    url = f"postgres://u:{SECRET}@db/app?sslmode=require&password={SECRET}"
    chains = f'[{{"chainId": 1, "urls": ["https://u:{SECRET}@rpc.example:8545/v2/{SECRET}?key={SECRET}"]}}]'
    for words in (["config", "show"], ["config", "show", "--json"]):
        result = called(folder, *words, PARLOUR_DATABASE_URL=url, PARLOUR_CHAINS=chains)
        assert result.exit_code == 0, result.output
        assert SECRET not in result.output
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert [rows[f"PARLOUR_{name}"]["origin"] for name in ("PORT", "GUESTS", "DATABASE_URL", "HOST")] == [
        "parlour.toml", ".env", "environment", "default",
    ]  # fmt: skip
    assert rows["PARLOUR_DATABASE_URL"]["value"] == "postgresql+asyncpg://***@db/app?ssl=require&password=***"
    assert rows["PARLOUR_CHAINS"]["value"][0]["urls"] == ["https://rpc.example:8545/***"]
    assert all(row["meaning"] for row in rows.values())


def test_version_is_an_option_too(folder: Path) -> None:
    assert called(folder, "--version").output == called(folder, "version").output


def test_doctor_finds_nothing_wrong_with_an_empty_database(folder: Path) -> None:
    (folder / "empty.db").touch()
    assert called(folder, "doctor", "--database-url", "sqlite:///empty.db").exit_code == 0
