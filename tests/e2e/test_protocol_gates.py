"""docs/protocol.md section 12: gates of a real server over a real dev chain, with OpenZeppelin's tokens."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.anvil import AnvilChain, Deployed
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.anvil import anvil
from tests.e2e.conftest import Enter, entering
from tests.e2e.kit import done, fresh, made, post, refused
from tests.e2e.stock import PythonClient, heard, until
from tests.gate_contracts import CONTRACTS, place_multicall

SINK = "0x" + "dd" * 20

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil(slots=8) as chain:
        await place_multicall(chain)
        yield chain


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(chain: AnvilChain) -> AsyncIterator[ServerProcess]:
    chains = [{"chainId": chain.chain_id, "urls": [chain.url], "pollInterval": 0.2}]
    roles = json.dumps({wallet("vera").address: "viewer"})
    env = {"PARLOUR_GUESTS": "on", "PARLOUR_GATE_RECHECK_SECONDS": "0.5", "PARLOUR_ROLES": roles}
    async with ServerProcess(chains=chains, env=env) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def enter(server: ServerProcess) -> AsyncIterator[Enter]:
    """As in conftest.py, in the loop that talks to the chain."""
    async with entering(server) as one:
        yield one


async def deployed(chain: AnvilChain, name: str) -> Deployed:
    return await chain.deploy(CONTRACTS[name])


def leaf(chain: AnvilChain, token: Deployed, standard: str, **more: Any) -> dict[str, Any]:
    return {"chain": chain.chain_id, "token": token.address, "standard": standard, **more}


async def reach(client: PythonClient, room: str) -> dict[str, Any]:
    """Join as soon as the server has followed the chain far enough."""
    while True:
        ack = await client.ask("room:join", {"room": room})
        if ack["ok"]:
            return ack


async def turned_away(client: PythonClient, room: str) -> tuple[str, str | None]:
    """How a join is refused once the server has followed the chain to the gate's contract."""
    while (found := await refused(client, "room:join", room=room)) == ("unavailable", "gate"):
        pass
    return found


def put_out(client: PythonClient, room: str) -> bool:
    return any(event["reason"] == "gate" for event in heard(client, "room:removed", room))


async def send_as(chain: AnvilChain, account: str, contract: Deployed, function: str, *args: Any) -> None:
    """Send a transaction as any address, without its key."""
    await chain.rpc("anvil_impersonateAccount", account)
    await chain.rpc("anvil_setBalance", account, hex(10**18))
    request = {"from": account, "to": contract.address, "data": contract.encode(function, args)}
    await chain.receipt(await chain.rpc("eth_sendTransaction", request))


@pytest.mark.parametrize("standard", ["erc20", "erc721", "erc721-id", "erc1155"])
async def test_holder_of_each_standard_comes_in_and_is_put_out(enter: Enter, chain: AnvilChain, standard: str) -> None:
    ann = wallet("ann").address
    kind = standard.partition("-")[0]
    token = await deployed(chain, {"erc20": "Coin", "erc721": "Badge", "erc1155": "Items"}[kind])
    args: dict[str, tuple[Any, ...]] = {"erc20": (ann, 5), "erc721": (ann, 7), "erc1155": (ann, 3, 5)}
    more = {"erc721-id": {"id": "7"}, "erc1155": {"id": ["3", "4"]}}.get(standard, {})
    owner, holder, stranger = await enter("olga"), await enter("ann"), await enter("bob")
    room = await made(owner, gate=leaf(chain, token, kind, **more))
    assert await turned_away(stranger, room) == ("forbidden", "gate")
    await chain.transact(token, "mint", *args[kind])
    assert (await reach(holder, room))["room"]["gate"] == leaf(chain, token, kind, **more)
    if kind == "erc1155":
        await send_as(chain, ann, token, "move", ann, wallet("bob").address, [3], [5])
    elif kind == "erc721":
        await send_as(chain, ann, token, "transferFrom", ann, SINK, 7)
    else:
        await send_as(chain, ann, token, "transfer", SINK, 5)
    await until(lambda: put_out(holder, room))
    assert await refused(holder, "room:history", room=room) == ("forbidden", "gate")


async def test_reorg_that_undoes_the_transfer_restores(enter: Enter, chain: AnvilChain) -> None:
    carl = wallet("carl").address
    token = await deployed(chain, "Coin")
    await chain.transact(token, "mint", carl, 5)
    owner, holder = await enter("olga"), await enter("carl")
    room = await made(owner, gate=leaf(chain, token, "erc20"))
    await done(owner, "room:join", room=room)
    await reach(holder, room)
    await send_as(chain, carl, token, "transfer", SINK, 5)
    await until(lambda: put_out(holder, room))
    await chain.reorg(1)
    await chain.mine()
    types = lambda: [e["type"] for e in heard(owner, "entry", room)]  # noqa: E731
    await until(lambda: "member.restored" in types())
    assert types() == ["member.admitted", "member.removed", "member.restored"]
    await reach(holder, room)


async def test_stake_that_ends_without_a_log_is_noticed(enter: Enter, chain: AnvilChain) -> None:
    dora = wallet("dora").address
    staking = await deployed(chain, "Staking")
    await chain.transact(staking, "set", dora, 9)
    call = {"to": staking.address, "function": "stakedOf(address who) view returns (uint256)"}
    owner, holder = await enter("olga"), await enter("dora")
    room = await made(owner, gate={"chain": chain.chain_id, "call": call, "min": "5"})
    await reach(holder, room)
    await chain.transact(staking, "set", dora, 4)
    await until(lambda: put_out(holder, room))


@pytest.mark.parametrize("mode", [1, 2, 3, 4, 5])
async def test_hostile_token_grants_nothing_and_puts_nobody_out(enter: Enter, chain: AnvilChain, mode: int) -> None:
    token, coin = await deployed(chain, "Hostile"), await deployed(chain, "Coin")
    owner, holder, late = await enter("olga"), await enter("emma"), await enter("fred")
    hostile = await made(owner, gate=leaf(chain, token, "erc20"))
    honest = await made(owner, gate=leaf(chain, coin, "erc20"))
    await reach(holder, hostile)
    await chain.transact(token, "set", mode)
    await chain.transact(token, "touch", wallet("emma").address)
    await chain.transact(coin, "mint", wallet("emma").address, 1)
    await reach(holder, honest)
    assert await refused(late, "room:join", room=hostile) == ("unavailable", "gate")
    assert not put_out(holder, hostile)
    await done(holder, "room:post", **post(hostile, "chat.message", {"text": "still here"}))
    await send_as(chain, wallet("emma").address, coin, "transfer", SINK, 1)
    await until(lambda: put_out(holder, honest))
    assert not put_out(holder, hostile)


async def test_vault_lends_its_tokens_until_it_does_not(enter: Enter, chain: AnvilChain) -> None:
    token, registry = await deployed(chain, "Coin"), await deployed(chain, "Delegates")
    vault, gina = "0x" + "5a" * 20, wallet("gina").address
    await chain.transact(token, "mint", vault, 5)
    await send_as(chain, vault, registry, "delegateAll", gina, bytes(32), True)
    owner, holder = await enter("olga"), await enter("gina")
    room = await made(owner, gate={**leaf(chain, token, "erc20"), "delegates": registry.address})
    assert await turned_away(holder, room) == ("forbidden", "gate")
    while not (await holder.ask("room:join", {"room": room, "vault": vault}))["ok"]:
        pass
    await send_as(chain, vault, registry, "delegateAll", gina, bytes(32), False)
    await until(lambda: put_out(holder, room))


async def test_http_asks_the_same_door(enter: Enter, server: ServerProcess, chain: AnvilChain) -> None:
    token = await deployed(chain, "Coin")
    await chain.transact(token, "mint", wallet("hans").address, 1)
    owner = await enter("olga")
    room = await made(owner, gate=leaf(chain, token, "erc20"), id=fresh("http"))
    await reach(await enter("hans"), room)
    async with aiohttp.ClientSession() as http:
        tokens = {name: (await sign_in(http, server.url, wallet(name)))["token"] for name in ("hans", "ivan")}
        for path in ("", "/entries", "/state", "/transcript"):
            url = f"{server.url}/api/rooms/{room}{path}"
            for who, status in (("ivan", 403), (None, 403)):
                headers = {"Authorization": f"Bearer {tokens[who]}"} if who else {}
                async with http.get(url, headers=headers) as answer:
                    assert answer.status == status, (path, who)
                    assert (await answer.json())["error"]["reason"] == "gate"
        async with http.get(
            f"{server.url}/api/rooms/{room}", headers={"Authorization": f"Bearer {tokens['hans']}"}
        ) as answer:
            assert (await answer.json())["room"]["gate"] == leaf(chain, token, "erc20")
        async with http.get(f"{server.url}/api/rooms?query={room}") as answer:
            assert [each["gate"] for each in (await answer.json())["rooms"]] == [True]


async def test_viewer_is_told_why_an_account_passes(enter: Enter, server: ServerProcess, chain: AnvilChain) -> None:
    token, mia = await deployed(chain, "Coin"), wallet("mia").address
    await chain.transact(token, "mint", mia, 3)
    room = await made(await enter("olga"), gate=leaf(chain, token, "erc20", min="2"))
    await reach(await enter("mia"), room)
    async with aiohttp.ClientSession() as http:
        tokens = {name: (await sign_in(http, server.url, wallet(name)))["token"] for name in ("vera", "mia")}
        url = f"{server.url}/api/admin/gates/{room}?account="

        async def asked(account: str, who: str) -> tuple[int, dict[str, Any]]:
            async with http.get(url + account, headers={"Authorization": f"Bearer {tokens[who]}"}) as answer:
                return answer.status, await answer.json()

        assert (await asked(mia, "mia"))[0] == 403
        status, told = await asked(mia, "vera")
        assert (status, told["passes"], told["leaves"][0]["have"]) == (200, True, "3")
        assert told["granted"]["block"]["number"] <= told["leaves"][0]["block"]["number"]
        _, told = await asked(SINK, "vera")
        assert (told["passes"], told["granted"], told["leaves"][0]["passes"]) == (False, None, False)


async def test_server_that_was_killed_revokes_what_it_missed(enter: Enter, chain: AnvilChain) -> None:
    token = await deployed(chain, "Coin")
    jane = wallet("jane").address
    await chain.transact(token, "mint", jane, 1)
    chains = [{"chainId": chain.chain_id, "urls": [chain.url], "pollInterval": 0.2}]
    async with ServerProcess(chains=chains) as server, aiohttp.ClientSession() as http:
        room = fresh("killed")
        async with PythonClient(["websocket"]) as owner, PythonClient(["websocket"]) as holder:
            await owner.connect(server.url, (await sign_in(http, server.url, wallet("olga")))["token"])
            await made(owner, id=room, gate=leaf(chain, token, "erc20"))
            await holder.connect(server.url, (await sign_in(http, server.url, wallet("jane")))["token"])
            await reach(holder, room)
        await server.kill9()
        await send_as(chain, jane, token, "transfer", SINK, 1)
        await server.start()
        async with PythonClient(["websocket"]) as holder:
            await holder.connect(server.url, (await sign_in(http, server.url, wallet("jane")))["token"])
            while (found := await refused(holder, "room:history", room=room)) != ("forbidden", "gate"):
                assert found == ("unavailable", "gate")


async def test_wallet_room_tells_transfers_and_balances(enter: Enter, chain: AnvilChain) -> None:
    token, kim = await deployed(chain, "Coin"), wallet("kim").address
    client, other = await enter("kim"), await enter("lea")
    room = f"wallet:{kim}"
    assert (await refused(other, "room:join", room=room))[0] == "not_found"
    await done(client, "room:join", room=room)
    await done(client, "room:configure", room=room, options={"chains": [chain.chain_id], "tokens": [token.address]})
    await until(lambda: sum(e["type"] == "room.watched" for e in heard(client, "entry", room)) == 3)
    await chain.transact(token, "mint", kim, 5)

    def last(type_: str) -> list[dict[str, Any]]:
        return [e["body"] for e in heard(client, "entry", room) if e["type"] == type_]

    await until(lambda: any(t["value"] == "5" and t["direction"] == "in" for t in last("wallet.transfer")))
    await until(lambda: any(b["balance"] == "5" and b["token"] == token.address for b in last("wallet.balance")))
    await send_as(chain, kim, token, "transfer", SINK, 2)
    await until(lambda: any(b["balance"] == "3" for b in last("wallet.balance")))
    state = (await done(client, "room:join", room=room))["state"]
    assert state["balances"][str(chain.chain_id)][token.address]["balance"] == "3"
