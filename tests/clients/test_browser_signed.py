"""The browser SDK as it is shipped plays a signed match in Node; the transcript proves every move."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from eth_account.messages import encode_defunct

from parlour.settings import static_folder
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import wallet
from tests.e2e.stock import node_modules
from tests.e2e.test_protocol_signed import judged, transcript

PLAYERS = {wallet(name).address: wallet(name) for name in ("ann", "ben")}


async def told(node: asyncio.subprocess.Process) -> dict[str, Any]:
    assert node.stdout is not None
    line = await asyncio.wait_for(node.stdout.readline(), 60)
    assert line, "the match ended early"
    said: dict[str, Any] = json.loads(line)
    return said


def say(node: asyncio.subprocess.Process, value: Any) -> None:
    assert node.stdin is not None
    node.stdin.write(json.dumps(value).encode() + b"\n")


async def test_shipped_browser_sdk_plays_a_signed_match() -> None:
    script, sdk = Path(__file__).with_name("signed_match.mjs"), static_folder() / "client"
    async with ServerProcess(env={"PARLOUR_GUESTS": "on"}) as server:
        node = await asyncio.create_subprocess_exec(
            "node", str(script), server.url, "duel", str(sdk), str(node_modules()),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            say(node, [{"address": address} for address in PLAYERS])
            while "sign" in (said := await told(node)):
                message = bytes.fromhex(said["sign"][2:])
                assert b"?room=duel" in message
                signature = PLAYERS[said["address"]].sign_message(encode_defunct(message)).signature
                say(node, "0x" + bytes(signature).hex())
        finally:
            if node.returncode is None:
                node.terminate()
            await node.wait()
        assert said["won"]["winner"] == 0
        lines = await transcript(server, "duel")
    assert {line["delegation"]["sessionKey"] for line in lines if "delegation" in line} == set(said["keys"])
    found = judged(lines, staked=True)
    assert (found.checked, found.faults) == (5, [])
