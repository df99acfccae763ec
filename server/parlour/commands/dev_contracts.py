"""The contracts that `parlour dev` deploys to its chain, once each: a later start finds them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from parlour.settings import static_folder
from parlour.testing.anvil import AnvilChain
from parlour.testing.contracts import Deployed


def built_contract(name: str) -> dict[str, Any] | None:
    """Return the artifact `{abi, bytecode}` of a contract of the demo; None where the pages are not built."""
    file = static_folder() / "contracts" / f"{name}.json"
    if not file.is_file():
        return None
    artifact: dict[str, Any] = json.loads(file.read_text())
    return artifact


async def deployed_once(node: AnvilChain, kept: Path, deploy: Callable[[], Awaitable[Deployed]]) -> str:
    """Return the address of a contract that was deployed before, or deploy it.

    Args:
        kept: the file that keeps the address; it counts only while the chain has code there.
    """
    if kept.is_file():
        address: str = json.loads(kept.read_text())["address"]
        if await node.rpc("eth_getCode", address, "latest") not in ("0x", None):
            return address
    deployed = await deploy()
    kept.write_text(json.dumps({"address": deployed.address}))
    return deployed.address
