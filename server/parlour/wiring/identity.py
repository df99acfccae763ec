"""The identity part of a process: sign-in, API keys, ENS names, and their rate limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parlour.adapters.accounts.role_rows import SqlRoleStore
from parlour.adapters.accounts.sanctions import SqlSanctionRows
from parlour.adapters.accounts.sessions import SqlApiKeyStore, SqlSessionStore
from parlour.adapters.chain.signatures import ContractSignatures
from parlour.adapters.console.audit_rows import SqlAuditTrail
from parlour.adapters.http.dev import DEV_ADDRESSES
from parlour.core.identity.sign_in import SignInRules, split_chains
from parlour.core.room import Account
from parlour.runtime.audit.trail import AuditTrail
from parlour.runtime.identity.api_keys import ApiKeys
from parlour.runtime.identity.ens_names import EnsNames
from parlour.runtime.identity.given_roles import GivenRoles
from parlour.runtime.identity.sanctions import Sanctions
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.limits import Allowance, Hourly, Limiter
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
LIMITED = {
    "direct_rooms_per_hour",
    "http_burst",
    "http_per_minute",
    "matches_per_minute",
    "profiles_per_minute",
    "reports_per_hour",
    "rooms_burst",
    "rooms_per_minute",
    "sign_ins_burst",
    "sign_ins_per_minute",
    "upload_bytes_per_hour",
    "uploads_per_minute",
}
"""Settings that `allowances` reads."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity part of a process; `limiter` counts attempts, `trail` is what operators did."""

    sign_in: SignIn
    keys: ApiKeys
    names: EnsNames
    limiter: Limiter
    trail: AuditTrail
    roles: GivenRoles
    sanctions: Sanctions


def build(settings: Settings, process: Process, calls: Mapping[int, Call]) -> Identity:
    """Make sign-in and what belongs to it.

    Args:
        calls: asks a chain's node, by chain id: for contract signatures (EIP-1271, EIP-6492) and ENS names.

    Raises:
        ValueError: nobody could sign in under these settings.
    """
    writer, reader, clock = process.store.writer, process.store.short_reader, process.clock
    limiter = Limiter(allowances(settings), settings.redis_url)

    async def admit(account: Account) -> None:
        await sanctions.check_sign_in(account)
        await limiter.hit("account", account)

    sign_in = SignIn(
        SqlSessionStore(writer, reader),
        clock,
        _rules(settings, process.origins, dev=process.dev is not None),
        ContractSignatures(calls, clock),
        admit,
    )
    sanctions = Sanctions(SqlSanctionRows(writer, reader), clock, sign_in.revoke_all)
    names = EnsNames(calls.get(settings.ens_chain), clock, chain=settings.ens_chain)
    roles = GivenRoles(settings.roles, SqlRoleStore(writer, reader), clock)
    sign_in.rank = roles.rank
    return Identity(
        sign_in,
        ApiKeys(SqlApiKeyStore(writer, reader), clock),
        names,
        limiter,
        SqlAuditTrail(writer, process.store.reader),
        roles,
        sanctions,
    )


def allowances(settings: Settings) -> dict[str, Allowance | Hourly]:
    """Return what the limiter allows under these settings, by rule."""
    signing = Allowance(settings.sign_ins_per_minute, settings.sign_ins_burst)
    return {
        **dict.fromkeys(SIGN_IN_RULES, signing),
        "nonce_network": Allowance(NETWORK * settings.sign_ins_per_minute, NETWORK * settings.sign_ins_burst),
        "rooms": Allowance(settings.rooms_per_minute, settings.rooms_burst),
        "match": Allowance(settings.matches_per_minute, settings.matches_per_minute),
        "profile": Allowance(settings.profiles_per_minute, settings.profiles_per_minute),
        "direct": Hourly(settings.direct_rooms_per_hour),
        "report": Hourly(settings.reports_per_hour),
        "upload": Allowance(settings.uploads_per_minute, settings.uploads_per_minute),
        "upload_bytes": Hourly(settings.upload_bytes_per_hour),
        **dict.fromkeys(HTTP_RULES, Allowance(settings.http_per_minute, settings.http_burst)),
    }


def _rules(settings: Settings, own: tuple[str, ...], *, dev: bool) -> SignInRules:
    """Make the sign-in rules; where the settings say nothing, the server's own origins, chain 1 and followed chains."""
    evm, solana = split_chains(settings.sign_in_chains)
    followed = [config.chain_id for config in configured(settings) if config.kind == "evm"]
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
