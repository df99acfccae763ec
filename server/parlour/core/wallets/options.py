"""What a wallet's room follows, and the watches that this leads to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from parlour.core.chain.abi import parse_event
from parlour.core.identity.accounts import address_on, checksum
from parlour.core.orders.venues import EVENTS, Venue, fill_watches
from parlour.core.room import Account
from parlour.core.rooms.state import Options

TOKENS_A_WATCH = 32
"""Contracts of one watch."""
TRANSFERS = (
    "Transfer(address indexed from, address indexed to, uint256 value)",
    "TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)",
    "TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] vals)",
)
"""Of ERC-20 and ERC-721 (which share the first), and of ERC-1155."""
TOPICS = tuple(parse_event(text).topic0 for text in TRANSFERS)

Token = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$"), AfterValidator(checksum)]


class WalletOptions(Options):
    """What a wallet's room follows.

    Attributes:
        chains: EIP-155 ids of followed chains.
        tokens: contracts whose transfers and balances are told, on each of the chains.
        native: whether the balance of the chain's own coin is told.
        orders: venues whose settled orders of the account are told; true is every known one.
        min_value: transfers of less are not told (of an ERC-20, in its smallest units).
    """

    chains: list[Annotated[int, Field(ge=1, lt=2**53)]] = Field(default_factory=list, max_length=8)
    tokens: list[Token] = Field(default_factory=list, max_length=64)
    native: bool = True
    orders: bool | list[Venue] = False
    min_value: Annotated[str, Field(pattern=r"^[0-9]{1,78}$")] | None = Field(default=None, alias="minValue")


def wanted_watches(account: Account, options: WalletOptions, *, any_token: bool) -> dict[str, dict[str, Any]]:
    """Return the watches of a room by a key each, which changes when the watch does.

    Args:
        any_token: without `tokens`, transfers of every contract are told (`PARLOUR_WALLET_ANY`).
    """
    found: dict[str, dict[str, Any]] = {}
    for chain in options.chains:
        address = address_on(account, chain)
        if address is None:
            continue
        mine = {"account": address, "min": options.min_value or "0"}
        for start in range(0, len(options.tokens), TOKENS_A_WATCH):
            part = options.tokens[start : start + TOKENS_A_WATCH]
            key = hashlib.sha256(f"{part}{options.min_value}".encode()).hexdigest()[:12]
            found[f"transfers:{chain}:{key}"] = {
                "chain": chain, "address": part, "topics": [list(TOPICS)], "for": mine,
            }  # fmt: skip
        if any_token and not options.tokens:
            found[f"transfers:{chain}:any:{options.min_value}"] = {
                "chain": chain,
                "topics": [list(TOPICS)],
                "for": mine,
            }
        for venue, watch in fill_watches(_venues(options), chain):
            mine_too = {EVENTS[venue].owner: [address]}
            key = hashlib.sha256(str(watch["address"]).encode()).hexdigest()[:12]
            found[f"fills:{chain}:{venue}:{key}"] = {**watch, "where": mine_too, "for": {"venue": venue}}
        if options.native:
            found[f"balance:{chain}"] = {"chain": chain, "balance": {"account": address}}
        for token in options.tokens:
            asked = {"account": address, "token": token}
            found[f"balance:{chain}:{token}"] = {"chain": chain, "balance": asked}
    return found


def _venues(options: WalletOptions) -> Sequence[Venue]:
    if isinstance(options.orders, list):
        return options.orders
    return ("cow", "uniswapx") if options.orders else ()
