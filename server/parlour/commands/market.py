"""`parlour market`: a pool's trades in a terminal, priced as a market's room prices them, reorganisations included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal

import typer

from parlour.adapters.chain.node_rpc import connect
from parlour.commands.options import AsJson
from parlour.commands.outcome import run
from parlour.commands.terminal_chain import DEV_NODE, NodeUrl, following, in_memory
from parlour.core.markets.options import options_json, read_options, wanted_watches
from parlour.core.markets.prices import decimal_text
from parlour.core.markets.room import MarketRoom
from parlour.core.markets.route import MarketRoute
from parlour.core.room import ChainUpdate, Entry, RoomId, Watch
from parlour.runtime.chain.chains import Connect
from parlour.runtime.markets.pool_facts import complete
from parlour.testing.kept_room import OWNER, KeptRoom

_ROOM = "table"
_CORRECTED = "chain.reverted"

app = typer.Typer(add_completion=False)


@app.command()
def market(
    pool: Annotated[str, typer.Argument(help="The pool's contract: Uniswap v2, v3, or a copy of theirs.")],
    url: NodeUrl = DEV_NODE,
    base: Annotated[Literal["token0", "token1"], typer.Option(help="What the price is of.")] = "token0",
    history: Annotated[int, typer.Option(min=0, help="Blocks before the head that are read too.")] = 0,
    count: Annotated[int | None, typer.Option(help="End after so many entries.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a pool's trades as a market's room tells them: price, side, amounts, reverts, confirmations."""
    asked = {"pool": pool, "base": base, "history": history}
    run(follow(url, asked, partial(Terminal, typer.echo, count, as_json=as_json), connect))


class Terminal:
    """Keeps a market in memory and prints each of its entries.

    Args:
        say: prints a line.
        count: entries after which it has had enough; None never.
        options: the market's, facts included.
    """

    def __init__(
        self, say: Callable[[str], None], count: int | None, options: dict[str, Any], *, as_json: bool
    ) -> None:
        self._say, self._left, self._as_json = say, count, as_json
        self._kept = KeptRoom(MarketRoom, options, seed=0)
        self.enough = asyncio.Event()
        pair = self._kept.view()["pair"]
        self._decimals: list[int] = pair["decimals"]
        base, quote = pair["symbols"]
        self._names = [base or pair["base"], quote or pair["quote"]]
        if not as_json:
            known = "" if pair["verified"] else " (made by no factory that is known here)"
            say(f"{self._names[0]} in {self._names[1]} on chain {options['chain']}, {options['type']}{known}")

    @property
    def log(self) -> list[Entry]:
        """The market's entries so far."""
        return self._kept.log

    def view(self) -> Any:
        """Return the market's state."""
        return self._kept.view()

    async def accept(self, record: dict[str, Any]) -> None:
        """Take the market's watch over."""
        self._kept.submit(Watch(OWNER, watch=record))

    async def deliver(self, room: RoomId, news: ChainUpdate) -> None:
        """Fold the news and print what it led to."""
        log = self._kept.log
        known = {entry.source: entry for entry in log if entry.source}
        begin = len(log)
        for draft in news.drafts:
            if draft.source in known or self.enough.is_set():
                continue
            assert isinstance(draft.body, dict)
            if draft.type == _CORRECTED:
                gone = [known[source] for source in draft.body["of"] if source in known]
                if gone:
                    self._kept.chain_reverted(*gone)
            else:
                self._kept.submit(ChainUpdate(drafts=[draft]))
        for entry in log[begin:]:
            self._print(entry)

    def _print(self, entry: Entry) -> None:
        if self.enough.is_set():
            return
        assert isinstance(entry.body, dict)
        if self._as_json:
            self._say(json.dumps({"seq": entry.seq, "type": entry.type, "body": entry.body}))
        else:
            self._say(self._line(entry.type, entry.body))
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.enough.set()

    def _line(self, kind: str, body: dict[str, Any]) -> str:
        """Return one entry as a line for people."""
        if kind == "market.trade":
            amount = decimal_text(Decimal(body["amount"]).scaleb(-self._decimals[0]))
            after = f", then {body['after']}" if "after" in body else ""
            place = f"block {body['block']['number']}, {body['status']}"
            return f"#{body['id']} {body['side']:4} {amount} {self._names[0]} at {body['price']}{after} ({place})"
        if kind == "market.odd":
            return f"odd swap in block {body['block']['number']}: {body['reason']}"
        if kind == _CORRECTED:
            ids = [self._kept.log[seq - 1].body["id"] for seq in body["of"] if self._is_trade(seq)]
            return "reverted " + " ".join(f"#{trade}" for trade in ids)
        if kind == "chain.confirmed":
            return f"{body['status']} up to block {body['upTo']['number']}"
        return f"{kind} {json.dumps(body)}"

    def _is_trade(self, seq: int) -> bool:
        return self._kept.log[seq - 1].type == "market.trade"


MakeTerminal = Callable[[dict[str, Any]], Terminal]


async def follow(url: str, asked: dict[str, Any], make: MakeTerminal, connect: Connect) -> None:
    """Follow the pool behind a node's URL, and print its trades until the terminal has enough.

    Raises:
        ParlourError: the contract is no pool, or the watch is refused.
        OperatorError: the node does not answer, or not about a chain.
    """
    context = in_memory()
    context.routes.register(MarketRoom.kind, MarketRoute)
    terminals: list[Terminal] = []

    async def deliver(room: RoomId, news: ChainUpdate) -> None:
        await terminals[0].deliver(room, news)

    async with following(url, context, deliver, connect) as chains:
        (chain,) = (each.config.chain_id for each in chains)
        options = await complete(partial(chains.ask, chain), read_options({"chain": chain, **asked}))
        terminals.append(terminal := make(options_json(options)))
        for watch in wanted_watches(options):
            if options.history:
                watch["fromBlock"] = max(0, (await chains.standing(chain))["number"] - options.history + 1)
            await chains.watch(_ROOM, watch, terminal.accept, own=MarketRoom.kind)
        await terminal.enough.wait()
