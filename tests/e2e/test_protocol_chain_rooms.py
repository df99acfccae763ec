"""docs/protocol.md section 5, chain rooms and watches of blocks and balances, on a real dev chain."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from parlour.testing.anvil import AnvilChain
from parlour.testing.server import ServerProcess
from tests.amm import artifact
from tests.anvil import anvil
from tests.e2e.conftest import Enter, entering
from tests.e2e.kit import done, made, post, refused
from tests.e2e.stock import PythonClient, heard, of_type, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil(slots=8) as chain:
        yield chain


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(chain: AnvilChain) -> AsyncIterator[ServerProcess]:
    chains = [{"chainId": chain.chain_id, "urls": [chain.ws_url], "blocks": "full", "pending": True}]
    async with ServerProcess(chains=chains, env={"PARLOUR_GUESTS": "on"}) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def enter(server: ServerProcess) -> AsyncIterator[Enter]:
    """As in conftest.py, in the loop that talks to the chain."""
    async with entering(server) as one:
        yield one


def told(client: PythonClient, type_: str, tx: str | None = None) -> list[Any]:
    """Return the signals of a type that a client heard, or those about one transaction."""
    signals = [signal for signal in heard(client, "signal") if signal["type"] == type_]
    return [s for s in signals if tx is None or any(each["hash"] == tx for each in s["body"]["of"])]


async def test_chain_room_is_made_when_somebody_first_joins_it(chain: AnvilChain, enter: Enter) -> None:
    guest, ann = await enter(None), await enter("ann")
    room = f"chain:{chain.chain_id}"
    joined = await done(guest, "room:join", room=room)
    assert joined["state"]["chain"] == chain.chain_id
    await chain.mine(3)
    head = await chain.head()
    await until(lambda: any(e["body"]["hash"] == head["hash"] for e in of_type(guest, room, "chain.block")))
    [entry] = [e for e in of_type(guest, room, "chain.block") if e["body"]["hash"] == head["hash"]]
    assert entry["body"]["number"] == int(head["number"], 16)
    assert entry["body"]["gasLimit"] == int(head["gasLimit"], 16)
    again = await done(ann, "room:join", room=room.upper())
    assert again["state"]["head"]["number"] >= entry["body"]["number"]
    assert again["state"]["blocks"][-1]["miner"] == "0x" + "00" * 20


async def test_only_the_server_writes_in_a_chain_room(chain: AnvilChain, enter: Enter) -> None:
    ann = await enter("ann")
    room = f"chain:{chain.chain_id}"
    await done(ann, "room:join", room=room)
    assert await refused(ann, "room:post", **post(room, "chat.message", {"text": "gm"})) == ("forbidden", "rules")
    assert await refused(ann, "room:close", room=room) == ("forbidden", "role")
    assert await refused(ann, "room:create", kind="chain", id="x", options={"chain": 1}) == ("forbidden", "reserved")


async def test_transactions_of_each_block_are_a_signal(chain: AnvilChain, enter: Enter) -> None:
    guest, room = await enter(None), f"chain:{chain.chain_id}"
    await done(guest, "room:join", room=room)
    sent = await chain.send({"to": chain.accounts[3], "value": hex(9)})
    await until(lambda: told(guest, "chain.transactions", sent))
    [signal] = told(guest, "chain.transactions", sent)
    assert signal["from"] == {"account": "", "connection": ""}
    [mine] = [tx for tx in signal["body"]["of"] if tx["hash"] == sent]
    assert (mine["to"], mine["value"], mine["selector"]) == (chain.accounts[3], "9", None)
    receipt = await chain.rpc("eth_getTransactionReceipt", sent)
    assert signal["body"]["block"]["hash"] == receipt["blockHash"]


async def test_pending_transactions_are_told_to_who_asks_for_them(chain: AnvilChain, enter: Enter) -> None:
    ann, ben = await enter("ann"), await enter("ben")
    to = chain.accounts[4]
    await done(ann, "chain:pending", chain=chain.chain_id, to=[to.lower()])
    await done(ben, "chain:pending", chain=chain.chain_id, to=[chain.accounts[5]])
    sent = 0
    while not told(ann, "chain.pending"):  # the subscription at the node takes a moment
        sent += 1
        await chain.send({"to": to, "value": hex(sent)})
    signal = told(ann, "chain.pending")[0]
    assert (signal["room"], signal["body"]["to"]) == (f"chain:{chain.chain_id}", to)
    assert told(ben, "chain.pending") == []
    await done(ann, "chain:pending", chain=chain.chain_id, on=False)
    assert await refused(ann, "chain:pending", chain=chain.chain_id) == ("forbidden", "role")
    assert await refused(ann, "chain:pending", chain=5, to=[to]) == ("not_found", "chain")
    assert await refused(ann, "chain:pending", chain=chain.chain_id, to=["0x12"]) == ("invalid", None)
    assert await refused(ann, "chain:pending", chain=chain.chain_id, to=[to] * 33) == ("invalid", None)


@pytest.mark.parametrize("number", ["5", "x", "", "031337", "-1", "99999999999999999999999"])
async def test_chain_that_is_not_followed_has_no_room(enter: Enter, number: str) -> None:
    assert await refused(await enter(None), "room:join", room=f"chain:{number}") == ("not_found", None)


async def test_reorganised_blocks_leave_the_chain_room(chain: AnvilChain, enter: Enter) -> None:
    guest = await enter(None)
    room = f"chain:{chain.chain_id}"
    await done(guest, "room:join", room=room)
    await chain.mine(2)
    gone = await chain.head()
    await until(lambda: any(e["body"]["hash"] == gone["hash"] for e in of_type(guest, room, "chain.block")))
    await chain.reorg(2)
    head = await chain.head()
    await until(lambda: any(e["body"]["hash"] == head["hash"] for e in of_type(guest, room, "chain.block")))
    assert of_type(guest, room, "chain.reverted")
    state = (await done(await enter(None), "room:join", room=room))["state"]
    hashes = [block["hash"] for block in state["blocks"]]
    assert head["hash"] in hashes
    assert gone["hash"] not in hashes


async def test_room_watches_blocks_and_balances_beside_events(chain: AnvilChain, enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    token = await chain.deploy(artifact("Token"), "USD", 6)
    who = "0x00000000000000000000000000000000000000AA"
    for watch in (
        {"blocks": True},
        {"balance": {"account": who}},
        {"balance": {"account": who, "token": token.address}},
    ):
        await done(ann, "room:watch", room=room, watch={"chain": chain.chain_id, **watch})
    await chain.transact(token, "mint", who, 5)
    await chain.send({"to": who, "value": hex(7)})
    await until(lambda: len([e for e in of_type(ann, room, "chain.balance") if e["body"]["balance"] != "0"]) == 2)
    told = {e["body"]["token"]: e["body"]["balance"] for e in of_type(ann, room, "chain.balance")}
    assert told == {"native": "7", token.address: "5"}
    await until(lambda: len(of_type(ann, room, "chain.block")) >= 2)


async def test_token_that_says_no_balance_is_told_as_odd(chain: AnvilChain, enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    odd = await chain.deploy(artifact("OddToken"), 3)
    watch = {"chain": chain.chain_id, "balance": {"account": chain.accounts[1], "token": odd.address}}
    await done(ann, "room:watch", room=room, watch=watch)
    await chain.mine()
    await until(lambda: of_type(ann, room, "chain.balance"))
    body = of_type(ann, room, "chain.balance")[0]["body"]
    assert (body["balance"], body["odd"]) == (None, "the token does not say")
    missing = {"chain": chain.chain_id, "balance": {"account": chain.accounts[1], "token": "0x" + "12" * 20}}
    assert await refused(ann, "room:watch", room=room, watch=missing) == ("invalid", "no_contract")
