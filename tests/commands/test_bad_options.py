"""Every option of every command and every setting, each with bad values: a line for its user, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from parlour.commands.cli import COMMANDS, load
from parlour.settings.settings import Settings
from tests.commands.test_bad_values import called

SKIPPED = {"bench", "serve", "dev"}
"""Benchmarks run for minutes; the servers' values are those of test_bad_values.py, in processes of their own."""
ARGUMENTS = {
    "to": "{folder}/copy.db", "file": "{folder}/text.db", "room": "lobby", "transcript": "{folder}/text.db",
    "name": "ci", "chain": "1",
}  # fmt: skip
BAD_TEXTS = {
    "url": ["nonsense", "http://127.0.0.1:9", "gopher://x", "http://[", ""],
    "token": ["\n", "ümläut"],
    "games": ["nonsense", "no_such_module:Game", "parlour:Player", ""],
    "database_url": ["nonsense", "sqlite:///{folder}", "postgres://u@127.0.0.1:99999/x"],
    "key": ["nonsense", ""],
    "as_": ["nonsense", "\x00"],
    "viewer": ["nonsense"],
    "scope": ["nonsense", ""],
    "room": ["", "..", "a/b", "\x00", "x" * 500],
    "name": ["", "no such name", "x" * 500, "1st", "class", "../x"],
}
"""Bad values of what holds text, by name; numbers, files and choices have theirs by type."""


@dataclass(frozen=True)
class Case:
    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return " ".join(word[:30] for word in self.words)


def leaves(path: list[str], command: Any) -> Iterator[tuple[list[str], Any]]:
    for name, below in getattr(command, "commands", {}).items():
        yield from leaves([*path, name], below)
    if not hasattr(command, "commands"):
        yield path, command


def bad_values(parameter: Any) -> list[str]:
    kind = str(parameter.type_descriptor.annotation)
    if "int" in kind or "float" in kind:
        return ["x", "", "1e999", "9" * 40]
    if "Literal" in kind or "Enum" in kind:
        return ["klingon", ""]
    if "Path" in kind:
        return ["/no/such/folder/x", "{folder}", "{folder}/text.db/x"]
    return [] if "bool" in kind else BAD_TEXTS.get(parameter.name, ["\x00", ""])


def cases() -> Iterator[Case]:
    for name in COMMANDS:
        for path, command in leaves([name], load(name)) if name not in SKIPPED else ():
            needed = [each for each in command.params if each.param_type_name == "argument"]
            others = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
            sound = [ARGUMENTS.get(each.name, "1") for each in needed]
            for place, each in enumerate(needed):
                for value in bad_values(each):
                    yield Case((*path, *sound[:place], value, *sound[place + 1 :]))
            for each in others:
                for value in bad_values(each):
                    yield Case((*path, *sound, each.opts[0], value))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "text.db").write_text("This is a text, and no database.\n" * 50)
    monkeypatch.chdir(tmp_path)
    return tmp_path


ALL = list(cases())


def test_walk_meets_every_command_that_takes_a_value() -> None:
    met = {case.words[0] for case in ALL}
    assert set(COMMANDS) - met - SKIPPED == {"version"}, "this takes no value"
    assert len(ALL) > 60


@pytest.mark.parametrize("case", ALL, ids=str)
def test_command_ends_without_a_traceback_whatever_it_is_given(folder: Path, case: Case) -> None:
    result = called(folder, *case.words)
    said = result.output + result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Traceback" not in said
    assert result.exit_code == 0 or said.strip()


def bad_setting(field: Any) -> list[str]:
    kind = str(field.annotation)
    if "bool" in kind:
        return ["perhaps", ""]
    if "int" in kind or "float" in kind:
        return ["x", "-1e9", "nan"]
    if "dict" in kind or "list" in kind:
        return ["[{]", "7", '{"a":']
    return ["\x07"] if kind == "<class 'str'>" else ["no such word"]


NUMBERS = [name for name, field in Settings.model_fields.items() if bad_setting(field)[0] == "x"]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_with_a_bad_value_is_named_or_taken(folder: Path, name: str) -> None:
    variable = f"PARLOUR_{name.upper()}"
    for value in bad_setting(Settings.model_fields[name]):
        result = called(folder, "config", "check", **{variable: value})
        said = result.output + result.stderr
        assert result.exception is None or isinstance(result.exception, SystemExit), (value, repr(result.exception))
        assert "Traceback" not in said
        assert result.exit_code == 0 or variable in said, (value, said)
        assert name not in NUMBERS or result.exit_code != 0, value


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"port = ", b"[port]\nx = 1", b'port = "x"', b"\x00"])
def test_settings_file_that_cannot_be_read_is_told_in_a_line(folder: Path, content: bytes) -> None:
    (folder / "parlour.toml").write_bytes(content)
    result = called(folder, "config", "check")
    assert result.exit_code not in (0, None)
    assert isinstance(result.exception, SystemExit)
    assert "parlour.toml" in result.output + result.stderr or "PARLOUR_PORT" in result.output + result.stderr


def test_settings_file_that_is_a_folder_is_told_in_a_line(folder: Path) -> None:
    (folder / "parlour.toml").mkdir()
    assert isinstance(called(folder, "config", "check").exception, SystemExit | None)


def test_environment_file_that_cannot_be_read_is_told_in_a_line(folder: Path) -> None:
    (folder / ".env").write_bytes(b"PARLOUR_PORT=\xff\xfe")
    result = called(folder, "config", "check")
    assert isinstance(result.exception, SystemExit)
    assert ".env cannot be read: " in result.output + result.stderr
