"""The kind `wallet`: what an account holds, sends and receives, and the transactions it tracks. Private to it."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Any, ClassVar

from parlour.core.orders.fills import Filled, read_fill
from parlour.core.room import Account, ChainUpdate, Draft, Entry, RoomId
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.state import parsed
from parlour.core.wallets.options import WalletOptions

BALANCE = "wallet.balance"
FILL = "wallet.fill"


class WalletRoom(Hall):
    """The room of one account; the server writes there, and the account itself tracks transactions."""

    kind: ClassVar[str] = "wallet"
    computed = True
    shares_view = True

    def __init__(self, room: RoomId) -> None:
        super().__init__(room)
        self._balances: dict[str, dict[str, dict[str, Any]]] = {}
        self._filled = Filled()

    @classmethod
    def check_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return parsed(WalletOptions, options, "options").model_dump(mode="json", exclude_none=True, by_alias=True)

    @classmethod
    def described(cls) -> dict[str, Any]:
        return {**super().described(), "description": "What an account holds, sends and receives.",
                "view": {"type": "object"}, "options": WalletOptions.model_json_schema()}  # fmt: skip

    def followed(self) -> WalletOptions:
        """Return what the room follows."""
        return WalletOptions.model_validate(self.options)

    def handle_chain(self, command: ChainUpdate, drafts: list[Draft]) -> list[Draft]:
        """Turn balances and settled orders into the wallet's own entries; everything else stays as it is."""
        return [self._told(draft) for draft in drafts]

    def _told(self, draft: Draft) -> Draft:
        if not isinstance(body := draft.body, dict):
            return draft
        if draft.type == "chain.balance":
            return Draft(BALANCE, {key: value for key, value in body.items() if key != "account"}, source=draft.source)
        if draft.type == "chain.event" and (venue := self._venue_of(body)) is not None:
            fill = read_fill(venue, body)
            if fill is not None:
                told = {"watch": body["watch"], **fill, "partial": self._filled.known(fill["order"])}
                return Draft(FILL, told, source=draft.source)
        return draft

    def _venue_of(self, event: dict[str, Any]) -> str | None:
        """Return the venue whose settled order an event tells of; None for an event of another watch."""
        used = (self.watches.get(event["watch"]) or {}).get("for", {})
        venue: str | None = used.get("venue")
        return venue

    # ── the fold ─────────────────────────────────────────────────────────────────────────────────────────────────

    def apply_kind(self, entry: Entry) -> None:
        if entry.type == BALANCE and isinstance(entry.body, dict):
            body = entry.body
            shown: dict[str, Any] = {key: body[key] for key in ("balance", "block", "odd", "meta") if key in body}
            self._balances.setdefault(str(body["chain"]), {})[body["token"]] = shown
        elif entry.type == FILL and isinstance(entry.body, dict):
            self._filled.apply(entry.body)

    def snapshot(self) -> dict[str, Any]:
        return {**super().snapshot(), "balances": self._balances, "filled": self._filled.orders}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._balances = {chain: dict(each) for chain, each in state["balances"].items()}
        self._filled = Filled(dict(state.get("filled", {})))

    # ── what the account sees ────────────────────────────────────────────────────────────────────────────────────

    def view(self, viewer: Account | None) -> Any:
        tokens = {*self.options.get("tokens", ()), *(("native",) if self.options.get("native", True) else ())}
        chains = {str(chain) for chain in self.options.get("chains", ())}
        return {
            "balances": {
                chain: {token: self._shown(chain, each) for token, each in held.items() if token in tokens}
                for chain, held in self._balances.items()
                if chain in chains
            },
            "transactions": self.watches.tracks.shown(),
            **({"filled": self._filled.orders} if self.options.get("orders") else {}),
        }

    def _shown(self, chain: str, balance: dict[str, Any]) -> dict[str, Any]:
        """Return a balance with how final the block is that it was read at."""
        levels, number = self.watches.confirmed.get(chain, {}), balance["block"]["number"]
        reached = (name for name in ("finalized", "safe") if name in levels and number <= levels[name]["number"])
        return {**balance, "status": next(reached, "included")}

    def shown_chains(self) -> Collection[int]:
        chains: list[int] = self.options.get("chains", [])
        return chains

    def view_key(self, viewer: Account | None) -> Hashable:
        return None
