"""Signs accounts in and out: nonces, sessions and devices (protocol §1).

A sign-in is decided in the order the protocol names. Its nonce is consumed last, in the transaction that opens the
session: a failed attempt consumes nobody's nonce, and of many racing ones a single one wins. Tokens are opaque; the
store holds their SHA-256.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Any

import structlog

from parlour.core.identity.sign_in import (
    Claim,
    SignInRules,
    check_place,
    check_times,
    domain_of,
    parse_session_key,
    read_claim,
    session_key_of,
)
from parlour.core.identity.siwe import Message, milliseconds, rfc3339
from parlour.core.log.signed_posts import reaches
from parlour.core.room import Account, DelegatedKey, RoomId
from parlour.errors import NotFound, RateLimited, SignInRefused, Unauthorized
from parlour.runtime.clock import Clock
from parlour.runtime.identity.account_proof import CONTRACT_METHODS, AccountProof, ContractVerifier
from parlour.runtime.identity.live_sessions import Ended, LiveSessions
from parlour.runtime.identity.session_keys import check_delegation, delegated_key, delegation_json, hours, new_nonce
from parlour.runtime.identity.session_store import Nonce, Session, SessionStore, hash_token

log = structlog.get_logger()

TOKEN_BYTES = 32
"""256 bits: nobody guesses a token, however many there are."""
SESSION_ID_BYTES = 12
"""96 bits: a session's public name is unique, and no secret."""

Admit = Callable[[Account], Awaitable[None]]
"""Asked before a session opens; raises RateLimited where this account opens too many."""


async def _everybody(account: Account) -> None:
    return None


class SignIn:
    """Signs accounts in and out for one process.

    Args:
        store: keeps nonces and sessions.
        rules: what the operator decided.
        contracts: asks a chain about contract signatures; without it contract accounts cannot sign in.
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
        self._proof = AccountProof(rules, contracts)
        self._admit = admit
        self._live = LiveSessions(store, clock)
        self.rank: Callable[[Account], int] = rules.rank
        """Returns the rank of an account's server role; set once roles can be given at run time."""

    # ── in and out ───────────────────────────────────────────────────────────────────────────────────────────────

    async def nonce(
        self, origin: str | None, session_key: str | None = None, room: str | None = None
    ) -> dict[str, Any]:
        """Make the answer of `GET /auth/nonce`: everything a client needs to write the message.

        Raises:
            Invalid: `session_key` is no address, or `room` no room id.
            RateLimited: too many nonces are outstanding.
        """
        now, rules = self._clock.now(), self.rules
        key = None if session_key is None else parse_session_key(session_key, room)
        nonce = new_nonce(rules, rules.serving_origin(origin), key, now)
        if not await self._store.add_nonce(nonce, now, rules.nonce_cap):
            raise RateLimited("Too many sign-ins are under way.", retry_after=5_000)
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
            "expirationTime": rfc3339(now + hours(rules.session_hours)),
        }

    async def verify(self, message: str, signature: str, origin: str | None, device: str = "") -> tuple[str, Session]:
        """Sign an account in and return `(token, session)`. Only success consumes the nonce.

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
        check_delegation(claim.message, key, nonce)
        check_times(claim.message, self.rules, now)
        account, method = await self._proof.prove(claim)
        await self._admit(account)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = replace(self._new_session(claim, nonce, now), account=account, method=method, device=device)
        if method in CONTRACT_METHODS or key is not None:
            session.message, session.signature = message, signature
        if method in CONTRACT_METHODS and key is not None:
            session.block_hash = await self._proof.block(int(claim.message.chain_id))
        if not await self._store.open(nonce.value, session, hash_token(token)):
            raise _nonce_refused()
        self._remember(hash_token(token), session)
        log.info("sign_in.opened", account=account, method=method, session=session.id)
        return token, session

    async def refresh(self, token: str) -> tuple[str, Session]:
        """Give the session another token, and extend it as far as the wallet's message allows.

        A contract may have changed its owner, so its signature is checked again; where it fails, the session ends.

        Raises:
            Unauthorized: no live session.
            SignInRefused: `signature`, the contract does not accept it any longer.
            Unavailable: the contract's chain could not be asked; the session stays as it is.
        """
        session = await self._required(token)
        if not await self._proof.holds(session):
            await self._end(session.id, "revoked")
            raise SignInRefused("signature", "The wallet does not accept this signature any longer; sign in again.")
        now = self._clock.now()
        fresh = secrets.token_urlsafe(TOKEN_BYTES)
        expires_at = min(session.limit_at, now + hours(self.rules.session_hours))
        if not await self._store.rotate(session.id, hash_token(token), hash_token(fresh), expires_at, now):
            raise Unauthorized("This session has ended.")
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

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def authenticate(self, token: str) -> Session | None:
        """Return the live session of a token, or None.

        Mostly a dict look-up.

        Raises:
            StoreError: the store has to be asked and cannot answer.
        """
        token_hash = hash_token(token)
        session = self._live.get(token_hash)
        if session is None:
            session = await self._store.by_token(token_hash)
            if session is None or session.ended_at is not None:
                return None
            self._remember(token_hash, session)
        if self._live.is_over(session.id):
            return None
        if session.expires_at <= self._clock.now():
            return None
        session.rank = self.rank(session.account)
        return session

    async def sessions(self, account: Account) -> list[Session]:
        """Return the account's live sessions, newest first: its devices."""
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
        """End every session of an account and return how many there were."""
        return sum([await self._end(session.id, "revoked") for session in await self.sessions(account)])

    def on_revoked(self, callback: Ended) -> None:
        """Call `callback` for every session that ends, in any process, within a second."""
        self._live.on_end(callback)

    async def look(self) -> None:
        """Read once which sessions ended or expired, and delete old rows now and then; raises StoreError."""
        await self._live.look()

    # ── session keys ─────────────────────────────────────────────────────────────────────────────────────────────

    async def delegations(self, account: Account) -> list[dict[str, Any]]:
        """Return every session key that the account ever delegated to, as lines of a transcript (protocol §6)."""
        return [delegation_json(session) for session in await self._store.delegations(account)]

    async def delegated(
        self, account: Account, addresses: Collection[str], room: RoomId, staked: bool
    ) -> list[DelegatedKey]:
        """Return which of these addresses are session keys of the account's live sessions.

        Mostly dict look-ups. The store is asked about a key unless a session remembered here lets it sign in that
        room, for one key may stand in several sessions.

        Raises:
            StoreError: the store has to be asked and cannot answer.
        """
        now = self._clock.now()
        found = [delegated_key(session) for each in addresses for session in self._live.with_key(account, each)]
        good = {key.address for key in found if key.until > now and reaches(key, room, staked=staked)}
        if unknown := set(addresses) - good:
            stored = await self._store.by_keys(account, unknown)
            found += [delegated_key(session) for session in stored if session.ended_at is None]
        return [key for key in found if key.until > now]

    # ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _end(self, session_id: str, by: str) -> bool:
        ended = await self._store.end(session_id, by, self._clock.now())
        self._live.forget(session_id)
        if ended:
            self._live.announce_end(session_id, by)
        return ended

    async def _required(self, token: str) -> Session:
        session = await self.authenticate(token)
        if session is None:
            raise Unauthorized("This session has ended or does not exist.")
        return session

    async def _live_nonce(self, message: Message, origin: str | None, now: int) -> Nonce:
        nonce = await self._store.nonce(message.nonce)
        if nonce is None or nonce.expires_at <= now or nonce.origin != self.rules.serving_origin(origin):
            raise _nonce_refused()
        return nonce

    def _new_session(self, claim: Claim, nonce: Nonce, now: int) -> Session:
        """Make a session from a claim, still without its account and method."""
        message = claim.message
        ends = now + hours(self.rules.session_hours)
        limit_at = milliseconds(message.expiration_time) if message.expiration_time else ends
        key = session_key_of(message)
        return Session(
            id=secrets.token_hex(SESSION_ID_BYTES),
            account="",
            address=message.address,
            chain_id=message.chain_id if message.namespace == "solana" else int(message.chain_id),
            method="",
            created_at=now,
            expires_at=min(ends, limit_at),
            limit_at=limit_at,
            session_key=key.address if key else None,
            key_room=key.room if key else None,
            key_until=min(nonce.key_until or limit_at, limit_at) if key else None,
            changed_at=now,
        )

    def _remember(self, token_hash: bytes, session: Session) -> None:
        session.rank = self.rank(session.account)
        self._live.remember(token_hash, session)


def _nonce_refused() -> SignInRefused:
    return SignInRefused("nonce", "The nonce is unknown, used, too old, or was issued to another page.")
