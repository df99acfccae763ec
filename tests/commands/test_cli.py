"""The command line: what it lists, how it ends, and how little a small command imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from parlour.commands.cli import COMMANDS, cli, load

SERVER_ONLY = {"aiohttp", "eth_abi", "eth_account", "parlour.app", "parlour.wiring", "prometheus_client", "socketio"}
"""What only a running server needs."""
DATABASE = {"alembic", "sqlalchemy", "sqlmodel"}
COUNTING = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
from parlour.commands.cli import main
main()
"""


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A database at the newest migration."""
    url = f"sqlite+aiosqlite:///{tmp_path}/parlour.db"
    assert CliRunner().invoke(cli, ["migrate", "--database-url", url]).exit_code == 0
    return url


def imported(*arguments: str, database: str = "") -> set[str]:
    """Run a command in a process of its own and answer the modules it imported."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")}
    env = inherited | ({"PARLOUR_DATABASE_URL": database} if database else {})
    ran = subprocess.run([sys.executable, "-c", COUNTING, *arguments], env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stderr.splitlines()[-1]))


def commands_in(modules: set[str]) -> set[str]:
    return {name.removeprefix("parlour.commands.") for name in modules if name.startswith("parlour.commands.")}


def test_help_imports_no_command_and_nothing_a_command_needs() -> None:
    modules = imported("--help")
    assert commands_in(modules) == {"cli"}
    assert not modules & {*SERVER_ONLY, *DATABASE, "pydantic_settings", "structlog"}


def test_version_imports_no_settings_and_no_database() -> None:
    modules = imported("version")
    assert commands_in(modules) == {"cli", "version"}
    assert not modules & {*SERVER_ONLY, *DATABASE, "pydantic_settings", "structlog"}


def test_config_show_imports_no_database_and_no_server() -> None:
    assert not imported("config", "show") & {*SERVER_ONLY, *DATABASE, "structlog"}


def test_token_list_imports_no_server_and_no_migrations_tool(database: str) -> None:
    modules = imported("token", "list", database=database)
    assert "sqlalchemy" in modules
    assert not modules & {*SERVER_ONLY, "alembic"}


def test_backup_imports_no_server_and_no_migrations_tool(database: str, tmp_path: Path) -> None:
    modules = imported("backup", f"{tmp_path}/copy.db", database=database)
    assert "sqlalchemy" in modules
    assert not modules & {*SERVER_ONLY, "alembic"}


@pytest.mark.parametrize("name", COMMANDS)
def test_listed_help_is_the_help_of_the_command(name: str) -> None:
    assert load(name).help == COMMANDS[name]


def test_unknown_command_is_wrong_usage_and_names_the_nearest() -> None:
    ran = CliRunner().invoke(cli, ["toke"])
    assert (ran.exit_code, "token" in ran.output) == (2, True)


def test_wrong_setting_is_wrong_usage_and_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLOUR_MAILBOX", "0")
    ran = CliRunner().invoke(cli, ["config", "show"])
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("parlour: PARLOUR_MAILBOX: ")


def test_database_that_cannot_be_opened_is_one_line_and_exit_code_3(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = CliRunner().invoke(cli, ["backup", f"{tmp_path}/b.db", "--database-url", f"sqlite:///{tmp_path}/file/p.db"])
    assert (ran.exit_code, ran.stdout) == (3, "")
    assert ran.stderr.startswith("parlour: ")
    assert len(ran.stderr.splitlines()) == 1


def test_config_show_masks_passwords_and_the_urls_of_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLOUR_DATABASE_URL", "postgresql+asyncpg://ann:planted@host/name")
    monkeypatch.setenv("PARLOUR_REDIS_URL", "redis://:planted@host:6379/0")
    monkeypatch.setenv("PARLOUR_CHAINS", '[{"chainId": 1, "urls": ["https://host/planted"]}]')
    shown = CliRunner().invoke(cli, ["config", "show"]).stdout
    assert "planted" not in shown
    assert "PARLOUR_DATABASE_URL=postgresql+asyncpg://***@host/name\n" in shown
    assert '"urls": ["https://host/***"]' in shown


def test_tokens_are_minted_listed_and_revoked(database: str) -> None:
    def run(*arguments: str) -> str:
        ran = CliRunner().invoke(cli, ["token", *arguments, "--database-url", database])
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    text = run("mint", "backend", "--scope", "entries:post").strip()
    [listed] = [json.loads(line) for line in run("list", "--json").splitlines()]
    assert (listed["name"], listed["scopes"], listed["state"]) == ("backend", ["entries:post"], "live")
    assert text not in str(listed)
    run("revoke", "backend")
    assert json.loads(run("list", "--json"))["state"] == "revoked"
