"""Verifies signatures of contract accounts by one `eth_call`: ERC-1271, and ERC-6492 before deployment.

The call runs the creation code of contracts/SignatureValidator.sol, which stores nothing, and reads one byte back. A
contract that reverts or uses up its gas has refused. A node that does not answer trips a breaker for its chain, so that
the next sign-in of a contract is refused at once instead of waiting. Wallets with a key are verified without a chain.
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
from parlour.runtime.clock import Clock
from parlour.runtime.nodes.node import NodeError, Refused, Reverted

log = structlog.get_logger()

T = TypeVar("T")
Call = Callable[[str, list[Any]], Awaitable[Any]]
"""One JSON-RPC call to a chain's own endpoint; raises NodeError (`Node.call`)."""

GAS = 10_000_000
"""Gas of one verification: enough to deploy a wallet (ERC-6492), and a bound for hostile contracts."""
AT_ONCE = 8
"""Calls under way per chain: sign-ins share the endpoint with the follower."""
FAILURES_TO_TRIP = 3
"""Failures in a row after which the chain is left alone for a while."""
REFUSAL_SECONDS = 15.0
"""How long a refused signature is refused again without asking. An accepted one is never remembered."""
REFUSALS = 1024
"""Refused signatures remembered per chain."""
MAGIC_6492 = bytes.fromhex("6492") * 16
"""The suffix of a signature that also holds the deployment of its wallet (ERC-6492)."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for a chain.

    Attributes:
        call: for one answer, its turn included.
        tripped: from the breaker's tripping to the next try.
    """

    call: float = 3.0
    tripped: float = 30.0


class ContractSignatures:
    """Implements `runtime.identity.sign_in.ContractVerifier`.

    Args:
        calls: how to reach each configured chain, by chain id; no other chain is ever asked.
        patience: how long to wait for a chain, and how long to leave it alone once it failed.
    """

    def __init__(self, calls: Mapping[int, Call], clock: Clock, patience: Patience | None = None) -> None:
        patience = patience or Patience()
        self._chains = {chain: _Chain(chain, call, clock, patience) for chain, call in calls.items()}

    async def verify(self, chain: int, address: str, digest: bytes, signature: bytes) -> str | None:
        """Return `eip1271` or `eip6492` where the contract at `address` accepts the signature.

        Returns:
            None where it does not, or where the chain is not configured.

        Raises:
            Unavailable: the chain does not answer.
        """
        if chain not in self._chains or not await self._chains[chain].accepts(address, digest, signature):
            return None
        return "eip6492" if signature.endswith(MAGIC_6492) else "eip1271"

    async def block(self, chain: int) -> str:
        """Return the hash of the newest block, where a verifier can ask the contract again much later.

        Raises:
            Unavailable: the chain does not answer.
        """
        return await self._chains[chain].newest()


class _Chain:
    """Verification on one chain, with its circuit breaker and its cache of refusals."""

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
        """Make one call; raise Unavailable where it fails.

        Only a missing answer counts for the breaker. An error object does not: whoever provokes one must not close the
        chain to others.
        """
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
                log.warning("signatures.other_chain", chain=self._number, found=found)
                raise Refused(0, "another chain")
            self._is_right_chain = True
        try:
            result = await self._call("eth_call", [{"data": data, "gas": hex(GAS)}, "latest"])
        except Reverted:
            return False
        except Refused as error:
            if "gas" in error.said:
                return False
            raise
        return bool(result == "0x01")

    def _failed(self, error: Exception) -> None:
        """Count a failure and trip the breaker.

        After the pause the next call decides: one more failure trips it again.
        """
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
    """Return the validator's creation code with its ABI-encoded arguments `(address, bytes32, bytes)`."""
    padded = signature + bytes(-len(signature) % 32)
    head = bytes.fromhex(address[2:]).rjust(32, b"\0") + digest + (96).to_bytes(32, "big")
    return _validator() + (head + len(signature).to_bytes(32, "big") + padded).hex()


@cache
def _validator() -> str:
    compiled = orjson.loads((Path(__file__).with_name("contracts") / "SignatureValidator.json").read_bytes())
    return str(compiled["contracts"]["ValidateSigOffchain"]["bytecode"])
