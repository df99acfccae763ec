"""The reference escrow on a dev chain, for tests: its terms, its results, and who signs them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import parlour
from parlour.core.settlement.result import completed, digest, unsigned, words
from parlour.core.settlement.terms import Terms
from parlour.runtime.settlement.keys import SettlementKey
from parlour.testing.anvil import AnvilChain, Deployed

ARTIFACT = json.loads(
    (Path(parlour.__file__).parent / "adapters" / "chain" / "contracts" / "ParlourEscrow.json").read_text()
)["contracts"]["ParlourEscrow"]
PLAYERS_ARTIFACTS = json.loads((Path(__file__).parent / "contracts" / "Escrow.json").read_text())["contracts"]
STAKE = 10**15
REFEREE, ARBITER, SECOND_ARBITER = (SettlementKey(bytes([number]) * 32) for number in (7, 8, 9))


@dataclass(frozen=True)
class Game:
    """One game in an escrow, and what its calls take."""

    contract: Deployed
    terms: Terms
    table: bytes
    nonce: int = 1

    @classmethod
    def of(cls, contract: Deployed, chain: int = 31337, **terms: Any) -> Game:
        """Make a game at a table of its own: an hour's window, a day's duration, 2 arbiters of whom 2 sign."""
        plain: dict[str, Any] = {
            "chain": chain, "address": contract.address, "stake": STAKE, "referee": REFEREE.address,
            "arbiters": (ARBITER.address, SECOND_ARBITER.address), "quorum": 2,
            "window": 3_600_000, "duration": 86_400_000,
        }  # fmt: skip
        return cls(contract, Terms(**plain | terms), secrets.token_bytes(32))

    @property
    def words(self) -> tuple[Any, ...]:
        """The contract's `Terms`."""
        return self.terms.words(self.table, self.nonce)

    @property
    def id(self) -> bytes:
        """The game's name in the escrow."""
        return bytes.fromhex(self.terms.game_id(self.table, self.nonce)[2:])

    def result(self, paid: Mapping[str, int], transcript: bytes = b"\x11" * 32) -> dict[str, Any]:
        """Return the typed data of a result."""
        whole = completed(unsigned(self.terms, self.table, self.nonce, paid), transcript, None)
        typed: dict[str, Any] = whole["typedData"]
        return typed

    def later(self) -> Game:
        """Return the next round of the table."""
        return replace(self, nonce=self.nonce + 1)


def result_words(typed: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the contract's `GameResult` of typed data."""
    return words(typed["message"])


def signed(typed: Mapping[str, Any], keys: Sequence[SettlementKey | None]) -> list[bytes]:
    """Return each key's signature of a result; an empty one for None."""
    return [b"" if key is None else key.sign(digest(typed)) for key in keys]


async def deployed(chain: AnvilChain) -> Deployed:
    """Deploy the escrow."""
    return await chain.deploy(ARTIFACT)


async def pass_time(chain: AnvilChain, seconds: int) -> None:
    """Let the chain's clock run on."""
    await chain.rpc("evm_increaseTime", seconds)
    await chain.mine()
