"""Names accounts by their profile, ENS name or address, in this order, as `@parlour/client/names` does."""

from __future__ import annotations

import re

from parlour_client.types_gen import Profile

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def short_account(account: str) -> str:
    """Shorten an account to `0xf39F…2266`; what is no address stays as it is."""
    address = account.rpartition(":")[2]
    return f"{address[:6]}…{address[-4:]}" if _ADDRESS.fullmatch(address) else account


def name_of(account: str, profile: Profile | None = None, guest: int | None = None) -> str:
    """Name an account. Names are not unique: show `with_address`, or let people reach the address from the name.

    Args:
        guest: the number that the server's greeting gave a guest, whose account is empty.
    """
    if not account:
        return "Guest" if guest is None else f"Guest {guest}"
    told = profile or {}
    return told.get("name") or told.get("ens") or short_account(account)


def with_address(account: str, profile: Profile | None = None) -> str:
    """Return a name with what it is the name of: `Ada (0xf39F…2266)`."""
    name, short = name_of(account, profile), short_account(account)
    return f"{name} ({short})" if account and name != short else name
