"""Real yjs in Node, which makes random documents and judges what the server made of them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.missing import missing

ROOT = Path(__file__).parents[3]


class YjsPeer:
    """One Node process; see yjs_peer.cjs."""

    def __init__(self) -> None:
        script = Path(__file__).with_suffix(".cjs")
        self._node = subprocess.Popen(["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def make(self, seed: int, mix: str) -> dict[str, Any]:
        """Return the posts of a random document."""
        return self._ask({"make": seed, "mix": mix})

    def check(self, update: bytes, accepted: Sequence[bytes], missed: bytes) -> dict[str, Any]:
        """Return what is wrong with the document that a newcomer gets, and with who comes back; and its text."""
        asked = {"check": update.hex(), "accepted": [each.hex() for each in accepted], "missed": missed.hex()}
        return self._ask(asked)

    def _ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(json.dumps(asked) + "\n")
        self._node.stdin.flush()
        answer: dict[str, Any] = json.loads(self._node.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._node.terminate()
        self._node.wait()


def needs_yjs() -> None:
    """No Node or no yjs is a failure in CI, and a said skip on a developer's machine."""
    if shutil.which("node") is None or not (ROOT / "clients/node_modules/yjs").is_dir():
        missing("needs Node and `cd clients && npm ci`")
