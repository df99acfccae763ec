"""docs/protocol.md section 13: tracked transactions of a real server over a real dev chain."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from tests.anvil import anvil
from tests.e2e.conftest import Enter, entering
from tests.e2e.kit import done, made, post, posted, refused
from tests.e2e.stock import PythonClient, of_type, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
SINK = "0x" + "dd" * 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil(slots=1) as chain:
        await chain.rpc("evm_setAutomine", False)
        yield chain


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(chain: AnvilChain) -> AsyncIterator[ServerProcess]:
    chains = [{"chainId": chain.chain_id, "urls": [chain.url], "pollInterval": 0.1, "finality": "tag", "trackDrop": 1}]
    env = {"PARLOUR_TRACK_POLL_SECONDS": "0.2", "PARLOUR_TRACKS_PER_MINUTE": "100"}
    async with ServerProcess(chains=chains, env=env) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def enter(server: ServerProcess) -> AsyncIterator[Enter]:
    """As in conftest.py, in the loop that talks to the chain."""
    async with entering(server) as one:
        yield one


async def desk(enter: Enter) -> tuple[PythonClient, str]:
    client = await enter("tina")
    room = await made(client)
    await done(client, "room:join", room=room)
    return client, room


def told(client: PythonClient, room: str) -> list[dict[str, Any]]:
    return [entry["body"] for entry in of_type(client, room, "wallet.transaction")]


async def comes(client: PythonClient, room: str, status: str) -> dict[str, Any]:
    await until(lambda: any(body["status"] == status for body in told(client, room)))
    return next(body for body in reversed(told(client, room)) if body["status"] == status)


async def sent(chain: AnvilChain, sender: int, **more: Any) -> str:
    return await chain.send({"to": SINK, "value": hex(1), "gasPrice": hex(2 * 10**9), **more}, sender=sender)


async def test_transaction_goes_from_the_pool_to_finality(enter: Enter, chain: AnvilChain) -> None:
    client, room = await desk(enter)
    tx = await sent(chain, 1)
    ack = await posted(client, room, "wallet.track", {"chain": chain.chain_id, "hash": tx})
    await comes(client, room, "pending")
    await chain.mine()
    included = await comes(client, room, "included")
    assert (included["of"], included["gasUsed"], included["block"]["hash"]) == (
        ack["seq"], "21000", (await chain.head())["hash"],
    )  # fmt: skip
    await chain.mine(4)
    await comes(client, room, "finalized")
    statuses = [body["status"] for body in told(client, room)]
    assert [s for s in statuses if s != "safe"] == ["submitted", "pending", "included", "finalized"]


@pytest.mark.parametrize("kind", ["repriced", "cancelled", "replaced"])
async def test_replacement_is_told_with_its_kind(enter: Enter, chain: AnvilChain, kind: str) -> None:
    client, room = await desk(enter)
    me = {"repriced": 2, "cancelled": 3, "replaced": 4}[kind]
    nonce = await chain.rpc("eth_getTransactionCount", chain.accounts[me], "latest")
    tx = await sent(chain, me, nonce=nonce)
    await posted(client, room, "wallet.track", {"chain": chain.chain_id, "hash": tx})
    await comes(client, room, "pending")
    more: dict[str, Any] = {
        "repriced": {}, "cancelled": {"to": chain.accounts[me], "value": "0x0"}, "replaced": {"value": hex(2)},
    }[kind]  # fmt: skip
    other = await sent(chain, me, nonce=nonce, **{"gasPrice": hex(9 * 10**9), **more})
    await chain.mine()
    body = await comes(client, room, "replaced")
    assert (body["replacedBy"], body["replacement"]) == (other, kind)


async def test_reorg_orphans_a_transaction(enter: Enter, chain: AnvilChain) -> None:
    client, room = await desk(enter)
    tx = await sent(chain, 5)
    await posted(client, room, "wallet.track", {"chain": chain.chain_id, "hash": tx})
    await chain.mine()
    await comes(client, room, "included")
    await chain.reorg(1)
    await comes(client, room, "orphaned")
    await chain.mine()
    await comes(client, room, "dropped")


async def test_failed_and_dropped_ones_are_told(enter: Enter, chain: AnvilChain) -> None:
    client, room = await desk(enter)
    failing = await chain.send({"data": "0xfe", "gas": hex(100_000)}, sender=6)  # INVALID: creation fails
    await posted(client, room, "wallet.track", {"chain": chain.chain_id, "hash": failing})
    await comes(client, room, "pending")
    await chain.mine()
    await comes(client, room, "failed")
    lost = await sent(chain, 7)
    await posted(client, room, "wallet.track", {"chain": chain.chain_id, "hash": lost})
    await chain.rpc("anvil_dropTransaction", lost)
    await comes(client, room, "dropped")


async def test_track_of_an_unknown_chain_is_refused(enter: Enter) -> None:
    client, room = await desk(enter)
    body = {"chain": 999_999, "hash": "0x" + "ab" * 32}
    assert await refused(client, "room:post", **post(room, "wallet.track", body)) == ("not_found", "chain")
    assert (await refused(client, "room:post", **post(room, "wallet.track", {"chain": 1})))[0] == "invalid"
