"""Reads a sign-in and checks the rules of protocol §1 that need no store, no clock and no signature.

Refusals come in a fixed order: malformed (`read_claim`), domain, uri, chain (`check_place`), nonce (the store's),
expired, not_yet_valid (`check_times`), signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

import base58

from parlour.core.identity import siwe, solana
from parlour.core.identity.accounts import checksum, normal_account
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.identity.siwe import MAX_BYTES, Message, check_statement, is_authority, malformed, milliseconds
from parlour.core.room import Account
from parlour.errors import Invalid, SignInRefused, TooLarge

SESSION_KEY_URN = "urn:parlour:session-key:"
MAX_SIGNATURE_BYTES = 8192
"""A contract's signature may hold those of many owners, and the code to deploy it (ERC-6492)."""
_HEX = re.compile(r"0[xX](?:[0-9a-fA-F]{2})*")
_ROOM_ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._:-]{1,128}")
_DEFAULT_PORTS = {"http": 80, "https": 443}

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
"""Names that no other machine answers to."""


@dataclass(frozen=True, kw_only=True)
class SignInRules:
    """The operator's settings for signing in.

    Attributes:
        origins: front ends that may sign people in, `scheme://host[:port]`; the first serves requests without one.
        loopback: every page of this machine may too, on any port (`parlour dev`).
        chains: EVM chains a message may name.
        solana_chains: Solana clusters a message may name (`mainnet devnet testnet localnet`); empty turns it off.
        session_hours, session_key_hours: longest life of a session and of a session key.
        statement: the sentence the user reads in the wallet.
        clock_skew, nonce_ttl: seconds.
        nonce_cap: nonces outstanding at once in the whole store.
        roles: server role by account.
        refused_accounts: accounts whose keys are public knowledge (the dev wallets, under `serve`).
    """

    origins: tuple[str, ...]
    loopback: bool = False
    chains: tuple[int, ...] = (1,)
    solana_chains: tuple[str, ...] = ("mainnet",)
    session_hours: float
    session_key_hours: float
    statement: str
    clock_skew: float = 300
    nonce_ttl: float = 300
    nonce_cap: int = 100_000
    roles: Mapping[Account, str] = field(default_factory=dict)
    refused_accounts: frozenset[Account] = frozenset()

    def __post_init__(self) -> None:
        """Check the settings; raises ValueError if nobody could sign in under them."""
        if not self.origins:
            raise ValueError("At least one origin is needed to sign in.")
        for origin in self.origins:
            if origin_of(origin) != origin:
                raise ValueError(f"{origin!r} is not an origin: write scheme://host[:port], lower case, no path.")
        for account, role in self.roles.items():
            if role not in SERVER_ROLES:
                raise ValueError(f"{role!r} is not a server role: {', '.join(SERVER_ROLES)}.")
            try:
                normal_account(account)
            except Invalid as error:
                raise ValueError(f"{account!r} cannot have a role. {error.message}") from None
        try:
            check_statement(self.statement)
        except SignInRefused:
            raise ValueError(
                'The statement may hold ASCII letters, digits, blanks and none of " % < > { } | \\ ^ `.'
            ) from None

    @cached_property
    def domains(self) -> Mapping[str, str]:
        """Map each listed origin's domain (host and port) to it."""
        return {domain_of(origin): origin for origin in reversed(self.origins)}

    def accepts(self, origin: str | None) -> bool:
        """Return whether pages of this origin may sign people in."""
        return origin in self.origins or (self.loopback and origin is not None and is_loopback(origin))

    def serves(self, domain: str) -> bool:
        """Return whether people may sign in for this domain, `host[:port]`."""
        return domain in self.domains or (self.loopback and is_loopback(f"http://{domain}"))

    @cached_property
    def _ranks(self) -> Mapping[Account, int]:
        return {normal_account(account): SERVER_ROLES[role] for account, role in self.roles.items()}

    @cached_property
    def _refused(self) -> frozenset[Account]:
        return frozenset(normal_account(account) for account in self.refused_accounts)

    def rank(self, account: Account) -> int:
        """Return the server role rank of an account; 0 for ordinary ones."""
        return self._ranks.get(account, 0)

    def refuses(self, address: str) -> bool:
        """Return whether this is a wallet whose private key is public."""
        return address in self._refused

    def serving_origin(self, origin: str | None) -> str:
        """Return the listed origin a request belongs to: its own if listed, else the first."""
        return origin if origin is not None and self.accepts(origin) else self.origins[0]


@dataclass(frozen=True, slots=True)
class SessionKey:
    """A key that may sign entries for an account.

    Attributes:
        address: EIP-55.
        room: the only room it may sign in, or None for all of the account's.
    """

    address: str
    room: str | None = None


def split_chains(names: Iterable[str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Split a list such as `1, 8453, solana:mainnet` into EVM chain ids and Solana clusters.

    Raises:
        ValueError: neither the one nor the other.
    """
    evm, clusters = [], []
    for name in names:
        if solana.check_cluster(name) in solana.CLUSTER_NAMES and name.startswith("solana:"):
            clusters.append(solana.check_cluster(name))
        elif name.isascii() and name.isdigit():
            evm.append(int(name))
        else:
            raise ValueError(f"{name!r} is no chain: write an EVM chain id, or solana:<cluster>.")
    return tuple(dict.fromkeys(evm)), tuple(dict.fromkeys(clusters))


def origin_of(uri: str) -> str | None:
    """Return `scheme://host[:port]` of a URI in lower case without a default port, or None where it has none.

    A URI without a host has no origin, nor has one with a user.
    """
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    if not parts.scheme or not parts.hostname or "@" in parts.netloc or not is_authority(parts.netloc):
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = "" if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def is_loopback(origin: str) -> bool:
    """Return whether an origin is a page of this machine: http or https on localhost, 127.0.0.1 or [::1]."""
    scheme, _, authority = origin.partition("://")
    return scheme in ("http", "https") and origin_of(origin) == origin and is_loopback_host(authority)


def is_loopback_host(authority: str) -> bool:
    """Return whether `host[:port]` is a name of this machine that no DNS answer can change."""
    origin = origin_of(f"http://{authority}")
    return origin is not None and urlsplit(origin).hostname in LOOPBACK_HOSTS


def domain_of(origin: str) -> str:
    """Return host and port of an origin."""
    return origin.partition("://")[2]


def check_place(message: Message, rules: SignInRules) -> None:
    """Check domain, URI and chain against the rules' lists, exactly.

    Raises:
        SignInRefused: domain, uri or chain.
    """
    if not rules.serves(message.domain):
        raise SignInRefused("domain", "This server does not sign people in for that domain.")
    if message.scheme is not None and not rules.accepts(f"{message.scheme}://{message.domain}"):
        raise SignInRefused("domain", "The scheme before the domain is not the front end's.")
    if not rules.accepts(origin_of(message.uri)):
        raise SignInRefused("uri", "This server does not sign people in for that URI.")
    chains = rules.solana_chains if message.namespace == "solana" else map(str, rules.chains)
    if message.chain_id not in chains:
        raise SignInRefused("chain", "This server does not sign people in on that chain.")


def check_times(message: Message, rules: SignInRules, now: int) -> None:
    """Check Issued At, Expiration Time and Not Before against `now` (ms).

    A nonce lives `nonce_ttl`, and clocks may differ by `clock_skew`: together they bound the oldest honest Issued At.

    Raises:
        SignInRefused: expired or not_yet_valid.
    """
    skew = int(rules.clock_skew * 1000)
    issued = milliseconds(message.issued_at)
    if issued < now - skew - int(rules.nonce_ttl * 1000):
        raise SignInRefused("expired", "The message was issued too long ago.")
    if message.expiration_time is not None and milliseconds(message.expiration_time) <= now:
        raise SignInRefused("expired", "The message has expired.")
    if issued > now + skew:
        raise SignInRefused("not_yet_valid", "The message was issued in the future.")
    if message.not_before is not None and milliseconds(message.not_before) > now + skew:
        raise SignInRefused("not_yet_valid", "The message is not valid yet.")


def session_key_of(message: Message) -> SessionKey | None:
    """Return the session key that a message's Resources delegate to, if any.

    Raises:
        SignInRefused: malformed, for two of them, or one that is no address or names no room id.
    """
    found = [resource for resource in message.resources or () if resource.lower().startswith(SESSION_KEY_URN)]
    if not found:
        return None
    if len(found) > 1:
        raise malformed("it names more than one session key")
    address, scoped, room = found[0][len(SESSION_KEY_URN) :].partition("?room=")
    if scoped and _ROOM_ID.fullmatch(room) is None:
        raise malformed("the session key's room is not a room id")
    try:
        return SessionKey(checksum(address), room if scoped else None)
    except Invalid:
        raise malformed("the session key is not an address") from None


def parse_session_key(address: str, room: str | None) -> SessionKey:
    """Read the session key that a client asks a nonce for.

    Raises:
        Invalid: not an address, or not a room id.
    """
    if room is not None and _ROOM_ID.fullmatch(room) is None:
        raise Invalid("room is not a room id.")
    return SessionKey(checksum(address), room)


def session_key_statement(statement: str, key: SessionKey, until: str) -> str:
    """Return what the user reads before a key may sign in their name: the key, where, and how long."""
    where = f" in the room {key.room}" if key.room else ""
    return f"{statement} Until {until} the session key {key.address} may sign for this account{where}."


@dataclass(frozen=True, slots=True)
class Claim:
    """What a client sends to sign in: the text as fields and as the bytes that were signed, and the signature."""

    message: Message
    raw: bytes
    signature: bytes


def read_claim(message: str, signature: str) -> Claim:
    """Parse a sign-in; its first line says whether Ethereum or Solana is meant.

    Raises:
        TooLarge: a message over 4 KB or a signature over 8 KB.
        SignInRefused: malformed.
    """
    if len(message) > MAX_BYTES or len(signature) > 2 * MAX_SIGNATURE_BYTES + 2:
        raise TooLarge("A sign-in text has 4,096 bytes at most, its signature 8,192.")
    of_solana = message.partition("\n")[0].endswith(solana.HEADER)
    fields = solana.parse(message) if of_solana else siwe.parse(message)
    return Claim(fields, message.encode("ascii"), _signature_bytes(signature, base58_too=of_solana))


def _signature_bytes(text: str, *, base58_too: bool) -> bytes:
    """Decode `0x` hex (nothing after it is a Safe's own empty signature), or base58 as Solana wallets write it."""
    if _HEX.fullmatch(text):
        return bytes.fromhex(text[2:])
    if base58_too and 64 <= len(text) <= 88:
        try:
            return bytes(base58.b58decode(text))
        except ValueError:
            pass
    raise malformed("the signature is not 0x and hexadecimal digits")
