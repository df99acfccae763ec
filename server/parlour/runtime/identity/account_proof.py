"""Proves that a signature is the account's: by recovery, by ed25519, or by asking the account's contract."""

from __future__ import annotations

import asyncio
from typing import Protocol

from parlour.core.identity import secp256k1, solana
from parlour.core.identity.accounts import contract_account, solana_account
from parlour.core.identity.sign_in import Claim, SignInRules, read_claim
from parlour.core.room import Account
from parlour.errors import SignInRefused, Unavailable
from parlour.runtime.identity.session_store import Session

CONTRACT_METHODS = ("eip1271", "eip6492")
"""How an account is proven that only its chain can speak for; it may change its mind, so it is asked again."""


class ContractVerifier(Protocol):
    """Asks a chain whether a contract accepts a signature (adapters/chain/signatures.py)."""

    async def verify(self, chain: int, address: str, digest: bytes, signature: bytes) -> str | None:
        """Return `eip1271` or `eip6492` if it accepts; None if not, or if the chain is not configured.

        Raises:
            Unavailable: the chain could not be asked.
        """

    async def block(self, chain: int) -> str:
        """Return the hash of the newest block of a configured chain.

        Raises:
            Unavailable: the chain could not be asked.
        """


class NoContracts:
    """Accepts no contract signatures: a server without a chain knows externally owned accounts only."""

    async def verify(self, chain: int, address: str, digest: bytes, signature: bytes) -> str | None:
        return None

    async def block(self, chain: int) -> str:
        raise Unavailable()


class AccountProof:
    """Proves accounts under the operator's rules."""

    def __init__(self, rules: SignInRules, contracts: ContractVerifier | None = None) -> None:
        self._rules = rules
        self._contracts = contracts or NoContracts()

    async def prove(self, claim: Claim) -> tuple[Account, str]:
        """Return the account that the signature proves, and the method.

        Recovery comes first, so that a node that does not answer delays no plain wallet.

        Raises:
            SignInRefused: `signature`. Unavailable: a contract's chain could not be asked.
        """
        message = claim.message
        if self._rules.refuses(message.address):
            raise SignInRefused("signature", "That is a development wallet: everybody has its key.")
        if message.namespace == "solana":
            if not solana.verifies(message.address, claim.raw, claim.signature):
                raise _refused()
            return solana_account(message.chain_id, message.address), "solana"
        digest = secp256k1.personal_digest(claim.raw)
        signer = await _recover(digest, claim.signature)
        if signer is not None and signer.address == message.address:
            if signer.malleable:
                raise SignInRefused("signature", "The signature has a high s, which EIP-2 forbids.")
            return message.address, "eip191"
        chain = int(message.chain_id)
        method = await self._contracts.verify(chain, message.address, digest, claim.signature)
        if method is None:
            raise _refused()
        return contract_account(chain, message.address), method

    async def holds(self, session: Session) -> bool:
        """Return whether the account still accepts its signature: a contract may have another owner by now.

        Raises:
            Unavailable: the contract's chain could not be asked.
        """
        if session.method not in CONTRACT_METHODS:
            return True
        claim = read_claim(session.message or "", session.signature or "")
        digest = secp256k1.personal_digest(claim.raw)
        return await self._contracts.verify(int(session.chain_id), session.address, digest, claim.signature) is not None

    async def block(self, chain: int) -> str:
        """Return a block at which a contract was asked; raises Unavailable."""
        return await self._contracts.block(chain)


async def _recover(digest: bytes, signature: bytes) -> secp256k1.Recovered | None:
    """Recover the signer; in a thread where only the slow Python backend is installed."""
    if secp256k1.NATIVE:
        return secp256k1.recover(digest, signature)
    return await asyncio.to_thread(secp256k1.recover, digest, signature)


def _refused() -> SignInRefused:
    return SignInRefused("signature", "The signature is not this address's over this message.")
