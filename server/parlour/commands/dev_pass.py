"""The gated room of `parlour dev`, and the token that opens it: its contract sells it for ether of the dev chain."""

from __future__ import annotations

import json
from pathlib import Path

from parlour.app import Server
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.settings import static_folder
from parlour.testing.anvil import AnvilChain

HOLDERS = "holders"


async def open_shop(node: AnvilChain, kept: Path) -> str | None:
    """Deploy the token; return its address, None where the pages are not built.

    Args:
        kept: where the address is kept; a token that was deployed before is found by it.
    """
    artifact = static_folder() / "contracts" / "Pass.json"
    if not artifact.is_file():
        return None
    if kept.is_file():
        address: str = json.loads(kept.read_text())["address"]
        if await node.rpc("eth_getCode", address, "latest") not in ("0x", None):
            return address
    token = await node.deploy(json.loads(artifact.read_text()))
    kept.write_text(json.dumps({"address": token.address}))
    return token.address


async def make_holders_room(server: Server, owner: Caller, chain: int, token: str) -> None:
    """Create the room that one token opens, at the first start; raises ParlourError."""
    gate = {"chain": chain, "token": token, "standard": "erc20", "min": "1", "finality": "included"}
    checked = await server.parts.chain.gating.check(gate, owner.rank)
    asked = NewRoom("chat", HOLDERS, "Holders of a pass", gate=checked.json)
    await server.parts.rooms.registry.create(owner.account, asked, limited=False)
