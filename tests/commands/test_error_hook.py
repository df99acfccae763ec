"""`PARLOUR_ERROR_HOOK`: a function of the operator's hears of each logged exception, and stops nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import logging, structlog
from parlour.commands.logs import configure_logs
from parlour.runtime.plugins import load_function
configure_logs("info", load_function("hooks:" + {name!r}))
log = structlog.get_logger()
log.info("fine", room="lobby")
try:
    raise ValueError("odd")
except ValueError:
    log.exception("gateway.failed", room="lobby", trace="4bf9")
    logging.getLogger("aiohttp.server").exception("Error handling request")
"""
HOOKS = """
import json
def report(error, line):
    with open("told.jsonl", "a") as file:
        print(json.dumps([type(error).__name__, str(error), dict(line)], default=str), file=file)
def broken(error, line):
    raise RuntimeError("the hook itself")
word = "no function"
"""


def run(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Log with a hook in a process of its own."""
    (folder / "hooks.py").write_text(HOOKS)
    program = PROGRAM.format(name=name)
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=100)


def test_error_hook_hears_of_each_exception_and_its_line(tmp_path: Path) -> None:
    assert run(tmp_path, "report").returncode == 0
    told = [json.loads(line) for line in (tmp_path / "told.jsonl").read_text().splitlines()]
    assert [(kind, text) for kind, text, _ in told] == [("ValueError", "odd")] * 2
    assert {"event": "gateway.failed", "room": "lobby", "trace": "4bf9", "level": "error"}.items() <= told[0][2].items()
    assert told[1][2]["event"] == "Error handling request"


def test_error_hook_that_raises_is_named_in_the_line(tmp_path: Path) -> None:
    ran = run(tmp_path, "broken")
    assert ran.returncode == 0
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [line.get("error_hook") for line in lines] == [None, "failed with RuntimeError", "failed with RuntimeError"]


def test_error_hook_that_is_no_function_is_refused(tmp_path: Path) -> None:
    assert "hooks:word is not a function." in run(tmp_path, "word").stderr
