"""Keeps the subscriptions that browsers made with their push services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from parlour.core.room import Account
from parlour.errors import Illegal, Invalid
from parlour.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser that an account is pushed to (Push API, `PushSubscription`).

    Attributes:
        endpoint: the address at the browser's push service.
        key, auth: the browser's public key and secret, base64url; payloads are encrypted for them (RFC 8291).
    """

    account: Account
    endpoint: str
    key: str
    auth: str


class SubscriptionRows(Protocol):
    """Where subscriptions are kept; every method may raise StoreError."""

    async def add(self, subscription: Subscription, most: int, now: int) -> bool:
        """Keep a subscription, which is its newest account's alone; return False where the account has `most`."""
        ...

    async def remove(self, endpoint: str, account: Account | None = None) -> None:
        """Forget a subscription; of this account alone where one is named."""


class Subscriptions:
    """Answers requests about an account's subscriptions.

    Args:
        public_key: what browsers subscribe with (RFC 8292, section 3.2); None where this server sends no pushes.
        hosts: push services, as the setting has them.
        most: of one account.
    """

    def __init__(
        self, rows: SubscriptionRows, clock: Clock, public_key: str | None, hosts: Sequence[str], most: int
    ) -> None:
        self._rows, self._clock, self._hosts, self._most = rows, clock, hosts, most
        self.public_key = public_key

    async def subscribe(self, subscription: Subscription) -> None:
        """Push to a browser from now on.

        Raises:
            Illegal: this server sends no pushes, or the account has enough browsers.
            Invalid: the address of another service. StoreError.
        """
        if self.public_key is None:
            raise Illegal("This server sends no pushes.", reason="push_off")
        if not is_served(subscription.endpoint, self._hosts):
            raise Invalid("That is no push service of a browser.", details={"path": "subscription.endpoint"})
        if not await self._rows.add(subscription, self._most, self._clock.now()):
            raise Illegal(f"An account is pushed to in {self._most} browsers at most.", reason="push_subscriptions")

    async def unsubscribe(self, account: Account, endpoint: str) -> None:
        """Push to a browser no longer; raises StoreError."""
        await self._rows.remove(endpoint, account)


def is_served(endpoint: str, hosts: Sequence[str]) -> bool:
    """Return whether an endpoint is an https address of one of these services; a host may name its port."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or parts.username is not None:
        return False
    named = host if port is None else f"{host}:{port}"
    return any(named == each or (each.startswith("*.") and named.endswith(each[1:])) for each in hosts)
