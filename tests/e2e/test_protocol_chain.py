"""docs/protocol.md section 5, rooms that watch a chain: events, confirmations, reorganisations, on a real dev chain."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.anvil import AnvilChain, Deployed
from parlour.testing.server import ServerProcess
from tests.anvil import anvil
from tests.e2e import two_nodes
from tests.e2e.conftest import Enter, entering
from tests.e2e.kit import done, made, post, refused
from tests.e2e.stock import PythonClient, heard, of_type, until

STAKE = Path(__file__).parents[2] / "clients" / "apps" / "demo" / "contracts" / "Stake.json"
STAKED = "Staked(address indexed player, uint256 amount)"
WEI = 10**15

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil(slots=8) as chain:
        yield chain


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(chain: AnvilChain) -> AsyncIterator[ServerProcess]:
    chains = [{"chainId": chain.chain_id, "urls": [chain.url]}]
    async with ServerProcess(chains=chains, env={"PARLOUR_GUESTS": "on"}) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def enter(server: ServerProcess) -> AsyncIterator[Enter]:
    """As in conftest.py, in the loop that talks to the chain."""
    async with entering(server) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def stake(chain: AnvilChain) -> Deployed:
    return await chain.deploy(json.loads(STAKE.read_text()))


async def watched(client: PythonClient, chain: AnvilChain, stake: Deployed, **more: Any) -> tuple[str, dict[str, Any]]:
    """A joined room that watches the contract, and the watch."""
    room = await made(client)
    await done(client, "room:join", room=room)
    asked = {"chain": chain.chain_id, "address": stake.address.lower(), "event": STAKED, **more}
    ack = await done(client, "room:watch", room=room, watch=asked)
    return room, ack["watch"]


async def test_watch_of_a_signature_without_indexed_is_warned_of(
    chain: AnvilChain, stake: Deployed, enter: Enter
) -> None:
    ann = await enter("ann")
    room = await made(ann)
    asked = {"chain": chain.chain_id, "address": stake.address}
    bare = "Transfer(address,address,uint256)"
    for event, warning in ((STAKED, None), (bare, "indexed"), (["Paused()", bare], "indexed")):
        ack = await done(ann, "room:watch", room=room, watch={**asked, "event": event})
        assert ack.get("warning") == warning, event


async def test_watch_is_an_entry_and_starts_at_a_block(chain: AnvilChain, stake: Deployed, enter: Enter) -> None:
    ann = await enter("ann")
    room, watch = await watched(ann, chain, stake)
    assert watch.keys() >= {"id", "chain", "address", "event", "finality", "confirm", "from"}
    assert (watch["chain"], watch["address"]) == (chain.chain_id, stake.address)
    assert (watch["finality"], watch["confirm"]) == ("included", ["finalized"])
    assert watch["from"].keys() == {"number", "hash"}
    assert type(watch["from"]["number"]) is int
    await until(lambda: of_type(ann, room, "room.watched"))
    [entry] = of_type(ann, room, "room.watched")
    assert (entry["author"], entry["body"]["watch"]) == ("", watch)
    await done(ann, "room:unwatch", room=room, watch=watch["id"])
    await until(lambda: of_type(ann, room, "room.unwatched"))
    assert (await refused(ann, "room:unwatch", room=room, watch=watch["id"]))[0] == "not_found"


async def test_same_watch_request_again_is_the_same_watch(chain: AnvilChain, stake: Deployed, enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    asked = {"room": room, "id": "w-1", "watch": {"chain": chain.chain_id, "address": stake.address, "event": STAKED}}
    first = await done(ann, "room:watch", **asked)
    again = await done(ann, "room:watch", **asked)
    assert (again["watch"], again["duplicate"]) == (first["watch"], True)
    assert "duplicate" not in first
    entries = (await done(ann, "room:history", room=room))["entries"]
    assert [entry["type"] for entry in entries] == ["room.created", "room.watched"]
    gone = {"room": room, "watch": first["watch"]["id"], "id": "u-1"}
    assert "duplicate" not in await done(ann, "room:unwatch", **gone)
    assert (await done(ann, "room:unwatch", **gone))["duplicate"] is True


async def test_event_is_an_entry_of_the_named_shape_once(chain: AnvilChain, stake: Deployed, enter: Enter) -> None:
    ann, guest = await enter("ann"), await enter(None)
    room, watch = await watched(ann, chain, stake)
    await done(guest, "room:join", room=room)
    receipt = await chain.transact(stake, "stake", sender=1, value=2 * WEI)
    await until(lambda: of_type(guest, room, "chain.event"))
    [entry] = of_type(guest, room, "chain.event")
    assert entry["author"] == ""
    assert entry["id"] == f"server:{entry['seq']}"
    body = entry["body"]
    block = body.pop("block")
    assert block.keys() == {"number", "hash", "time"}
    assert (block["number"], block["hash"]) == (int(receipt["blockNumber"], 16), receipt["blockHash"])
    mined = await chain.rpc("eth_getBlockByHash", receipt["blockHash"], False)
    assert block["time"] == int(mined["timestamp"], 16), "the block's own timestamp, in seconds"
    assert body == {
        "watch": watch["id"],
        "chain": chain.chain_id,
        "address": stake.address,
        "event": "Staked",
        "signature": "Staked(address,uint256)",
        "args": {"player": chain.accounts[1], "amount": str(2 * WEI)},
        "tx": receipt["transactionHash"],
        "logIndex": 0,
        "status": "included",
    }


async def test_events_are_those_strictly_after_the_watchs_from(
    chain: AnvilChain, stake: Deployed, enter: Enter
) -> None:
    ann = await enter("ann")
    blocks = [int((await chain.transact(stake, "stake", sender=1, value=WEI))["blockNumber"], 16) for _ in range(3)]
    room, watch = await watched(ann, chain, stake)
    blocks.append(int((await chain.transact(stake, "stake", sender=1, value=WEI))["blockNumber"], 16))
    expected = [number for number in blocks if number > watch["from"]["number"]]
    await until(lambda: len(of_type(ann, room, "chain.event")) == len(expected))
    assert [entry["body"]["block"]["number"] for entry in of_type(ann, room, "chain.event")] == expected
    room, watch = await watched(ann, chain, stake, fromBlock=blocks[1])
    assert watch["from"]["number"] == blocks[1] - 1
    await until(lambda: len(of_type(ann, room, "chain.event")) == 3)
    assert [entry["body"]["block"]["number"] for entry in of_type(ann, room, "chain.event")] == blocks[1:]


async def test_where_narrows_a_watch(chain: AnvilChain, stake: Deployed, enter: Enter) -> None:
    ann = await enter("ann")
    room, _ = await watched(ann, chain, stake, where={"player": chain.accounts[3].lower()})
    for sender in (1, 3, 2):
        await chain.transact(stake, "stake", sender=sender, value=WEI)
    await until(lambda: of_type(ann, room, "chain.event"))
    await chain.transact(stake, "stake", sender=3, value=WEI)
    await until(lambda: len(of_type(ann, room, "chain.event")) == 2)
    assert {entry["body"]["args"]["player"] for entry in of_type(ann, room, "chain.event")} == {chain.accounts[3]}


async def test_finality_is_announced(chain: AnvilChain, stake: Deployed, enter: Enter) -> None:
    ann = await enter("ann")
    room, _ = await watched(ann, chain, stake, confirm=[2, "finalized"])
    receipt = await chain.transact(stake, "stake", sender=1, value=WEI)
    await until(lambda: of_type(ann, room, "chain.event"))
    number = int(receipt["blockNumber"], 16)
    await chain.mine(1)
    await until(lambda: any(e["body"].get("confirmations") == 2 for e in of_type(ann, room, "chain.confirmed")))
    await chain.mine(20)
    await until(lambda: any(e["body"]["status"] == "finalized" for e in of_type(ann, room, "chain.confirmed")))
    for entry in of_type(ann, room, "chain.confirmed"):
        body = entry["body"]
        assert entry["author"] == ""
        assert body.keys() <= {"chain", "upTo", "status", "confirmations"}
        assert (body["chain"], body["upTo"].keys()) == (chain.chain_id, {"number", "hash"})
        assert body["status"] in ("included", "safe", "finalized")
    final = [e["body"] for e in of_type(ann, room, "chain.confirmed") if e["body"]["status"] == "finalized"]
    assert final[-1]["upTo"]["number"] >= number


async def test_finalized_watch_waits(chain: AnvilChain, stake: Deployed, enter: Enter) -> None:
    ann = await enter("ann")
    room, _ = await watched(ann, chain, stake, finality="finalized")
    await chain.transact(stake, "stake", sender=1, value=WEI)
    assert of_type(ann, room, "chain.event") == []
    await chain.mine(20)
    await until(lambda: of_type(ann, room, "chain.event"))
    assert of_type(ann, room, "chain.event")[0]["body"]["status"] == "finalized"


async def test_reorganisation_is_a_later_entry_that_names_earlier_ones(
    chain: AnvilChain, stake: Deployed, enter: Enter
) -> None:
    ann = await enter("ann")
    room, _ = await watched(ann, chain, stake)
    await chain.mine(3)
    await chain.transact(stake, "stake", sender=1, value=WEI)
    await until(lambda: of_type(ann, room, "chain.event"))
    [event] = of_type(ann, room, "chain.event")
    before = await done(ann, "room:join", room=room)
    await chain.reorg(2)
    await chain.mine(1)
    await until(lambda: of_type(ann, room, "chain.reverted", "chain.moved"))
    [told] = of_type(ann, room, "chain.reverted", "chain.moved")
    assert told["author"] == ""
    assert told["body"]["of"] == [event["seq"]]
    assert told["body"]["block"].keys() >= {"number", "hash"}
    if told["type"] == "chain.reverted":
        assert told["body"]["void"] == []
    since = {"epoch": before["epoch"], "seq": before["head"], "hash": before["hash"]}
    again = await done(ann, "room:join", room=room, since=since)
    assert again["recovered"] is True, "a reorganisation of the chain is none of the room's log"
    [kept] = [e for e in (await done(ann, "room:history", room=room))["entries"] if e["seq"] == event["seq"]]
    assert kept == event, "an entry is never changed"


async def test_game_whose_stake_is_reverted_names_the_moves_it_voids(
    chain: AnvilChain, stake: Deployed, enter: Enter
) -> None:
    ann = await enter("0")
    bob = await enter("1")
    await until(lambda: heard(ann, "welcome") and heard(bob, "welcome"))
    for client in (ann, bob):
        await chain.rpc("anvil_setBalance", heard(client, "welcome")[0]["account"], hex(10**20))
    options = {"stake": {"chain": chain.chain_id, "address": stake.address, "amount": str(WEI)}}
    room = await made(ann, "tic-tac-toe", options=options)
    for client in (ann, bob):
        await done(client, "room:join", room=room)
    await chain.mine(3)
    for client in (ann, bob):
        await _stake_as(chain, stake, heard(client, "welcome")[0]["account"])
    await until(lambda: len(of_type(ann, room, "chain.event")) == 2)
    moves = [await _moved(client, room, cell) for client, cell in ((ann, 0), (bob, 4))]
    view = (await done(ann, "room:join", room=room))["state"]
    assert [cell for cell in view["cells"] if cell is not None] == [0, 1]
    await chain.rollback(2)
    await chain.mine(3)
    await until(lambda: of_type(ann, room, "chain.reverted"))
    await until(lambda: sum(len(e["body"]["of"]) for e in of_type(ann, room, "chain.reverted")) == 2)
    void = [one for entry in of_type(ann, room, "chain.reverted") for one in entry["body"]["void"]]
    assert {one["seq"] for one in void} >= set(moves)
    assert all(one.keys() == {"seq", "reason"} and one["reason"] for one in void)
    for client in (ann, bob):
        await until(lambda client=client: heard(client, "state", room))
        assert set((await done(client, "room:join", room=room))["state"]["cells"]) == {None}


async def _stake_as(chain: AnvilChain, stake: Deployed, account: str) -> None:
    await chain.rpc("anvil_impersonateAccount", account)
    request = {"from": account, "to": stake.address, "data": stake.encode("stake", ()), "value": hex(WEI)}
    await chain.receipt(await chain.rpc("eth_sendTransaction", {"gas": hex(200_000), **request}))


async def _moved(client: PythonClient, room: str, cell: int) -> int:
    ack = await done(client, "room:post", **post(room, "game.action", {"action": "place", "args": {"cell": cell}}))
    return int(ack["seq"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"chain": 424242}, {"not_found", "invalid"}),
        ({"chain": "31337"}, {"invalid"}),
        ({"chain": None}, {"invalid"}),
        ({"address": "0x12"}, {"invalid"}),
        ({"address": 7}, {"invalid"}),
        ({"address": None}, {"forbidden", "invalid"}),
        ({"address": "0x" + "00" * 19 + "99"}, {"invalid", "not_found"}),
        ({"event": "Staked("}, {"invalid"}),
        ({"event": ""}, {"invalid"}),
        ({"event": 7}, {"invalid"}),
        ({"event": "Staked(addres player)"}, {"invalid"}),
        ({"where": {"amount": "1"}}, {"invalid"}),
        ({"where": {"nobody": "1"}}, {"invalid"}),
        ({"where": []}, {"invalid"}),
        ({"finality": "soon"}, {"invalid"}),
        ({"confirm": ["never"]}, {"invalid"}),
        ({"confirm": "finalized"}, {"invalid"}),
        ({"fromBlock": -1}, {"invalid"}),
        ({"fromBlock": 10**30}, {"invalid"}),
        ({"fromBlock": "latest"}, {"invalid"}),
        ({"frum": 1}, {"invalid"}),
    ],
)
async def test_wrong_watch_is_refused(
    chain: AnvilChain, stake: Deployed, enter: Enter, change: dict[str, Any], code: set[str]
) -> None:
    ann = await enter("ann")
    room = await made(ann)
    asked = {"chain": chain.chain_id, "address": stake.address, "event": STAKED, **change}
    asked = {name: value for name, value in asked.items() if value is not None}
    assert (await refused(ann, "room:watch", room=room, watch=asked))[0] in code
    assert (await done(ann, "room:history", room=room))["entries"][-1]["seq"] == 1


async def test_room_holds_sixteen_watches_and_only_its_owner_adds_one(
    chain: AnvilChain, stake: Deployed, enter: Enter
) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room = await made(ann)
    asked = {"chain": chain.chain_id, "address": stake.address, "event": STAKED}
    assert await refused(bea, "room:watch", room=room, watch=asked) == ("forbidden", "role")
    for number in range(16):
        await done(ann, "room:watch", room=room, watch=asked, id=f"w{number}")
    assert (await done(ann, "room:watch", room=room, watch=asked, id="w3"))["duplicate"] is True
    assert (await refused(ann, "room:watch", room=room, watch=asked))[0] in ("invalid", "rate_limited", "illegal")


async def test_watch_on_raw_topics_tells_topics_and_data(chain: AnvilChain, stake: Deployed, enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann)
    await done(ann, "room:join", room=room)
    player = "0x" + chain.accounts[1][2:].lower().rjust(64, "0")
    asked = {"chain": chain.chain_id, "address": stake.address, "topics": [None, [player], None, None]}
    watch = (await done(ann, "room:watch", room=room, watch=asked))["watch"]
    assert watch["topics"] == [None, [player]]
    await chain.transact(stake, "stake", sender=2, value=WEI)
    await chain.transact(stake, "stake", sender=1, value=WEI)
    await until(lambda: of_type(ann, room, "chain.event"))
    [entry] = of_type(ann, room, "chain.event")
    assert entry["body"]["topics"][1] == player
    assert int(entry["body"]["data"], 16) == WEI
    assert entry["body"].keys().isdisjoint({"event", "args", "signature"})


async def test_gap_is_filled_by_its_owner_only_and_only_a_gap(chain: AnvilChain, stake: Deployed, enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, _ = await watched(ann, chain, stake)
    assert await refused(ann, "room:watch", room=room, fill=1) == ("not_found", "gap")
    assert await refused(ann, "room:watch", room=room, fill=99) == ("not_found", "gap")
    assert (await refused(bea, "room:watch", room=room, fill=1))[0] == "forbidden"
    assert (await refused(ann, "room:watch", room=room))[0] == "invalid"
    assert (await refused(ann, "room:watch", room=room, fill=1, watch={}))[0] == "invalid"


async def test_closed_room_hears_no_more_of_the_chain(chain: AnvilChain, stake: Deployed, enter: Enter) -> None:
    ann = await enter("ann")
    room, _ = await watched(ann, chain, stake)
    other, _ = await watched(ann, chain, stake)
    await chain.transact(stake, "stake", value=WEI)
    await until(lambda: of_type(ann, room, "chain.event"))
    await done(ann, "room:close", room=room)
    await chain.transact(stake, "stake", value=WEI)
    await until(lambda: len(of_type(ann, other, "chain.event")) == 2)
    entries = (await done(ann, "room:history", room=room))["entries"]
    assert [entry["type"] for entry in entries][-2:] == ["chain.event", "room.closed"]


async def test_room_that_cannot_watch_its_contract_is_not_made(
    chain: AnvilChain, stake: Deployed, enter: Enter
) -> None:
    ann = await enter("ann")
    good = {"chain": chain.chain_id, "address": stake.address, "amount": "1"}
    for bad in ({**good, "chain": 424242}, {**good, "address": "0x" + "00" * 19 + "99"}):
        asked = {"kind": "tic-tac-toe", "id": "a-staked-table", "options": {"stake": bad}}
        assert (await refused(ann, "room:create", **asked))[0] in ("not_found", "invalid")
        assert (await refused(ann, "room:join", room="a-staked-table"))[0] == "not_found"
    await made(ann, "tic-tac-toe", id="a-staked-table", options={"stake": good})


async def test_metrics_tell_how_a_chain_and_its_endpoints_do(chain: AnvilChain, server: ServerProcess) -> None:
    """Each process tells of itself, as Prometheus has it: of a chain, the one that follows it."""
    follower = server.folder / two_nodes.OWNER
    url = follower.read_text() if follower.exists() else server.url
    async with aiohttp.ClientSession() as http, http.get(url + "/metrics") as answer:
        lines = (await answer.text()).splitlines()
    assert f'parlour_chain_endpoint_up{{chain="{chain.chain_id}",endpoint="{chain.url}"}} 1.0' in lines
    for name in ("head_block", "processed_block", "finalized_block", "lag_blocks", "lag_seconds", "reorgs"):
        assert any(line.startswith(f'parlour_chain_{name}{{chain="{chain.chain_id}"}} ') for line in lines), name
