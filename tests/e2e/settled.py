"""A settled table on real parts: two accounts of a dev chain who fund it and play it out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest_asyncio
from eth_account import Account

from parlour.core.settlement.terms import Terms
from parlour.testing.anvil import AnvilChain, Deployed
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in
from tests.anvil import anvil
from tests.e2e.kit import done, made, post
from tests.e2e.stock import PythonClient, heard, until
from tests.escrow import STAKE, Game, deployed

WINDOW_MS = 60_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chain() -> AsyncIterator[AnvilChain]:
    async with anvil(slots=2) as chain:
        yield chain


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def escrow(chain: AnvilChain) -> Deployed:
    return await deployed(chain)


@asynccontextmanager
async def seated(chain: AnvilChain, server: ServerProcess) -> AsyncIterator[list[PythonClient]]:
    """Connect the second and the third account of the chain."""
    async with PythonClient() as ann, PythonClient() as ben, aiohttp.ClientSession() as http:
        for client, key in zip((ann, ben), chain.keys[1:3], strict=True):
            await client.connect(server.url, (await sign_in(http, server.url, Account.from_key(key)))["token"])
        yield [ann, ben]


async def table(players: list[PythonClient], escrow: Deployed, **terms: Any) -> tuple[str, Game]:
    """A settled table with both players, and its game in the escrow as their view names it."""
    settle = {"chain": 31337, "escrow": escrow.address, "stake": str(STAKE), "window": WINDOW_MS, **terms}
    room = await made(players[0], "tic-tac-toe", settle=settle)
    for client in players:
        view = (await done(client, "room:join", room=room))["state"]
    shown = view["settlement"]
    game = Game(escrow, Terms.of_json(shown), bytes.fromhex(shown["table"][2:]), shown["nonce"])
    assert shown["id"] == "0x" + game.id.hex()
    return room, game


def entries(client: PythonClient, room: str, type_: str) -> list[dict[str, Any]]:
    return [entry for entry in heard(client, "entry", room) if entry["type"] == type_]


async def fund(chain: AnvilChain, game: Game, senders: Sequence[int] = (1, 2)) -> None:
    for sender in senders:
        receipt = await chain.transact(game.contract, "join", game.words, sender=sender, value=STAKE)
        assert receipt["status"] == "0x1"


async def play_out(players: list[PythonClient], room: str, *, round_: int = 1) -> dict[str, Any]:
    """Let the first player win; return the body of `game.ended`."""
    await until(lambda: len(entries(players[0], room, "game.started")) == round_)
    for number, cell in enumerate((0, 3, 1, 4, 2)):
        body = {"action": "place", "args": {"cell": cell}}
        await done(players[number % 2], "room:post", **post(room, "game.action", body))
    await until(lambda: len(entries(players[1], room, "game.ended")) == round_)
    body: dict[str, Any] = entries(players[1], room, "game.ended")[-1]["body"]
    return body
