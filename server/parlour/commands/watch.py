"""`parlour watch`: a contract's events in a terminal, as a room would hear them, reorganisations included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from parlour.adapters.chain.node_rpc import connect
from parlour.commands.options import AsJson
from parlour.commands.outcome import run
from parlour.commands.terminal_chain import DEV_NODE, NodeUrl, following, in_memory
from parlour.core.room import ChainUpdate, RoomId
from parlour.runtime.chain.chains import Connect

_ROOM = "terminal"

app = typer.Typer(add_completion=False)


@app.command()
def watch(
    contract: Annotated[str, typer.Argument(help="The contract's address.")],
    event: Annotated[str, typer.Argument(help='As in Solidity: "Staked(address indexed player, uint256 amount)".')],
    url: NodeUrl = DEV_NODE,
    from_block: Annotated[int | None, typer.Option(help="The first block; by default the next.")] = None,
    finality: Annotated[
        str, typer.Option(help="included, safe, finalized, or a number of confirmations.")
    ] = "included",
    count: Annotated[int | None, typer.Option(help="End after so many entries.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a contract's events as a room would hear them: events, reverts, confirmations."""
    level: str | int = int(finality) if finality.isdigit() else finality
    asked = {"address": contract, "event": event, "finality": level, "confirm": ["safe", "finalized"]}
    if from_block is not None:
        asked["fromBlock"] = from_block
    terminal = Terminal(typer.echo, count, as_json=as_json)
    run(follow(url, asked, terminal, connect))


class Terminal:
    """Takes the place of a room: prints each entry once, numbered, and names earlier ones by their numbers.

    Args:
        say: prints a line.
        count: entries after which it has had enough; None never.
    """

    def __init__(self, say: Callable[[str], None], count: int | None, *, as_json: bool) -> None:
        self._say, self._count, self._as_json = say, count, as_json
        self._numbers: dict[str | None, int] = {}
        self.enough = asyncio.Event()

    async def accept(self, record: dict[str, Any]) -> None:
        """Say where the watch begins."""
        if not self._as_json:
            self._say(f"watching {record['address']} on chain {record['chain']} after block {record['from']['number']}")

    async def deliver(self, room: RoomId, news: ChainUpdate) -> None:
        """Print the entries that were not printed yet."""
        for draft in news.drafts:
            if draft.source in self._numbers or self.enough.is_set():
                continue
            assert isinstance(draft.body, dict)
            body = dict(draft.body)
            if "of" in body:
                body["of"] = [self._numbers[source] for source in body["of"] if source in self._numbers]
            number = self._numbers[draft.source] = len(self._numbers) + 1
            entry = {"seq": number, "type": draft.type, "body": body}
            self._say(json.dumps(entry) if self._as_json else line(number, draft.type, body))
            if number == self._count:
                self.enough.set()


def line(number: int, kind: str, body: dict[str, Any]) -> str:
    """Return one entry as a line for people."""
    of = " ".join(f"#{seq}" for seq in body.get("of", []))
    if kind == "chain.event":
        said = body.get("args", {"topics": body.get("topics"), "data": body.get("data")})
        args = " ".join(f"{name}={value}" for name, value in said.items())
        place, name = body["block"]["number"], body.get("event", "log")
        return f"#{number} block {place} {name} {args} ({body['status']}, tx {body['tx']})"
    if kind == "chain.reverted":
        return f"#{number} reverted {of}: the chain left block {body['block']['number']}"
    if kind == "chain.moved":
        return f"#{number} moved {of} to block {body['block']['number']}"
    if kind == "chain.confirmed":
        return f"#{number} {body['status']} up to block {body['upTo']['number']}"
    return f"#{number} {kind} {json.dumps(body)}"


async def follow(url: str, asked: dict[str, Any], terminal: Terminal, connect: Connect) -> None:
    """Follow the chain behind a URL, and print what a watch hears until the terminal has enough.

    Raises:
        ParlourError: the watch is refused.
        OperatorError: the node does not answer, or not about a chain.
    """
    async with following(url, in_memory(), terminal.deliver, connect) as chains:
        (chain,) = chains
        request = {"chain": chain.config.chain_id, **asked}
        await chains.watch(_ROOM, request, terminal.accept, operator=True)
        await terminal.enough.wait()
