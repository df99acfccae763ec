"""Signing in as tests do it: a clock, a store, rules and honest clients."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from coincurve import PrivateKey

from parlour.core.identity import siwe
from parlour.core.identity.sign_in import SignInRules
from parlour.core.identity.siwe import Message
from parlour.errors import SignInRefused
from parlour.runtime.clock import SystemClock
from parlour.runtime.identity.session_keys import HOUR_MS
from parlour.runtime.identity.session_store import Session
from parlour.runtime.identity.session_store_memory import MemorySessionStore
from parlour.runtime.identity.sign_in import SignIn
from tests.bounds import sign_in_rules
from tests.wallets import Wallet, message_for

APP, OTHER = "https://app.example", "https://other.example:8443"
KEY = Wallet().address
DEV = Wallet(PrivateKey.from_int(7))
HOUR = HOUR_MS


class HandClock(SystemClock):
    """Time moves by hand; a sleep ends when the test says so."""

    def __init__(self) -> None:
        self.ms = 1_795_000_000_000

    def now(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    def advance(self, ms: float) -> None:
        self.ms += int(ms)


@dataclass
class Desk:
    """Sign-in with its clock and store, and honest clients."""

    clock: Any = field(default_factory=HandClock)
    store: MemorySessionStore = field(default_factory=MemorySessionStore)
    rules: SignInRules = field(
        default_factory=lambda: sign_in_rules(
            origins=(APP, OTHER), chains=(1, 31337), roles={DEV.address: "admin"}, refused_accounts=frozenset()
        )
    )

    def __post_init__(self) -> None:
        self.sign_in = SignIn(self.store, self.clock, self.rules)

    async def message(self, wallet: Wallet, origin: str | None = APP, **changes: Any) -> Message:
        return message_for(await self.sign_in.nonce(origin), wallet.address, **changes)

    async def enter(self, wallet: Wallet | None = None, **changes: Any) -> tuple[str, Session]:
        wallet = wallet or Wallet()
        text = siwe.build(await self.message(wallet, **changes))
        return await self.sign_in.verify(text, wallet.sign(text), APP)

    async def code(self, text: str, signature: str, origin: str | None = APP) -> str:
        """The code of the refusal, or `ok`."""
        try:
            await self.sign_in.verify(text, signature, origin)
        except SignInRefused as refused:
            return refused.code
        return "ok"

    async def another_process(self) -> SignIn:
        """Start another process over the same store."""
        return SignIn(self.store, self.clock, self.rules)
