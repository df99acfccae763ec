"""Signatures of contract accounts: ERC-1271, and ERC-6492 for contracts that are not deployed yet, by one `eth_call`.

The call deploys contracts/SignatureValidator.sol in nobody's block and reads one byte back; a contract that reverts or
eats its gas has said no. A node that does not answer trips a breaker for its chain, so that the next contract sign-in
is refused at once instead of waiting; wallets with a key never come here (sessions.py recovers first).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import orjson
import structlog

from parlour.errors import Unavailable
from parlour.runtime.chain.node import NodeError, Refused, Reverted
from parlour.runtime.clock import Clock

log = structlog.get_logger()

T = TypeVar("T")
Call = Callable[[str, list[Any]], Awaitable[Any]]
"""One JSON-RPC call to a chain's own endpoint; raises NodeError (`Node.call`)."""

GAS = 10_000_000
AT_ONCE = 8
"""Calls under way per chain."""
FAILURES_TO_TRIP = 3
REFUSAL_SECONDS = 15.0
"""How long a refused signature is refused again without asking. An accepted one is never remembered."""
REFUSALS = 1024
MAGIC_6492 = bytes.fromhex("6492") * 16


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for one answer, its turn included, and between the breaker's tripping and the next try."""

    call: float = 3.0
    tripped: float = 30.0


class ContractSignatures:
    """Implements `runtime.sessions.ContractVerifier`.

    Args:
        calls: how to reach each configured chain, by chain id; no other chain is ever asked.
        patience: how long to wait for a chain, and how long to leave it alone once it failed.
    """

    def __init__(self, calls: Mapping[int, Call], clock: Clock, patience: Patience | None = None) -> None:
        patience = patience or Patience()
        self._chains = {chain: _Chain(chain, call, clock, patience) for chain, call in calls.items()}

    async def verify(self, chain: int, address: str, digest: bytes, signature: bytes) -> str | None:
        """`eip1271` or `eip6492` where the contract at `address` accepts; None where not, or for an unknown chain.

        Raises:
            Unavailable: the chain does not answer.
        """
        if chain not in self._chains or not await self._chains[chain].accepts(address, digest, signature):
            return None
        return "eip6492" if signature.endswith(MAGIC_6492) else "eip1271"

    async def block(self, chain: int) -> str:
        """The hash of the chain's newest block: where a verifier asks the contract again, long after.

        Raises:
            Unavailable: the chain does not answer.
        """
        return await self._chains[chain].newest()


class _Chain:
    def __init__(self, number: int, call: Call, clock: Clock, patience: Patience) -> None:
        self._number = number
        self._call = call
        self._clock = clock
        self._patience = patience
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._failures = 0
        self._closed_until = 0.0
        self._is_right_chain = False
        self._refused: OrderedDict[bytes, float] = OrderedDict()

    async def accepts(self, address: str, digest: bytes, signature: bytes) -> bool:
        asked = sha256(address.encode() + digest + signature).digest()
        now = self._clock.monotonic()
        if self._refused.get(asked, 0.0) > now:
            return False
        if now < self._closed_until:
            raise self._unavailable()
        accepted = await self._guarded(lambda: self._ask(_validation(address, digest, signature)))
        if not accepted:
            self._remember_refusal(asked)
        return accepted

    async def newest(self) -> str:
        block = await self._guarded(lambda: self._call("eth_getBlockByNumber", ["latest", False]))
        return str(block["hash"])

    async def _guarded(self, ask: Callable[[], Awaitable[T]]) -> T:
        """An error object is an answer: whoever provokes one must not close the chain to others."""
        try:
            async with asyncio.timeout(self._patience.call), self._turns:
                answered = await ask()
        except Refused as error:
            log.warning("signatures.chain_refused", chain=self._number, error=str(error))
            raise self._unavailable() from None
        except (TimeoutError, NodeError) as error:
            self._failed(error)
            raise self._unavailable() from None
        self._failures = 0
        return answered

    async def _ask(self, data: str) -> bool:
        if not self._is_right_chain:
            found = int(await self._call("eth_chainId", []), 16)
            if found != self._number:
                raise Refused(0, f"the endpoint serves chain {found}, not {self._number}")
            self._is_right_chain = True
        try:
            result = await self._call("eth_call", [{"data": data, "gas": hex(GAS)}, "latest"])
        except Reverted:
            return False
        except Refused as error:
            if "gas" in str(error):
                return False
            raise
        return bool(result == "0x01")

    def _failed(self, error: Exception) -> None:
        """Half open after a pause: the next call decides, and one failure closes it again."""
        self._failures += 1
        if self._failures >= FAILURES_TO_TRIP:
            self._closed_until = self._clock.monotonic() + self._patience.tripped
            log.warning("signatures.chain_failed", chain=self._number, error=type(error).__name__)

    def _unavailable(self) -> Unavailable:
        message = f"Chain {self._number} cannot be asked about contract wallets right now."
        return Unavailable(message, retry_after=int(self._patience.call * 1000))

    def _remember_refusal(self, asked: bytes) -> None:
        self._refused[asked] = self._clock.monotonic() + REFUSAL_SECONDS
        if len(self._refused) > REFUSALS:
            self._refused.popitem(last=False)


def _validation(address: str, digest: bytes, signature: bytes) -> str:
    """The validator's creation code and its ABI-encoded arguments `(address, bytes32, bytes)`."""
    padded = signature + bytes(-len(signature) % 32)
    head = bytes.fromhex(address[2:]).rjust(32, b"\0") + digest + (96).to_bytes(32, "big")
    return _validator() + (head + len(signature).to_bytes(32, "big") + padded).hex()


@cache
def _validator() -> str:
    compiled = orjson.loads((Path(__file__).with_name("contracts") / "SignatureValidator.json").read_bytes())
    return str(compiled["contracts"]["ValidateSigOffchain"]["bytecode"])
