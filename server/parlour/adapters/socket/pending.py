"""Requests about transactions that wait for a block."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from parlour.adapters.socket.lookups import address
from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.chain.transaction_signals import PendingFilter
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.errors import Forbidden
from parlour.protocol.replies import Done
from parlour.protocol.values import Request, Short

MAX_ACCOUNTS = 32
"""Accounts of one end: the contracts of a DApp, or the wallets of a desk."""
Accounts = Annotated[list[Short], Field(max_length=MAX_ACCOUNTS)]


class ChainPending(Request):
    """Hear of a chain's pending transactions by the signal `chain.pending`; a new filter replaces the last one."""

    chain: Annotated[int, Field(ge=1)]
    to: Accounts | None = None
    """Accounts that get it, any of them; without a filter only operators are told."""
    from_: Accounts | None = None
    """Accounts that send it, any of them."""
    selector: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{8}$")] | None = None
    """The first four bytes of its data."""
    on: bool = True
    """False: hear of them no longer."""


async def pending(call: Call[ChainPending]) -> dict[str, Any]:
    """Begin or end to tell this connection of pending transactions."""
    asked, client = call.parsed(), call.client
    if not asked.on:
        call.backing.pending.unfollow(asked.chain, client.connection)
        return {}
    to, senders = _addresses(asked.to, "to"), _addresses(asked.from_, "from")
    wanted = PendingFilter(to, senders, asked.selector and asked.selector.lower())
    if wanted.takes_all and client.caller.rank < SERVER_ROLES["operator"]:
        raise Forbidden("Name to, from or selector; only operators hear of everything.", reason="role")
    if not client.connected:  # it was forgotten, and what it followed from now on would never end
        return {}
    call.backing.pending.follow(asked.chain, client.connection, wanted)
    return {}


def _addresses(given: list[str] | None, path: str) -> frozenset[str]:
    return frozenset(address(each, path) for each in given or ())


SPECS = (RequestSpec("chain:pending", ChainPending, Done, pending, cost="lookup"),)
