"""The identity part of a process: sign-in, API keys, ENS names, and their rate limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from parlour.adapters.chain.signatures import ContractSignatures
from parlour.adapters.http.dev import DEV_ADDRESSES
from parlour.adapters.sql.identity import SqlApiKeyStore, SqlSessionStore
from parlour.core.identity.sign_in import SignInRules, split_chains
from parlour.runtime.identity.api_keys import ApiKeys
from parlour.runtime.identity.ens_names import EnsNames
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.limits import Allowance, Limiter
from parlour.settings import Settings
from parlour.wiring.chain import Call, configured
from parlour.wiring.process import Process

SIGN_IN_RULES = ("nonce", "sign_in", "account")
"""Counted apart: asking for a nonce, trying to sign in, and how often one account succeeds."""
NETWORK = 10
"""Addresses of one network (IPv4 /24, IPv6 /48) that may ask for all their nonces at once."""
HTTP_RULES = ("session", "http")
"""Counted apart too: whoever asked the API for too much can still sign out."""
SOLANA_BY_DEFAULT = ("mainnet",)


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity part of a process; `limiter` counts attempts by address and account."""

    sign_in: SignIn
    keys: ApiKeys
    names: EnsNames
    limiter: Limiter


def build(settings: Settings, process: Process, calls: Mapping[int, Call]) -> Identity:
    """Make sign-in and what belongs to it.

    Args:
        calls: asks a chain's node, by chain id: for contract signatures (EIP-1271, EIP-6492) and ENS names.

    Raises:
        ValueError: nobody could sign in under these settings.
    """
    writer, reader, clock = process.store.writer, process.store.reader, process.clock
    limiter = _limiter(settings)
    sign_in = SignIn(
        SqlSessionStore(writer, reader),
        clock,
        _rules(settings, process.origins, dev=process.dev is not None),
        ContractSignatures(calls, clock),
        partial(limiter.hit, "account"),
    )
    names = EnsNames(calls.get(settings.ens_chain), clock, chain=settings.ens_chain)
    return Identity(sign_in, ApiKeys(SqlApiKeyStore(writer, reader), clock), names, limiter)


def _limiter(settings: Settings) -> Limiter:
    signing = Allowance(settings.sign_ins_per_minute, settings.sign_ins_burst)
    rules = {
        **dict.fromkeys(SIGN_IN_RULES, signing),
        "nonce_network": Allowance(NETWORK * settings.sign_ins_per_minute, NETWORK * settings.sign_ins_burst),
        "rooms": Allowance(settings.rooms_per_minute, settings.rooms_burst),
        **dict.fromkeys(HTTP_RULES, Allowance(settings.http_per_minute, settings.http_burst)),
    }
    return Limiter(rules, settings.redis_url)


def _rules(settings: Settings, own: tuple[str, ...], *, dev: bool) -> SignInRules:
    """Make the sign-in rules; where the settings say nothing, the server's own origins, chain 1 and followed chains."""
    evm, solana = split_chains(settings.sign_in_chains)
    followed = [config.chain_id for config in configured(settings)]
    listed = (*settings.origins, *own) if dev else settings.origins or own
    return SignInRules(
        origins=tuple(dict.fromkeys(listed)),
        loopback=dev,
        chains=evm or tuple(dict.fromkeys([1, *followed])),
        solana_chains=solana if settings.sign_in_chains else SOLANA_BY_DEFAULT,
        session_hours=settings.session_hours,
        session_key_hours=settings.session_key_hours,
        statement=settings.statement,
        roles=settings.roles,
        refused_accounts=frozenset() if dev else frozenset(DEV_ADDRESSES),
    )
