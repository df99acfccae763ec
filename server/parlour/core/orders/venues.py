"""Order venues: CoW Protocol and UniswapX, where they are, and the events that tell of a settled order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from parlour.core.rooms.state import Address, Options

Name = Literal["cow", "uniswapx"]

COW_SETTLEMENT = "0x9008D19f58AAbD9eD0D60971565AA8510560ab41"
"""CoW Protocol's GPv2Settlement: the same address on every chain it is on."""
UNISWAPX_REACTORS: Mapping[int, tuple[str, ...]] = {
    1: ("0x6000da47483062A0D734Ba3dc7576Ce6A0B645C4", "0x00000011F84B9aa48e5f8aA8B9897600006289Be"),
}
"""UniswapX's reactors for Dutch orders, version 1 and 2."""


class Event(NamedTuple):
    """The event of a settled order, and its parameter that names whose order it is."""

    text: str
    owner: str


EVENTS: Mapping[str, Event] = {
    "cow": Event(
        "Trade(address indexed owner, address sellToken, address buyToken, uint256 sellAmount, uint256 buyAmount, "
        "uint256 feeAmount, bytes orderUid)",
        "owner",
    ),
    "uniswapx": Event(
        "Fill(bytes32 indexed orderHash, address indexed filler, address indexed swapper, uint256 nonce)", "swapper"
    ),
}


class VenueAt(Options):
    """A venue at a contract of one's choice, such as a test deployment."""

    venue: Name
    address: Address


Venue = Name | VenueAt


def is_known(venue: Venue, chain: int) -> bool:
    """Return whether a venue's contract on a chain is known, or named."""
    return not isinstance(venue, str) or venue == "cow" or chain in UNISWAPX_REACTORS


def fill_watches(venues: Sequence[Venue], chain: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of each venue that is known on a chain, and the watch of its settled orders."""
    for asked in venues:
        if is_known(asked, chain):
            name = asked if isinstance(asked, str) else asked.venue
            known = COW_SETTLEMENT if name == "cow" else list(UNISWAPX_REACTORS.get(chain, ()))
            address = known if isinstance(asked, str) else asked.address
            yield name, {"chain": chain, "address": address, "event": EVENTS[name].text}
