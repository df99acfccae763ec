"""Delegation to session keys: the wallet's sentence, the checks of it, and the transcript's line."""

from __future__ import annotations

import secrets
from typing import Any

from parlour.core.identity.sign_in import SessionKey, SignInRules, session_key_statement
from parlour.core.identity.siwe import Message, malformed, rfc3339
from parlour.core.room import DelegatedKey
from parlour.runtime.identity.account_proof import CONTRACT_METHODS
from parlour.runtime.identity.session_store import Nonce, Session

NONCE_BYTES = 16
"""128 bits: nobody guesses a nonce."""
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


def new_nonce(rules: SignInRules, origin: str, key: SessionKey | None, now: int) -> Nonce:
    """Make a nonce for an origin and the sentence that a wallet shows; the sentence names a requested session key."""
    value, expires_at = secrets.token_hex(NONCE_BYTES), now + int(rules.nonce_ttl * 1000)
    if key is None:
        return Nonce(value, origin, expires_at, rules.statement)
    until = (now + hours(rules.session_key_hours)) // MINUTE_MS * MINUTE_MS
    words = f"{rfc3339(until)[:16].replace('T', ' ')} UTC"
    statement = session_key_statement(rules.statement, key, words)
    return Nonce(value, origin, expires_at, statement, key.address, key.room, until)


def check_delegation(message: Message, key: SessionKey | None, nonce: Nonce) -> None:
    """Check that the message delegates to the key its sentence names; the room may only be narrower.

    Raises:
        SignInRefused: malformed.
    """
    if nonce.session_key is None and key is None:
        return
    if key is None or key.address != nonce.session_key or message.statement != nonce.statement:
        raise malformed("its statement and its Resources do not name the session key the nonce was issued for")
    if nonce.key_room is not None and key.room != nonce.key_room:
        raise malformed("the session key is for another room")


def delegation_json(session: Session) -> dict[str, Any]:
    """Make the `delegation` line of a transcript (protocol §6)."""
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


def delegated_key(session: Session) -> DelegatedKey:
    """Return the session key of a session that has one, with the time of its end."""
    until = min(session.key_until or 0, session.expires_at)
    return DelegatedKey(session.session_key or "", session.key_room, session.created_at, until)


def hours(number: float) -> int:
    """Convert hours to milliseconds."""
    return int(number * HOUR_MS)
