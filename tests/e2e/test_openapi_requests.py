"""Requests that schemathesis makes from `/api/openapi.json`: whatever is asked, no answer is a server error.

The long form. Paths get the ids of rooms, people, files and keys that exist, beside names of nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.anvil import anvil
from tests.e2e.furnished import Known, furnished
from tests.e2e.stock import ROOT
from tests.missing import missing

EXAMPLES = int(os.environ.get("PARLOUR_OPENAPI_EXAMPLES", "150"))
"""Requests of each operation in each phase."""
HANG_SECONDS = 3_600
TOOL = ROOT / ".tools/schemathesis/bin/st"
FETCH = "python3 -m venv .tools/schemathesis && .tools/schemathesis/bin/pip install schemathesis"
ENDS_THE_SERVER = r"/drain$"
ENDS_THE_SESSION = r"^/auth/(sessions|signout|refresh|console)"
"""Asked in a run of their own, with a session that may end."""
ENV = {
    "PARLOUR_ROLES": json.dumps({wallet(name).address: "admin" for name in ("admin", "leaving")}),
    "PARLOUR_WEBHOOKS": json.dumps([{"url": "http://127.0.0.1:9/", "secret": "s", "types": ["app.never"]}]),
    **{
        f"PARLOUR_{name}_{rule}": "1000000"
        for name in ("HTTP", "SIGN_INS", "ROOMS", "POSTS", "UPLOADS")
        for rule in ("BURST", "PER_MINUTE")
    },
}


def tool() -> str:
    found = str(TOOL) if TOOL.exists() else shutil.which("st")
    if found is None:
        missing(f"schemathesis is missing. To install it: {FETCH}")
    return found


def with_known(document: dict[str, Any], known: Known) -> dict[str, Any]:
    """Let parameters take values that exist, beside what they took; and let no request follow a log for ever."""
    for item in document["paths"].values():
        for operation in item.values():
            operation["parameters"] = [each for each in operation["parameters"] if each["name"] != "follow"]
            for each in operation["parameters"]:
                if each["name"] in known:
                    each["schema"] = {"anyOf": [{"type": "string", "enum": known[each["name"]]}, each["schema"]]}
    return document


async def asked(folder: Path, url: str, token: str, *more: str) -> tuple[int, str, Counter[tuple[str, str, int]]]:
    """Let schemathesis ask; return its exit code, what it printed, and the answers by method, path and status."""
    har = folder / "asked.har"
    command = [
        tool(), "run", str(folder / "openapi.json"), "--url", url, "--header", f"Authorization: Bearer {token}",
        "--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES),
        "--continue-on-failure", "--generation-database", "none", "--request-timeout", "60", "--warnings", "off",
        "--suppress-health-check", "all", "--report-har-path", str(har), "--no-color", *more,
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=folder
    )
    async with asyncio.timeout(HANG_SECONDS):
        said, _ = await process.communicate()
    entries = json.loads(har.read_text())["log"]["entries"] if har.exists() else []
    answers = Counter(
        (each["request"]["method"], urlsplit(each["request"]["url"]).path, each["response"]["status"])
        for each in entries
    )
    return process.returncode or 0, said.decode(), answers


@pytest.mark.long
@pytest.mark.timeout(2 * HANG_SECONDS)
async def test_no_request_of_the_document_is_answered_by_a_server_error(tmp_path: Path) -> None:
    tool()
    async with anvil() as chain, aiohttp.ClientSession() as http:
        chains = [{"chainId": chain.chain_id, "urls": [chain.url]}]
        async with ServerProcess(chains=chains, env=ENV) as server:
            token = (await sign_in(http, server.url, wallet("admin")))["token"]
            known = await furnished(server, http, token)
            async with http.get(server.url + "/api/openapi.json") as answer:
                document = with_known(await answer.json(), {**known, "chain": [str(chain.chain_id)]})
            (tmp_path / "openapi.json").write_text(json.dumps(document))
            left_out = ["--exclude-path-regex", f"{ENDS_THE_SERVER}|{ENDS_THE_SESSION}"]
            code, told, answers = await asked(tmp_path, server.url, token, *left_out)
            leaving = (await sign_in(http, server.url, wallet("leaving")))["token"]
            ending = ["--include-path-regex", ENDS_THE_SESSION]
            last_code, last_told, _ = await asked(tmp_path, server.url, leaving, *ending)
            log = server.log()
    assert (code, last_code) == (0, 0), told + last_told
    assert "Traceback" not in log
    done_once = {where for where, count in _by_operation(document, answers).items() if any(s < 300 for s in count)}
    print(sum(answers.values()), "requests; never done:", sorted(_operations(document) - done_once))
    assert len(done_once) > len(_operations(document)) / 2


def _operations(document: dict[str, Any]) -> set[str]:
    return {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}


def _by_operation(document: dict[str, Any], answers: Counter[tuple[str, str, int]]) -> Mapping[str, Counter[int]]:
    """Count the statuses of each operation."""
    patterns = {path: re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$") for path in document["paths"]}
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for (method, asked_path, status), count in answers.items():
        for path, pattern in patterns.items():
            if pattern.match(asked_path):
                found[f"{method} {path}"][status] += count
    return found
