"""Serves the dev wallets and the dev chain to the demo page, under `parlour dev` only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from parlour.adapters.http.answers import json_answer, json_body
from parlour.adapters.http.routes import Route
from parlour.errors import Forbidden, NotFound, Unavailable
from parlour.protocol.http_admin import DevReply, RpcReply, RpcRequest

FORWARDED = frozenset(
    {
        "eth_blockNumber",
        "eth_call",
        "eth_chainId",
        "eth_estimateGas",
        "eth_feeHistory",
        "eth_gasPrice",
        "eth_getBalance",
        "eth_getBlockByNumber",
        "eth_getCode",
        "eth_getTransactionByHash",
        "eth_getTransactionCount",
        "eth_getTransactionReceipt",
        "eth_maxPriorityFeePerGas",
        "eth_sendRawTransaction",
        "net_version",
    }
)
"""Methods that a wallet needs; a node's own (`anvil_…`) would let a page rewrite the dev chain."""

DEV_ADDRESSES = (
    "0x0897d78966A852CB95988E426EefaA8835faD073",
    "0x0266E56cA40b970602Bc7dBB52105eF083B60A22",
    "0x44fa3fee91F4Ec0EeA9aC73d8C06D8b0eb265D0c",
)
"""The dev wallets of `parlour.commands.dev`: their keys are public, so `serve` refuses them (protocol §7)."""


@dataclass(frozen=True, slots=True)
class DevWallet:
    """A wallet whose key is public: for demos only, refused under `serve`."""

    name: str
    address: str
    key: str


@dataclass(slots=True)
class DevFacts:
    """What the demo page needs; `stake` is `{address, abi}` of its contract."""

    wallets: Sequence[DevWallet]
    rooms: Sequence[str] = ()
    chain_id: int | None = None
    rpc_url: str | None = None
    stake: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the answer of `GET /api/dev`."""
        chain = None if self.chain_id is None else {"chainId": self.chain_id, "rpc": "/api/dev/rpc"}
        wallets = [{"name": w.name, "address": w.address, "key": w.key} for w in self.wallets]
        return {"dev": True, "wallets": wallets, "chain": chain, "stake": self.stake, "rooms": list(self.rooms)}


def dev_routes(facts: DevFacts | None) -> list[Route]:
    """List `GET /api/dev` and `POST /api/dev/rpc`; without facts there are none."""
    if facts is None:
        return []

    async def dev_facts(request: web.Request) -> web.Response:
        """Say what there is to play with."""
        return json_answer(facts.to_json())

    async def dev_rpc(request: web.Request) -> web.Response:
        """Forward what a wallet needs to the dev chain."""
        if facts.rpc_url is None:
            raise NotFound("There is no dev chain here.")
        call = await json_body(request)
        if call.get("method") not in FORWARDED:
            raise Forbidden(f"{str(call.get('method'))[:60]!r} is not forwarded to the dev chain.")
        timeout = aiohttp.ClientTimeout(total=10)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(facts.rpc_url, json=call, allow_redirects=False) as answer,
            ):
                return json_answer(await answer.json(content_type=None))
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise Unavailable("The dev chain does not answer.", retry_after=1000) from None

    return [
        Route("GET", "/api/dev", dev_facts, DevReply),
        Route("POST", "/api/dev/rpc", dev_rpc, RpcReply, body=RpcRequest),
    ]
