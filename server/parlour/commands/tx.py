"""`parlour tx`: what became of a transaction, once or until it is final."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from parlour.adapters.chain.node_rpc import connect
from parlour.commands.options import AsJson
from parlour.commands.outcome import FAILED, fail, run
from parlour.commands.terminal_chain import DEV_NODE, NodeUrl
from parlour.core.chain.blocks import Malformed
from parlour.core.chain.lookups import transaction_answer
from parlour.core.chain.room_news import status_at
from parlour.errors import OperatorError
from parlour.runtime.nodes.node import Node, NodeError
from parlour.runtime.nodes.reader import Finality, is_dev_client, read_chain_view

DEPTH = 64
"""Confirmations that count as final where a node has no tag for it."""
POLL_S = 1.0
"""Seconds between two looks of `--follow`."""

app = typer.Typer(add_completion=False)


@app.command()
def tx(
    hash: Annotated[str, typer.Argument(help="The transaction's hash.")],
    url: NodeUrl = DEV_NODE,
    follow: Annotated[bool, typer.Option("--follow", help="Print every change until it is final.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what became of a transaction: pending, included, safe, finalized or failed, and its known events."""
    if not run(show(connect(url), hash, follow, lambda found: typer.echo(_words(found, as_json)))):
        fail(f"{url} knows no transaction {hash}.", FAILED)


async def show(node: Node, tx: str, follow: bool, say: Callable[[dict[str, Any]], None]) -> bool:
    """Say where a transaction stands, and with `follow` each change until it is final; return whether it is known.

    Raises:
        OperatorError: the node does not answer, or not as one.
    """
    told: Any = None
    try:
        finality = Finality(not await is_dev_client(node), DEPTH, doubts=True)
        while True:
            found = await read_state(node, tx, finality)
            if found is not None and (state := (found["status"], found.get("block"))) != told:
                told = state
                say(found)
            if not follow or (found is not None and found["final"]):
                return found is not None
            await asyncio.sleep(POLL_S)
    except (NodeError, Malformed) as error:
        raise OperatorError(f"{node.name} does not answer as a chain's node: {error}") from error
    finally:
        await node.close()


async def read_state(node: Node, tx: str, finality: Finality) -> dict[str, Any] | None:
    """Return a transaction as `chain:lookup` answers it, with `confirmations` and whether it is `final`; None: unknown.

    Raises:
        NodeError, Malformed: the node cannot answer.
    """
    raw = await node.call("eth_getTransactionByHash", [tx])
    if raw is None:
        return None
    receipt = await node.call("eth_getTransactionReceipt", [tx])
    if receipt is None:
        return {**transaction_answer(raw, None, None), "final": False}
    view = await read_chain_view(node, finality)
    found = transaction_answer(raw, receipt, "included")
    number = found["block"]["number"]
    found["status"] = status_at(number, {"safe": view.safe, "finalized": view.finalized})
    final = found["status"] == "finalized"
    if found.get("success") is False:
        found["status"] = "failed"
    return {**found, "confirmations": max(0, view.head.number - number + 1), "final": final}


def _words(found: dict[str, Any], as_json: bool) -> str:
    if as_json:
        return json.dumps(found)
    lines = [f"{found['status']}: {found['from']} → {found['to'] or 'a new contract'}, {found['value']} wei"]
    if "block" in found:
        number, confirmations = found["block"]["number"], found["confirmations"]
        lines[0] += f", block {number}, {confirmations} confirmations, gas {found['gasUsed']}"
    for log in found.get("logs", []):
        said = log.get("args") or {"topics": log.get("topics"), "data": log.get("data")}
        lines.append(f"  {log['address']} {log.get('event', 'log')} " + " ".join(f"{k}={v}" for k, v in said.items()))
    return "\n".join(lines)
