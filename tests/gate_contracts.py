"""The contracts of gates' tests, and the one that reads many balances at once where its address is expected."""

from __future__ import annotations

import json
from pathlib import Path

from parlour.testing.anvil import AnvilChain
from parlour.testing.simtoken import MULTICALL

CONTRACTS = json.loads((Path(__file__).parent / "contracts" / "Gates.json").read_text())["contracts"]


async def place_multicall(chain: AnvilChain) -> None:
    """Give a chain the batching contract at its well-known address, as public chains have it."""
    batch = await chain.deploy(CONTRACTS["Batch"])
    await chain.rpc("anvil_setCode", MULTICALL, await chain.rpc("eth_getCode", batch.address, "latest"))
