"""`parlour tx`: the states of a transaction on anvil, and the clear end for one that nobody knows."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from typer.testing import CliRunner

from parlour.adapters.chain.node_rpc import connect
from parlour.commands.cli import cli
from parlour.commands.tx import show
from tests.anvil import anvil
from tests.runtime.chain.chain_kit import artifact, until


async def told(*words: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, cli, ["tx", *words])


async def test_transaction_is_shown_with_its_events_and_confirmations() -> None:
    async with anvil(slots=2) as chain:
        contract = await chain.deploy(artifact())
        tx = (await chain.transact(contract, "ping", 7))["transactionHash"]
        answer = await told(tx, "--url", chain.url, "--json")
        found = json.loads(answer.output)
        assert (found["status"], found["confirmations"], found["success"]) == ("included", 1, True)
        await chain.mine(10)
        answer = await told(tx, "--url", chain.url)
        assert answer.output.startswith("finalized: ")
        assert "11 confirmations" in answer.output
        answer = await told("0x" + "12" * 32, "--url", chain.url)
        assert answer.exit_code == 1
        assert "knows no transaction" in answer.output


async def test_transaction_is_followed_from_pending_to_final() -> None:
    async with anvil(slots=1, automine=False) as chain:
        said: list[dict[str, Any]] = []
        tx = await chain.send({"to": chain.accounts[1], "value": "0x5"})
        following = asyncio.create_task(show(connect(chain.url), tx, True, said.append))
        await until(lambda: said)
        for _ in range(4):
            states = len(said)
            await chain.mine()
            await until(lambda: len(said) > states or following.done())  # noqa: B023 it is read at once
            if following.done():
                break
        assert await asyncio.wait_for(following, 20)
        assert [found["status"] for found in said] == ["pending", "included", "safe", "finalized"]
