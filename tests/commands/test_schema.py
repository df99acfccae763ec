"""`parlour schema`: the clients' types are what the server's registry says."""

from __future__ import annotations

from pathlib import Path
from typing import get_type_hints

import pytest
from typer.testing import CliRunner

from parlour.adapters.socket.requests import REQUESTS
from parlour.commands.schema import app
from parlour.protocol.entries import BODIES
from parlour.protocol.events import EVENTS
from parlour_client import types_gen

CLIENTS = Path(__file__).parents[2] / "clients"
GENERATED = {
    "ts": CLIENTS / "packages" / "client" / "src" / "protocol" / "types.gen.ts",
    "py": CLIENTS / "python" / "parlour_client" / "types_gen.py",
}


@pytest.mark.parametrize("language", GENERATED)
def test_generated_file_of_a_client_equals_what_is_printed_now(language: str) -> None:
    printed = CliRunner().invoke(app, ["protocol", "--lang", language])
    assert printed.exit_code == 0, printed.output
    path = GENERATED[language]
    again = f"parlour schema protocol --lang {language} > {path.relative_to(CLIENTS.parent)}"
    assert path.read_text(encoding="utf-8") == printed.stdout, f"The wire has changed. Run: {again}"


def test_python_types_name_every_request_event_and_entry() -> None:
    assert set(types_gen.Requests.__annotations__) == set(types_gen.Replies.__annotations__) == set(REQUESTS)
    assert set(types_gen.Events.__annotations__) == set(EVENTS)
    for type_, body in BODIES.items():
        hints = get_type_hints(getattr(types_gen, f"{body.__name__}Entry"))
        assert hints["type"].__args__ == (type_,)
        assert getattr(types_gen, body.__name__) in hints["body"].__args__


def test_unknown_language_is_a_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["protocol", "--lang", "cobol"]).exit_code == 2
