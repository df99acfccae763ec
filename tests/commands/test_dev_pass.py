"""The gated room that `parlour dev` makes, and the token that its contract sells."""

from __future__ import annotations

import json
from pathlib import Path

from parlour.commands.dev_chain import DevChain
from parlour.commands.dev_pass import HOLDERS, open_shop
from parlour.commands.dev_rooms import watch_chain
from parlour.settings import static_folder
from parlour.testing.contracts import Deployed
from tests.anvil import anvil
from tests.commands.dev_server import dev_server

PRICE = 10**16


async def test_dev_room_of_holders_is_made_once_and_its_token_is_sold_at_its_price(tmp_path: Path) -> None:
    async with anvil(state=tmp_path / "state.json") as chain:
        token = await open_shop(chain, tmp_path / "pass.json")
        assert token is not None
        assert await open_shop(chain, tmp_path / "pass.json") == token
        async with dev_server(chain, tmp_path) as server:
            for _ in range(2):  # the second start finds it
                await watch_chain(server, "ann", DevChain(chain.chain_id, [chain.url], chain.url, token=token))
            assert await server.parts.process.store.load(HOLDERS) is not None
        shop = Deployed(token, json.loads((static_folder() / "contracts" / "Pass.json").read_text())["abi"])
        assert await chain.call(shop, "price") == PRICE
        paid = [await chain.transact(shop, "buy", value=value) for value in (2 * PRICE, PRICE + 1, 0)]
        assert [receipt["status"] for receipt in paid] == ["0x1", "0x0", "0x0"]
        assert await chain.call(shop, "totalSupply") == 2
