"""Settings of identity: who may sign in, from where, for how long, and with which server role."""

from __future__ import annotations

import re

from pydantic import field_validator
from pydantic_settings import BaseSettings

from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.errors import Invalid
from parlour.settings.fields import Listed, above, setting

ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/*?#@\s]+")
"""scheme://host[:port]; app shells have schemes of their own: capacitor, ionic, tauri, app, chrome-extension."""


class IdentitySettings(BaseSettings):
    """Origins, sign-in, sessions, guests and server roles."""

    origins: Listed = setting((), "Front ends that may sign in and call; the first is the default sign-in domain.")
    guests: bool = setting(False, "Let sockets without a token read public rooms.")
    sign_in_chains: Listed = setting((), "Chain ids a sign-in may name; default is 1 and the configured chains.")
    statement: str = setting("Sign in to Parlour.", "The sentence a wallet shows.")
    session_hours: float = setting(
        24, "How long one signature signs in.", unit="hours", why="People sign once a day.", bounds=above(0)
    )
    session_key_hours: float = setting(
        24,
        "How long a session key may sign entries.",
        unit="hours",
        why="A stolen key is worth one day.",
        bounds=above(0),
    )
    roles: dict[str, str] = setting(
        {}, 'Server roles by account, as JSON `{"0x…": "admin"}`: viewer, moderator, operator or admin.'
    )
    ens_chain: int = setting(1, "Chain whose ENS names accounts, where it is configured.")
    sign_ins_per_minute: int = setting(
        60,
        "Sign-in attempts of one IP address (IPv6: of one /64).",
        unit="a minute",
        told=True,
        why="People need one or two.",
    )
    sign_ins_burst: int = setting(
        300,
        "Sign-in attempts of one IP address at once.",
        unit="attempts",
        told=True,
        why="An office shares one address.",
    )

    blocks: int = setting(
        10_000,
        "Accounts that one account blocks.",
        unit="accounts",
        why="Each is a row that messages to its author are checked against.",
    )

    @field_validator("origins")
    @classmethod
    def _exact_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin such as https://app.example or capacitor://localhost")
        return value

    @field_validator("roles")
    @classmethod
    def _known_roles(cls, value: dict[str, str]) -> dict[str, str]:
        if not value:
            return value
        from parlour.core.identity.accounts import normal_account  # costs 0.1 s, and few servers set roles

        known: dict[str, str] = {}
        for account, role in value.items():
            if role not in SERVER_ROLES:
                raise ValueError(f"{account} has the unknown role {role!r}; roles are {' '.join(SERVER_ROLES)}")
            try:
                known[normal_account(account)] = role
            except Invalid as error:
                raise ValueError(f"{account!r} is no account: {error.message}") from None
        return known
