"""Signing in, once: nonces, sessions, devices, session keys (protocol §1).

A sign-in is decided in the order the protocol names, and its nonce is consumed last, in the same transaction that
opens the session: a failed attempt burns nobody's nonce, and of many racing ones a single one wins. Tokens are opaque;
the store holds their SHA-256.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Any, Protocol

import structlog

from parlour.core.identity import secp256k1, solana
from parlour.core.identity.accounts import contract_account, solana_account
from parlour.core.identity.sign_in import (
    Claim,
    SessionKey,
    SignInRules,
    check_place,
    check_times,
    domain_of,
    parse_session_key,
    read_claim,
    session_key_of,
    session_key_statement,
)
from parlour.core.identity.siwe import Message, malformed, milliseconds, rfc3339
from parlour.core.log.signed_posts import reaches
from parlour.core.room import Account, DelegatedKey, RoomId
from parlour.errors import NotFound, RateLimited, SignInRefused, Unauthorized, Unavailable
from parlour.runtime.clock import Clock
from parlour.runtime.identity.live_sessions import Ended, LiveSessions
from parlour.runtime.identity.session_store import Nonce, Session, SessionStore, hash_token

__all__ = ["ContractVerifier", "Session", "SignIn"]

log = structlog.get_logger()

NONCE_BYTES = 16
TOKEN_BYTES = 32
HOUR_MS = 3_600_000
CONTRACT_METHODS = ("eip1271", "eip6492")

Admit = Callable[[Account], Awaitable[None]]
"""Asked before a session opens; raises RateLimited where this account opens too many."""


class ContractVerifier(Protocol):
    """Asks a chain whether a contract accepts a signature (adapters/signatures.py)."""

    async def verify(self, chain: int, address: str, digest: bytes, signature: bytes) -> str | None:
        """`eip1271` or `eip6492` where it does, None where not, or where the chain is not configured.

        Raises:
            Unavailable: the chain could not be asked.
        """

    async def block(self, chain: int) -> str:
        """The hash of the newest block of a configured chain.

        Raises:
            Unavailable: the chain could not be asked.
        """


class NoContracts:
    """A server without a chain: externally owned accounts only."""

    async def verify(self, chain: int, address: str, digest: bytes, signature: bytes) -> str | None:
        return None

    async def block(self, chain: int) -> str:
        raise Unavailable()


async def _everybody(account: Account) -> None:
    return None


class SignIn:
    """The sign-in desk of one process.

    Args:
        store: where nonces and sessions live.
        rules: what the operator decided.
        contracts: asks a chain about contract signatures.
        admit: raises RateLimited for an account that opens too many sessions.
    """

    def __init__(
        self,
        store: SessionStore,
        clock: Clock,
        rules: SignInRules,
        contracts: ContractVerifier | None = None,
        admit: Admit = _everybody,
    ) -> None:
        self.rules = rules
        self._store = store
        self._clock = clock
        self._contracts = contracts or NoContracts()
        self._admit = admit
        self._live = LiveSessions(store, clock)

    async def nonce(
        self, origin: str | None, session_key: str | None = None, room: str | None = None
    ) -> dict[str, Any]:
        """The answer of `GET /auth/nonce`: everything a client needs to write the message.

        Raises:
            Invalid: `session_key` is no address, or `room` no room id.
            RateLimited: too many nonces are outstanding.
        """
        now = self._clock.now()
        nonce = self._new_nonce(origin, None if session_key is None else parse_session_key(session_key, room), now)
        if not await self._store.add_nonce(nonce, now, self.rules.nonce_cap):
            raise RateLimited("Too many sign-ins are under way.", retry_after=5_000)
        rules = self.rules
        return {
            "nonce": nonce.value,
            "nonceExpiresAt": nonce.expires_at,
            "domain": domain_of(nonce.origin),
            "uri": nonce.origin,
            "version": "1",
            "statement": nonce.statement,
            "chainIds": list(rules.chains),
            "solanaChains": list(rules.solana_chains),
            "issuedAt": rfc3339(now),
            "expirationTime": rfc3339(now + _hours(rules.session_hours)),
        }

    async def verify(self, message: str, signature: str, origin: str | None, device: str = "") -> tuple[str, Session]:
        """Sign somebody in: `(token, session)`. Only a success uses up the nonce.

        Raises:
            SignInRefused: the rule that failed, in the order of protocol §1.
            TooLarge: the message or the signature.
            RateLimited: this account signs in too often.
            Unavailable: a contract account's chain could not be asked.
        """
        now = self._clock.now()
        claim = read_claim(message, signature)
        key = session_key_of(claim.message)
        if origin is not None and not self.rules.accepts(origin):
            raise SignInRefused("domain", "This server does not sign people in for that page; see PARLOUR_ORIGINS.")
        check_place(claim.message, self.rules)
        nonce = await self._live_nonce(claim.message, origin, now)
        _check_delegation(claim.message, key, nonce)
        check_times(claim.message, self.rules, now)
        account, method = await self._prove(claim)
        await self._admit(account)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = self._new_session(claim, account, method, nonce, now, device)
        if method in CONTRACT_METHODS or key is not None:
            session.message, session.signature = message, signature
        if method in CONTRACT_METHODS and key is not None:
            session.block_hash = await self._contracts.block(int(claim.message.chain_id))
        if not await self._store.open(nonce.value, session, hash_token(token)):
            raise _nonce_refused()
        self._remember(hash_token(token), session)
        log.info("sign_in.opened", account=account, method=method, session=session.id)
        return token, session

    async def authenticate(self, token: str) -> Session | None:
        """The live session of a token, or None. Mostly a dict look-up; raises StoreError when the store must be asked
        and cannot answer."""
        token_hash = hash_token(token)
        session = self._live.get(token_hash)
        if session is None:
            session = await self._store.by_token(token_hash)
            if session is None or session.ended_at is not None:
                return None
            self._remember(token_hash, session)
        if self._live.is_over(session.id):
            return None
        return session if session.expires_at > self._clock.now() else None

    async def refresh(self, token: str) -> tuple[str, Session]:
        """Another token for the same session, and as long a life as the wallet's signature still allows.

        A contract may have changed its owner, so its signature is checked again; if it fails, the session ends.

        Raises:
            Unauthorized: no live session.
            SignInRefused: `signature`, the contract does not accept it any longer.
            Unavailable: the contract's chain could not be asked; the session stays as it is.
        """
        session = await self._required(token)
        await self._prove_again(session)
        now = self._clock.now()
        fresh = secrets.token_urlsafe(TOKEN_BYTES)
        expires_at = min(session.limit_at, now + _hours(self.rules.session_hours))
        if not await self._store.rotate(session.id, hash_token(token), hash_token(fresh), expires_at, now):
            raise Unauthorized("This session is over.")
        self._live.forget(session.id)
        renewed = replace(session, expires_at=expires_at, changed_at=now)
        self._remember(hash_token(fresh), renewed)
        return fresh, renewed

    async def sign_out(self, token: str) -> None:
        """End this session; its sockets are closed.

        Raises:
            Unauthorized: no live session.
        """
        session = await self._required(token)
        await self._end(session.id, "signed_out")

    async def sessions(self, account: Account) -> list[Session]:
        """The account's live sessions, newest first: my devices."""
        return await self._store.live(account, self._clock.now())

    async def revoke(self, account: Account, session_id: str) -> None:
        """End one of the account's sessions.

        Raises:
            NotFound: the account has no such live session.
        """
        session = await self._store.by_id(session_id)
        if session is None or session.account != account or not await self._end(session_id, "revoked"):
            raise NotFound("You have no such session.")

    async def revoke_all(self, account: Account) -> int:
        """End every session of an account; how many there were."""
        return sum([await self._end(session.id, "revoked") for session in await self.sessions(account)])

    async def delegations(self, account: Account) -> list[dict[str, Any]]:
        """Every session key the account ever delegated to, as a transcript states it (protocol §6)."""
        return [_delegation(session) for session in await self._store.delegations(account)]

    async def delegated(
        self, account: Account, addresses: Collection[str], room: RoomId, staked: bool
    ) -> list[DelegatedKey]:
        """Which of these addresses are session keys of the account, of sessions that neither ended nor expired.

        Mostly dict look-ups: the store is asked about a key unless one of the sessions remembered here lets it sign
        in that room, for one key may stand in several. Raises StoreError where the store cannot answer.
        """
        now = self._clock.now()
        found = [_delegated(session) for each in addresses for session in self._live.with_key(account, each)]
        good = {key.address for key in found if key.until > now and reaches(key, room, staked=staked)}
        if unknown := set(addresses) - good:
            stored = await self._store.by_keys(account, unknown)
            found += [_delegated(session) for session in stored if session.ended_at is None]
        return [key for key in found if key.until > now]

    def on_revoked(self, callback: Ended) -> None:
        """Hear of every session that ends, in whichever process, within a second."""
        self._live.on_end(callback)

    async def watch(self) -> None:
        """Run for the process's life: what other processes ended, what expired, and a sweep now and then."""
        await self._live.watch()

    async def _end(self, session_id: str, by: str) -> bool:
        ended = await self._store.end(session_id, by, self._clock.now())
        self._live.forget(session_id)
        if ended:
            self._live.tell(session_id, by)
        return ended

    async def _required(self, token: str) -> Session:
        session = await self.authenticate(token)
        if session is None:
            raise Unauthorized("This session is over, or never was.")
        return session

    async def _live_nonce(self, message: Message, origin: str | None, now: int) -> Nonce:
        nonce = await self._store.nonce(message.nonce)
        if nonce is None or nonce.expires_at <= now or nonce.origin != self.rules.serving_origin(origin):
            raise _nonce_refused()
        return nonce

    async def _prove(self, claim: Claim) -> tuple[Account, str]:
        """The account that the signature proves and how; recovery first, so that no dead node slows a plain wallet."""
        message = claim.message
        if self.rules.refuses(message.address):
            raise SignInRefused("signature", "That is a development wallet: everybody has its key.")
        if message.namespace == "solana":
            if not solana.verifies(message.address, claim.raw, claim.signature):
                raise _signature_refused()
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
            raise _signature_refused()
        return contract_account(chain, message.address), method

    async def _prove_again(self, session: Session) -> None:
        if session.method not in CONTRACT_METHODS:
            return
        claim = read_claim(session.message or "", session.signature or "")
        digest = secp256k1.personal_digest(claim.raw)
        if await self._contracts.verify(int(session.chain_id), session.address, digest, claim.signature) is None:
            await self._end(session.id, "revoked")
            raise SignInRefused("signature", "The wallet does not accept this signature any longer; sign in again.")

    def _new_nonce(self, origin: str | None, key: SessionKey | None, now: int) -> Nonce:
        value, serving = secrets.token_hex(NONCE_BYTES), self.rules.serving_origin(origin)
        expires_at = now + int(self.rules.nonce_ttl * 1000)
        if key is None:
            return Nonce(value, serving, expires_at, self.rules.statement)
        until = (now + _hours(self.rules.session_key_hours)) // 60_000 * 60_000
        words = f"{rfc3339(until)[:16].replace('T', ' ')} UTC"
        statement = session_key_statement(self.rules.statement, key, words)
        return Nonce(value, serving, expires_at, statement, key.address, key.room, until)

    def _new_session(self, claim: Claim, account: Account, method: str, nonce: Nonce, now: int, device: str) -> Session:
        message = claim.message
        ends = now + _hours(self.rules.session_hours)
        limit_at = milliseconds(message.expiration_time) if message.expiration_time else ends
        key = session_key_of(message)
        return Session(
            id=secrets.token_hex(12),
            account=account,
            address=message.address,
            chain_id=message.chain_id if message.namespace == "solana" else int(message.chain_id),
            method=method,
            created_at=now,
            expires_at=min(ends, limit_at),
            limit_at=limit_at,
            session_key=key.address if key else None,
            key_room=key.room if key else None,
            key_until=min(nonce.key_until or limit_at, limit_at) if key else None,
            changed_at=now,
            device=device,
        )

    def _remember(self, token_hash: bytes, session: Session) -> None:
        session.rank = self.rules.rank(session.account)
        self._live.remember(token_hash, session)


async def _recover(digest: bytes, signature: bytes) -> secp256k1.Recovered | None:
    if secp256k1.NATIVE:
        return secp256k1.recover(digest, signature)
    return await asyncio.to_thread(secp256k1.recover, digest, signature)


def _check_delegation(message: Message, key: SessionKey | None, nonce: Nonce) -> None:
    """A session key must be the one the user was asked about, in the very words; the room may only be narrower."""
    if nonce.session_key is None and key is None:
        return
    if key is None or key.address != nonce.session_key or message.statement != nonce.statement:
        raise malformed("its statement and its Resources do not name the session key the nonce was issued for")
    if nonce.key_room is not None and key.room != nonce.key_room:
        raise malformed("the session key is for another room")


def _delegation(session: Session) -> dict[str, Any]:
    line: dict[str, Any] = {
        "account": session.account,
        "sessionKey": session.session_key,
        "message": session.message,
        "signature": session.signature,
        "from": session.created_at,
        "until": session.key_until,
        "revokedAt": session.ended_at,
    }
    if session.method in CONTRACT_METHODS:
        line |= {"chain": session.chain_id, "blockHash": session.block_hash}
    return line


def _delegated(session: Session) -> DelegatedKey:
    until = min(session.key_until or 0, session.expires_at)
    return DelegatedKey(session.session_key or "", session.key_room, session.created_at, until)


def _hours(hours: float) -> int:
    return int(hours * HOUR_MS)


def _nonce_refused() -> SignInRefused:
    return SignInRefused("nonce", "The nonce is unknown, used, too old, or was issued to another page.")


def _signature_refused() -> SignInRefused:
    return SignInRefused("signature", "The signature is not this address's over this message.")
