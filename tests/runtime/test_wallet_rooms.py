"""Wallet rooms over a simulated chain: who may join, what is told, what a reorganisation takes back."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from parlour.core import room as commands
from parlour.core.chain.abi import parse_event
from parlour.core.identity.accounts import checksum
from parlour.core.orders.venues import EVENTS
from parlour.core.wallets.room import WalletRoom
from parlour.core.wallets.route import FillRoute, WalletRoute
from parlour.errors import Forbidden, Invalid, NoSuchRoom, NotFound
from parlour.runtime.blocks.attach import listen_to_blocks
from parlour.runtime.rooms.interface import Bounds, Caller
from parlour.runtime.server_rooms.wallet_rooms import WalletRooms
from parlour.testing.fakes import FakeConnection
from parlour.testing.simchain import SimLog
from parlour.testing.simtoken import SimToken
from tests.runtime.gates.kit import GatedWorld, world
from tests.runtime.kit import ALICE, BOB

ROOM = f"wallet:{ALICE}"


SYMBOL, DECIMALS = (keccak(text=name)[:4] for name in ("symbol()", "decimals()"))
TRADE = parse_event(EVENTS["cow"].text).topic0


def word(value: int) -> bytes:
    return value.to_bytes(32)


def text(value: str) -> bytes:
    """A string as a contract returns it."""
    raw = value.encode()
    return word(32) + word(len(raw)) + raw.ljust(-(-len(raw) // 32) * 32, b"\0")


def settled(w: WalletWorld, owner: str, sold: int, bought: int) -> Any:
    """A transaction in which CoW Protocol settles a part of the order 0xabcd."""
    kinds = ["address", "address", "uint256", "uint256", "uint256", "bytes"]
    data = encode(kinds, ["0x" + "11" * 20, "0x" + "22" * 20, sold, bought, 0, b"\xab\xcd"])
    topics = (TRADE, "0x" + owner[2:].lower().rjust(64, "0"))
    return w.sim.tx(SimLog(w.token.address, topics, "0x" + data.hex()))


class WalletWorld:
    """Alice's room on a chain with a token."""

    def __init__(self, made: GatedWorld, *, any_token: bool = False) -> None:
        self.made, self.sim, self.token = made, made.sim, made.token
        self.rooms = WalletRooms(made.process.registry, made.chains, any_token=any_token)

    async def join(self, account: str = ALICE, room: str = ROOM) -> FakeConnection:
        return await self.made.join(account, room)

    async def configure(self, **options: Any) -> None:
        await self.made.ask(commands.Configure(author=ALICE, options=options), ROOM)
        await self.catch_up()

    async def catch_up(self) -> None:
        await self.made.catch_up()
        await self.made.chains.chain(1337).outbox.drain()
        await self.made.catch_up()

    async def mine(self, *txs: Any) -> None:
        self.sim.mine(txs)
        await self.catch_up()

    async def told(self, *types: str) -> list[Any]:
        return await self.made.entries(*types, room=ROOM)

    def view(self) -> Any:
        host = self.made.process.registry.find(ROOM)
        assert host is not None
        return host.live.room.view(ALICE)


async def wallet(**more: Any) -> WalletWorld:
    made = await world(kinds={"wallet": WalletRoom})
    made.context.routes.register("wallet", WalletRoute)
    made.context.routes.register(FillRoute.kind, FillRoute)
    listen_to_blocks(made.chains, made.context, lambda chain, type_, body: None)
    w = WalletWorld(made, **more)
    await w.join()
    return w


async def following(**options: Any) -> WalletWorld:
    w = await wallet()
    await w.configure(**{"chains": [1337], "tokens": [w.token.address], **options})
    return w


async def test_room_is_made_for_its_account_and_nobody_else() -> None:
    w = await wallet()
    assert w.made.answer["role"] == "owner"
    assert w.made.answer["room"]["visibility"] == "private"
    for who, rank in ((BOB, 0), ("", 0), (BOB, 4)):
        refusal = await w.made.refusal(w.made.join(who, ROOM, rank=rank))
        assert isinstance(refusal, NoSuchRoom)
    read = w.made.rooms.history(ROOM, Caller(BOB, 4), Bounds())
    assert isinstance(await w.made.refusal(read), NoSuchRoom)
    assert isinstance(await w.made.refusal(w.join(BOB, f"wallet:{BOB[:-1]}0")), NoSuchRoom)


async def test_transfers_of_the_account_are_told_with_their_direction() -> None:
    w = await following()
    await w.mine(w.token.mint(ALICE, 5), w.token.mint(BOB, 9))
    await w.mine(w.token.transfer(ALICE, BOB, 2), w.token.transfer(ALICE, ALICE, 1), w.token.transfer(BOB, OTHER, 1))
    told = await w.told("wallet.transfer")
    assert [(t["direction"], t["value"], t["standard"]) for t in told] == [
        ("in", "5", "erc20"), ("out", "2", "erc20"), ("self", "1", "erc20"),
    ]  # fmt: skip
    assert told[1]["token"] == checksum(w.token.address)
    assert told[1]["to"] == BOB


OTHER = "0x" + "77" * 20


async def test_balance_follows_and_the_state_shows_it() -> None:
    w = await following()
    w.sim.coins[ALICE] = 40
    await w.mine(w.token.mint(ALICE, 5))
    await w.mine(w.token.transfer(ALICE, BOB, 2))
    held = w.view()["balances"]["1337"]
    assert held[checksum(w.token.address)]["balance"] == "3"
    assert held["native"]["balance"] == "40"
    assert held["native"]["status"] == "included"
    tokens = [b["balance"] for b in await w.told("wallet.balance") if b["token"] != "native"]
    assert tokens == ["5", "3"]


async def test_coins_that_are_followed_no_longer_are_not_shown() -> None:
    w = await following()
    w.sim.coins[ALICE] = 40
    await w.mine()
    assert "native" in w.view()["balances"]["1337"]
    await w.configure(native=False)
    assert "native" not in w.view()["balances"]["1337"]


async def test_reorg_takes_transfers_and_balances_back() -> None:
    w = await following()
    await w.mine(w.token.mint(ALICE, 5))
    await w.mine(w.token.transfer(ALICE, BOB, 2))
    w.sim.reorg(1, [[], []])
    await w.catch_up()
    assert w.view()["balances"]["1337"][checksum(w.token.address)]["balance"] == "5"
    transfers = [e for e in await w.made.store.entries(ROOM, 0, 1000) if e.type == "wallet.transfer"]
    undone = {seq for body in await w.told("chain.reverted") for seq in body["of"]}
    assert [e.seq in undone for e in transfers] == [False, True]


async def test_other_standards_are_told() -> None:
    w = await wallet()
    badges = SimToken(w.sim, "erc721", "0x" + "72" * 20)
    items = SimToken(w.sim, "erc1155", "0x" + "73" * 20)
    await w.configure(chains=[1337], tokens=[badges.address, items.address])
    await w.mine(badges.mint(ALICE, id_=7), items.mint(ALICE, 3, id_=4))
    told = await w.told("wallet.transfer")
    assert [(t["standard"], t["id"], t["value"]) for t in told] == [("erc721", "7", "1"), ("erc1155", "4", "3")]


async def test_small_transfers_and_other_tokens_are_left_out() -> None:
    w = await following(minValue="10")
    spam = SimToken(w.sim, address="0x" + "74" * 20)
    await w.mine(w.token.mint(ALICE, 9), w.token.mint(ALICE, 10), spam.mint(ALICE, 10**9))
    assert [t["value"] for t in await w.told("wallet.transfer")] == ["10"]


async def test_any_token_is_told_where_operators_allow_it() -> None:
    w = await wallet(any_token=True)
    await w.configure(chains=[1337])
    await w.mine(w.token.mint(ALICE, 9))
    assert [t["value"] for t in await w.told("wallet.transfer")] == ["9"]


async def test_options_that_change_end_and_begin_watches() -> None:
    w = await following()
    await w.configure(tokens=[], native=False)
    await w.mine(w.token.mint(ALICE, 9))
    assert await w.told("wallet.transfer") == []
    assert w.view()["balances"] == {}
    assert await w.made.chain_store.room_subs(ROOM) == []


async def test_chain_that_the_server_does_not_follow_is_refused() -> None:
    w = await following()
    for chains in ([5], [1337, 5]):
        with pytest.raises(NotFound) as refused:
            await w.configure(chains=chains)
        assert refused.value.reason == "chain"
    with pytest.raises(Invalid):
        await w.configure(chains="1337")
    await w.configure(chains=[])


async def test_account_configures_options_and_nothing_else() -> None:
    w = await wallet()
    assert isinstance(await w.made.refusal(w.configure(chains=["one"])), Invalid)
    change = commands.Configure(author=ALICE, visibility="public")
    assert isinstance(await w.made.refusal(w.made.ask(change, ROOM)), Forbidden)
    fake = commands.Post(author=ALICE, id="1", type="wallet.transfer", body={})
    assert isinstance(await w.made.refusal(w.made.ask(fake, ROOM)), Forbidden)


@pytest.mark.parametrize("lie", [lambda block, data: b"", lambda block, data: b"\x01" * 100])
async def test_token_that_answers_nonsense_has_no_balance(lie: Any) -> None:
    w = await following()
    w.token.answer = lie
    await w.mine(w.token.mint(ALICE, 5))
    assert (await w.told("wallet.balance"))[-1]["balance"] is None
    assert [t["value"] for t in await w.told("wallet.transfer")] == ["5"]


@pytest.mark.parametrize(
    ("symbol", "decimals", "shown"),
    [
        (text("USD"), word(6), {"symbol": "USD", "decimals": 6}),
        (text("a" * 33), word(6), None),
        (text("U\x00D"), word(6), None),
        (text("USD"), word(256), None),
        (b"", b"", None),
    ],
)
async def test_token_says_of_itself_what_may_be_shown(symbol: bytes, decimals: bytes, shown: Any) -> None:
    w = await wallet()
    balance_of, asked = w.sim.contracts[w.token.address], list[bytes]()

    def answer(block: Any, data: bytes) -> bytes:
        asked.append(data[:4])
        return {SYMBOL: symbol, DECIMALS: decimals}.get(data[:4]) or balance_of(block, data)

    w.sim.contracts[w.token.address] = answer
    await w.configure(chains=[1337], tokens=[w.token.address], native=False)
    await w.mine(w.token.mint(ALICE, 5))
    await w.mine(w.token.mint(ALICE, 6))
    assert [told.get("meta") for told in await w.told("wallet.balance")][-2:] == [shown, shown]
    assert w.view()["balances"]["1337"][checksum(w.token.address)].get("meta") == shown
    assert asked.count(SYMBOL) == 1


async def test_settled_orders_of_the_account_are_told_and_summed() -> None:
    w = await wallet()
    venue = {"venue": "cow", "address": w.token.address}
    await w.configure(chains=[1337], native=False, orders=[venue])
    await w.mine(settled(w, ALICE, 40, 2), settled(w, BOB, 9, 9))
    await w.mine(settled(w, ALICE, 20, 1))
    first, second = await w.told("wallet.fill")
    assert (first["venue"], first["owner"], first["partial"], second["partial"]) == ("cow", ALICE, False, True)
    assert first["sell"] == {"token": checksum("0x" + "11" * 20), "amount": "40"}
    assert w.view()["filled"] == {"0xabcd": {"sell": "60", "buy": "3", "fills": 2}}
    w.sim.reorg(1, [[], []])
    await w.catch_up()
    assert w.view()["filled"] == {"0xabcd": {"sell": "40", "buy": "2", "fills": 1}}


async def test_orders_of_venues_unknown_on_the_chain_are_not_followed() -> None:
    w = await wallet()
    await w.configure(chains=[1337], native=False, orders=True)
    assert await w.made.chain_store.room_subs(ROOM) == []
    assert isinstance(await w.made.refusal(w.configure(orders=["binance"])), Invalid)
