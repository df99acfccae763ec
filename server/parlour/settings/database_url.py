"""Reads database URLs in the forms that hosting services give them, for SQLAlchemy."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

POSTGRES = {"postgres", "postgresql", "postgresql+asyncpg", "postgres+asyncpg", "postgresql+psycopg2"}
SQLITE = {"sqlite", "sqlite+aiosqlite"}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
"""libpq's `sslmode` (PostgreSQL manual 34.19); asyncpg takes the same words as `ssl`."""
DROPPED = {
    *("channel_binding", "connect_timeout", "application_name", "gssencmode", "sslnegotiation", "target_session_attrs"),
    *("pgbouncer", "connection_limit", "pool_timeout", "supa", "uselibpqcompat"),
}
"""Parameters that change nothing here: asyncpg negotiates SCRAM by itself, and Parlour names itself and its pool. Those
of the second line are of other libraries, and hosting services add them."""
FILES = {"sslrootcert", "sslcert", "sslkey"}
"""Parameters of libpq that name files; asyncpg reads them from variables of the same names."""
KEPT = {"host", "port", "user", "password", "prepared_statement_cache_size", "statement_cache_size"}
"""Parameters that SQLAlchemy's asyncpg dialect takes."""


def database_url(text: str) -> str:
    """Return the URL of SQLAlchemy's async drivers for a SQLite or Postgres URL of any usual form.

    `postgres://` and `postgresql://` become `postgresql+asyncpg://`, and `sslmode` becomes asyncpg's `ssl`.

    Raises:
        ValueError: the scheme, a parameter or its value is none that Parlour can use; the message never has the URL,
            which may hold a password.
    """
    scheme, separator, rest = text.strip().partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in POSTGRES | SQLITE:
        raise ValueError("is a URL such as sqlite+aiosqlite:///path/file.db or postgresql://user:password@host/name")
    if scheme in SQLITE:
        path = rest.partition("?")[0].lstrip("/")
        if not path or path == ":memory:":
            raise ValueError("names a SQLite file, as in sqlite+aiosqlite:///parlour.db; memory alone does not last")
        return f"sqlite+aiosqlite://{rest}"
    address, _, query = rest.partition("?")
    parts = urlsplit(f"postgresql://{address}")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("has a port that is not a number from 1 to 65535") from None
    if not parts.path.strip("/"):
        raise ValueError("names a database after the host, as in postgresql://user@host/parlour")
    pairs = [_parameter(name, value) for name, value in parse_qsl(query, keep_blank_values=True)]
    kept = [pair for pair in pairs if pair is not None]
    return f"postgresql+asyncpg://{address}" + (f"?{urlencode(kept, quote_via=quote)}" if kept else "")


def _parameter(name: str, value: str) -> tuple[str, str] | None:
    """Return a parameter as asyncpg takes it, or None for one without effect; raises ValueError."""
    if name in ("sslmode", "ssl"):
        mode = "require" if value.lower() == "true" else value.lower()
        if mode not in SSL_MODES:
            raise ValueError(f"has an sslmode that is none of {', '.join(SSL_MODES)}")
        return "ssl", mode
    if name in DROPPED:
        return None
    if name in FILES:
        raise ValueError(f"has a parameter {name!r}; name that file by the variable PG{name.upper()} instead")
    if name not in KEPT:
        raise ValueError(f"has a parameter {name!r} that Parlour does not know; sslmode is one that it does")
    return name, value
