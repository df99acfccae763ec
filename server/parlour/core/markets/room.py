"""The kind `market`: a hall whose pool's swaps become trades and candles, and whose state they are.

chain.event of the pool → handle_chain → market.trade (or market.odd) → apply → candles → view
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from decimal import Decimal
from typing import Any, ClassVar

from parlour.core.chain.room_news import status_at
from parlour.core.markets.candles import DAY_MINUTES, INTERVALS, MINUTE_S, SHOWN, Fill, Place, Series, day_figures
from parlour.core.markets.options import Facts, MarketOptions, options_json, read_options
from parlour.core.markets.trades import Pool, swap_entry
from parlour.core.orders.fills import Filled, read_fill
from parlour.core.room import Account, ChainUpdate, Command, Draft, Entry, RoomId, Unwatch
from parlour.core.rooms.hall import Hall
from parlour.errors import Illegal

_RECENT = 500
"""Transactions with trades that are remembered: an order's fill is told if its transaction traded in the pool."""


class MarketRoom(Hall):
    """A market of one pool; everything it shows is a fold over `market.*` and `chain.*` entries.

    Attributes:
        trades: how many trades there ever were, those that reorganisations undid included: the newest trade's id.
    """

    kind: ClassVar[str] = "market"
    computed = True
    shares_view = True

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self.asked: MarketOptions | None = None
        self._pool: Pool | None = None
        self.trades = 0
        self._minutes = Series(MINUTE_S, DAY_MINUTES)
        self._series: dict[str, Series] = {}
        self._last: dict[str, Any] | None = None
        self._last_place: Place = (-1, -1)
        self._heights = {"safe": -1, "finalized": -1}
        self._filled = Filled()
        self._recent: dict[str, None] = {}
        self._missing = 0
        self._version = object()

    # ── what it is ───────────────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return options_json(read_options(options))

    @classmethod
    def created(cls, owner: Account, title: str, visibility: str, options: dict[str, Any], signed: bool) -> Draft:
        if "facts" not in options:
            raise Illegal("A market is made by a server that follows its chain.", reason="chain")
        return super().created(owner, title, visibility, options, signed)

    @classmethod
    def described(cls) -> dict[str, Any]:
        schema = MarketOptions.model_json_schema(by_alias=True)
        return {**super().described(), "description": "Trades and candles of an AMM's pool.", "options": schema,
                "view": {"type": "object"}}  # fmt: skip

    @classmethod
    def owns(cls, type_: str) -> bool:
        return type_.startswith("market.")

    def reconfigured(self, options: dict[str, Any]) -> dict[str, Any]:
        raise Illegal("A market's options are fixed: make another market.", reason="fixed")

    def check_watch(self, command: Command) -> None:
        super().check_watch(command)
        if isinstance(command, Unwatch) and "for" in self.watches.records.get(command.watch, ()):
            raise Illegal("The market needs that watch.", reason="watched")

    def options_known(self, entry: Entry | None) -> None:
        if not self.options:
            return
        self.asked = read_options(self.options)
        self._pool = self.asked.pool_read()
        if not self._series:
            self._series = {name: Series(INTERVALS[name]) for name in self.asked.intervals}

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────

    def handle_chain(self, command: ChainUpdate, drafts: list[Draft]) -> list[Draft]:
        """Turn the events of the market's own watches into its entries; everything else stays as it is."""
        told: list[Draft] = []
        trade, recent = self.trades, set(self._recent)
        for draft in drafts:
            body = draft.body
            use = self._use_of(draft)
            if use is None:
                told.append(draft)
                continue
            assert isinstance(body, dict)
            assert self._pool is not None
            if use == "swaps":
                type_, made = swap_entry(self._pool, body, trade + 1)
                trade += type_ == "market.trade"
                recent.add(body["tx"])
                told.append(Draft(type_, made, source=draft.source))
            elif (fill := self._fill(use, body, recent)) is not None:
                told.append(Draft("market.fill", fill, source=draft.source))
        return told

    def _facts(self) -> Facts:
        assert self.asked is not None
        assert self.asked.facts is not None
        return self.asked.facts

    def _use_of(self, draft: Draft) -> str | None:
        """Return what the market uses an event for; None where it is none of its own."""
        if draft.type != "chain.event" or not isinstance(draft.body, dict):
            return None
        record = self.watches.records.get(draft.body["watch"])
        return None if record is None else record.get("for")

    def _fill(self, venue: str, event: dict[str, Any], recent: set[str]) -> dict[str, Any] | None:
        """Return the body of a fill if it is of this market: of its pair, or beside a trade in its pool."""
        fill = read_fill(venue, event)
        if fill is None:
            return None
        if fill["sell"] is None:
            mine = fill["tx"] in recent
        else:
            mine = {fill["sell"]["token"], fill["buy"]["token"]} == {*self._facts().tokens}
        return {**fill, "partial": self._filled.known(fill["order"])} if mine else None

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def apply_kind(self, entry: Entry) -> None:
        body = entry.body
        if not isinstance(body, dict):
            return
        if entry.type == "market.trade":
            self._apply_trade(body)
        elif entry.type == "market.fill":
            self._filled.apply(body)
        elif entry.type == "chain.confirmed":
            if "confirmations" not in body:
                self._raise(body["status"], body["upTo"]["number"])
        elif entry.type == "chain.reverted":
            self._heights["safe"] = min(self._heights["safe"], body["block"].get("number", -1))
        elif entry.type == "chain.gap":
            self._missing += body["dropped"]
        self._version = object()

    def undone(self, entry: Entry) -> None:
        """Keep the id of an undone trade used."""
        if entry.type == "market.trade" and isinstance(entry.body, dict):
            self.trades = max(self.trades, entry.body["id"])

    def _apply_trade(self, body: dict[str, Any]) -> None:
        self.trades = max(self.trades, body["id"])
        block = body["block"]
        place = (block["number"], body["logIndex"])
        fill = Fill(place, block["time"], Decimal(body["price"]), int(body["amount"]), int(body["quote"]))
        self._minutes.add(fill)
        for series in self._series.values():
            series.add(fill)
        if place > self._last_place:
            self._last_place = place
            last = {"price": body["price"], "side": body["side"], "time": block["time"] * 1000, "id": body["id"]}
            self._last = last
        if body["status"] != "included":
            self._raise(body["status"], block["number"])
        self._recent[body["tx"]] = None
        if len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]

    def _raise(self, status: str, number: int) -> None:
        heights = self._heights
        heights["safe"] = max(heights["safe"], number)
        if status == "finalized":
            heights["finalized"] = max(heights["finalized"], number)

    def _status(self, number: int) -> str:
        return status_at(number, self._heights)

    def snapshot(self) -> dict[str, Any]:
        return {
            **super().snapshot(),
            "trades": self.trades,
            "minutes": self._minutes.stored(),
            "candles": {name: series.stored() for name, series in self._series.items()},
            "last": self._last,
            "lastPlace": [*self._last_place],
            "heights": dict(self._heights),
            "filled": self._filled.orders,
            "recent": [*self._recent],
            "missing": self._missing,
        }

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self.trades, self._last, self._missing = state["trades"], state["last"], state["missing"]
        self._last_place = (state["lastPlace"][0], state["lastPlace"][1])
        self._minutes.load(state["minutes"])
        for name, stored in state["candles"].items():
            self._series[name].load(stored)
        self._heights = dict(state["heights"])
        self._filled = Filled(dict(state["filled"]))
        self._recent = dict.fromkeys(state["recent"])

    # ── what everybody sees ──────────────────────────────────────────────────────────────────────────────────────

    def view(self, viewer: Account | None) -> Any:
        if self.asked is None or self.asked.facts is None:
            return None
        return {
            "pair": self._pair(),
            "last": self._last,
            "day": day_figures(self._minutes),
            "candles": {name: self._rows(series) for name, series in self._series.items()},
            **({"filled": self._filled.orders} if self.asked.fills else {}),
            **({"missing": self._missing} if self._missing else {}),
        }

    def _rows(self, series: Series) -> list[list[Any]]:
        return [candle.row(self._status(candle.last[0])) for candle in series.newest(SHOWN)]

    def _pair(self) -> dict[str, Any]:
        facts = self._facts()
        order = (1, 0) if self.options["base"] == "token1" else (0, 1)
        base, quote = (facts.tokens[n] for n in order)
        return {
            "base": base,
            "quote": quote,
            "decimals": [facts.decimals[n] for n in order],
            "symbols": [facts.symbols[n] for n in order],
            "verified": facts.verified,
        }

    def shown_chains(self) -> Collection[int]:
        return () if self.asked is None else (self.asked.chain,)

    def view_key(self, viewer: Account | None) -> Hashable:
        return None

    @property
    def view_version(self) -> object | None:
        return self._version
