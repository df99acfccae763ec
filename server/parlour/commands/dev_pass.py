"""The gated room of `parlour dev`, and the token that opens it: its contract sells it for ether of the dev chain."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from parlour.app import Server
from parlour.commands.dev_contracts import built_contract, deployed_once
from parlour.runtime.rooms.interface import Caller, NewRoom
from parlour.testing.anvil import AnvilChain

HOLDERS = "holders"


async def open_shop(node: AnvilChain, kept: Path) -> str | None:
    """Deploy the token; return its address, None where the pages are not built.

    Args:
        kept: where the address is kept; a token that was deployed before is found by it.
    """
    artifact = built_contract("Pass")
    return None if artifact is None else await deployed_once(node, kept, partial(node.deploy, artifact))


async def make_holders_room(server: Server, owner: Caller, chain: int, token: str) -> None:
    """Create the room that one token opens, at the first start; raises ParlourError."""
    gate = {"chain": chain, "token": token, "standard": "erc20", "min": "1", "finality": "included"}
    checked = await server.parts.chain.gating.check(gate, owner.rank)
    asked = NewRoom("chat", HOLDERS, "Holders of a pass", gate=checked.json)
    await server.parts.rooms.registry.create(owner.account, asked, limited=False)
