"""`parlour watch` in a terminal: events, reverts and confirmations as lines, over a simulated node and over anvil."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner

from parlour.commands.cli import cli
from parlour.commands.terminal_chain import chain_id
from parlour.commands.watch import Terminal, follow
from parlour.errors import Invalid, OperatorError
from parlour.testing.fake_node import FakeNode
from parlour.testing.simchain import CONTRACT, PING, SimChain
from tests.anvil import anvil
from tests.runtime.chain.chain_kit import artifact, until

ASKED = {"address": CONTRACT, "event": PING, "confirm": ["finalized"]}


async def test_terminal_names_what_a_reorganisation_undoes_by_its_number() -> None:
    sim, said = SimChain(), []
    sim.mine_many(3)
    terminal = Terminal(said.append, 4, as_json=False)
    following = asyncio.create_task(follow("http://sim", ASKED, terminal, lambda url: FakeNode(sim)))
    await until(lambda: said)
    assert said[0].endswith("on chain 1337 after block 3")
    sim.mine([sim.ping(7), sim.ping(8)])
    await until(lambda: len(said) == 3)
    assert said[1].startswith("#1 block 4 Ping who=0x")
    assert "value=7" in said[1]
    sim.reorg(1, [[sim.ping(9)], []])
    await asyncio.wait_for(following, 10)
    assert said[3:] == ["#3 reverted #2 #1: the chain left block 3", said[4]]
    assert "value=9" in said[4]


async def test_history_is_printed_as_json_lines() -> None:
    sim, said = SimChain(), []
    sim.mine([sim.ping(5)])
    terminal = Terminal(said.append, 1, as_json=True)
    await follow("http://sim", {**ASKED, "fromBlock": 0}, terminal, lambda url: FakeNode(sim))
    [entry] = [json.loads(text) for text in said]
    assert (entry["seq"], entry["type"], entry["body"]["args"]["value"]) == (1, "chain.event", "5")


async def test_wrong_watch_and_dead_node_are_said_in_a_sentence() -> None:
    sim = SimChain()
    wrong = {**ASKED, "address": "0x" + "11" * 20}
    with pytest.raises(Invalid, match="no contract"):
        await follow("http://sim", wrong, Terminal(print, 1, as_json=False), lambda url: FakeNode(sim))
    dead = FakeNode(sim)
    dead.down = True
    with pytest.raises(OperatorError, match="does not answer as a chain's node"):
        await chain_id("http://dead", lambda url: dead)


async def test_watch_command_prints_events_of_a_real_chain() -> None:
    async with anvil() as chain:
        contract = await chain.deploy(artifact())
        for value in (1, 2):
            await chain.transact(contract, "ping", value)
        words = ["watch", contract.address, PING, "--url", chain.url, "--from-block", "0", "--count", "2", "--json"]
        done: Any = await asyncio.to_thread(CliRunner().invoke, cli, words)
        assert done.exit_code == 0, done.output
        values = [json.loads(text)["body"]["args"]["value"] for text in done.output.splitlines()]
        assert values == ["1", "2"]
