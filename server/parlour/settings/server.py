"""Settings: `PARLOUR_*` from the environment, then `.env`, then `parlour.toml`, then defaults; checked at start.

Every limit has a default and a reason. Secrets live in the database, made and kept by the server: none has to be set.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import TomlConfigSettingsSource as Toml

from parlour.core.identity.server_roles import SERVER_ROLES

Listed = Annotated[tuple[str, ...], NoDecode]
"""A list given as `a,b` or JSON."""


class SettingsError(Exception):
    """A setting is wrong; the text names it and says what would be right."""


class Settings(BaseSettings):
    """One field per setting; the field's name in capitals after `PARLOUR_` is the variable."""

    model_config = SettingsConfigDict(
        env_prefix="PARLOUR_", env_file=".env", toml_file="parlour.toml", extra="ignore", frozen=True
    )

    host: str = Field("127.0.0.1", description="Address to bind; a container wants 0.0.0.0.")
    port: int = Field(8080, ge=0, le=65535, description="TCP port; 0 takes a free one.")
    tls_certificate: Path | None = Field(None, description="PEM file with the certificate chain: TLS without a proxy.")
    tls_key: Path | None = Field(None, validate_default=True, description="PEM file with its private key.")
    database_url: str = Field(
        "sqlite+aiosqlite:///.parlour/parlour.db",
        description="SQLAlchemy URL: sqlite+aiosqlite:////path/file.db or postgresql+asyncpg://…",
    )
    node: str = Field("", description="Name of this process in leases; default host:port, so a restart takes over.")
    chains: Annotated[list[dict[str, Any]], Field(description="JSON list of {chainId, urls, …}.")] = []
    origins: Listed = Field((), description="Front ends that may sign in and call; first is the default domain.")
    hosts: Listed = Field((), description="Host header values to accept, but for probes; empty accepts any.")
    trusted_proxies: Listed = Field((), description="Peers whose X-Forwarded-* headers are believed (CIDR).")
    guests: bool = Field(False, description="Let sockets without a token read public rooms.")
    sign_in_chains: Listed = Field((), description="Chain ids a sign-in may name; default 1 and the configured chains.")
    session_hours: float = Field(24, gt=0, description="How long one signature signs in.")
    session_key_hours: float = Field(24, gt=0, description="How long a session key may sign.")
    statement: str = Field("Sign in to Parlour.", description="The sentence a wallet shows.")
    roles: dict[str, str] = Field({}, description='JSON {"0x…": "admin"}: server roles by account.')
    room_ids: Literal["free", "own", "random"] = Field("free", description="Who chooses room ids.")
    rooms_owned: int = Field(100, ge=0, description="Open rooms per account: a bound on squatting.")
    watch: Literal["owners", "operators"] = Field("owners", description="Who may watch the chain from a room.")
    games: Listed = Field((), description="More games, as module:Class.")
    redis_url: str | None = Field(None, description="Shared rate limits; default in memory.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    access_log: bool = Field(False, description="One line per HTTP request: who, method, path, status; at level info.")

    message_bytes: int = Field(65_536, description="Largest Engine.IO message: a body, its envelope, room to spare.")
    body_bytes: int = Field(32_768, description="Largest canonical body: what every member must download.")
    posts_per_second: float = Field(50, description="Posts per connection: faster than people, slow for a flood.")
    posts_burst: int = Field(500, description="Posts at once after a pause: a bot's catch-up.")
    signals_per_second: float = Field(100, gt=0, description="Signals per connection: a pointer that moves smoothly.")
    signals_burst: int = Field(200, ge=1, description="Signals of a connection at once.")
    room_posts_per_second: float = Field(
        2000, gt=0, description="Posts of one room: a thousand people who each post twice a second."
    )
    room_posts_burst: int = Field(10_000, ge=1, description="Posts of one room at once: a goal is scored.")
    room_signals_per_second: float = Field(
        5000, gt=0, description="Signals of one room: each goes to everybody in it. A thousand people, five a second."
    )
    room_signals_burst: int = Field(10_000, ge=1, description="Signals of one room at once.")
    outstanding: int = Field(256, description="Requests without an ack per connection: memory of one client.")
    large_outstanding: int = Field(
        4, ge=1, description="Joins, lists and pages under way per connection: each may be megabytes in memory."
    )
    send_queue_bytes: int = Field(1 << 20, description="Bytes a slow reader may owe before it is cut.")
    volatile_bytes: int = Field(65_536, ge=0, description="Bytes waiting above which a reader misses signals.")
    attachment_bytes: int = Field(256 * 1024, description="Largest binary attachment: a document update.")
    attachments: int = Field(
        10, ge=0, le=10, description="Attachments of a packet; stock parsers take no more than 10."
    )
    json_depth: int = Field(32, description="Nesting of a request: deeper costs a parser its stack.")
    json_keys: int = Field(1000, description="Keys of an object: more is a hash table to build for a stranger.")
    connect_timeout: float = Field(10, description="Seconds a socket may stay without signing in or being a guest.")
    handshake_timeout: float = Field(10, gt=0, description="Seconds for a request's head or body: a slow sender.")
    close_timeout: float = Field(2, gt=0, description="Seconds a closing socket may take to read its last words.")
    connections: int = Field(100_000, description="Sockets of this process; beyond, 503 with a time to come back.")
    connecting: int = Field(1024, description="Sign-ins of sockets under way at once; beyond, 503.")
    replay_entries: int = Field(1000, description="Recovery by replay up to this gap, else a snapshot.")
    replay_bytes: int = Field(512 * 1024, description="The same in bytes.")
    sign_ins_per_minute: int = Field(60, description="Sign-in attempts per IP (IPv6 /64).")
    sign_ins_burst: int = Field(300, description="Attempts at once: an office behind one address.")
    watches_per_room: int = Field(16, description="Watches per room: each is matched against every log.")
    events_per_second: int = Field(50, description="Chain entries per room and second; beyond, chain.gap.")
    ping_interval: float = Field(25, description="Seconds between heartbeats.")
    ping_timeout: float = Field(20, description="Seconds to wait for the answer.")
    idle_seconds: float = Field(60, description="A room nobody is in leaves memory after this.")
    mailbox: int = Field(10_000, ge=1, description="Requests waiting in a room: everybody in it posts at once.")
    known_ids: int = Field(2000, ge=1, description="Posts of a room a resend is answered from memory for.")
    snapshot_seconds: float = Field(600, gt=0, description="A room in use is stored whole so often, for its opening.")
    return_seconds: float = Field(10, ge=0, description="Players may be away this long after the server's restart.")
    tick_share: float = Field(0.25, gt=0, le=1, description="Part of its period a tick may take: others play too.")
    tick_most_ms: float = Field(30, gt=0, description="The longest tick, however slow the game: others wait for it.")
    drain_seconds: float = Field(8, description="Time for a clean shutdown; the process ends within 10 s.")
    retain_days: float = Field(0, ge=0, description="Entries older than this may go; 0 keeps all.")
    retain_entries: int = Field(1000, ge=0, description="The newest entries of a room stay, however old.")
    rooms_per_minute: int = Field(60, description="Rooms one account or address may create.")
    rooms_burst: int = Field(300, description="Rooms at once: a tournament's tables.")
    http_per_minute: int = Field(600, description="API calls per IP (IPv6 /64), and per account.")
    http_burst: int = Field(6000, description="API calls at once: an export, page by page.")
    lobby_ms: int = Field(250, ge=0, description="Changes of a live list are told together: people read it.")
    lobby_reread_seconds: float = Field(5, gt=0, description="A live list is read again: other processes' rooms.")
    lobby_lists: int = Field(256, ge=0, description="Different live lists at once: each is a page to read again.")
    ens_chain: int = Field(1, description="Chain whose ENS names accounts, where it is configured.")
    admin_port: int | None = Field(None, description="Serve the console and its data on this port instead.")

    @field_validator("origins", "hosts", "trusted_proxies", "sign_in_chains", "games", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            import json

            value = json.loads(value) if value.lstrip().startswith("[") else value.split(",")
        return tuple(str(v).strip().rstrip("/") for v in value if str(v).strip())

    @field_validator("guests", mode="before")
    @classmethod
    def _on_off(cls, value: Any) -> Any:
        return {"on": True, "off": False}.get(value, value) if isinstance(value, str) else value

    @field_validator("origins")
    @classmethod
    def _exact_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if "*" in origin or not origin.startswith(("http://", "https://")):
                raise ValueError(f"{origin!r} is not an origin such as https://app.example")
        return value

    @field_validator("roles")
    @classmethod
    def _known_roles(cls, value: dict[str, str]) -> dict[str, str]:
        for account, role in value.items():
            if role not in SERVER_ROLES:
                raise ValueError(f"{account} has the unknown role {role!r}; roles are {' '.join(SERVER_ROLES)}")
        return value

    @field_validator("redis_url")
    @classmethod
    def _of_redis(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("redis://", "rediss://")):
            raise ValueError("is an address such as redis://host:6379/0")
        return value

    @field_validator("tls_key")
    @classmethod
    def _beside_a_certificate(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if (value is None) is not (info.data.get("tls_certificate") is None):
            raise ValueError("goes with PARLOUR_TLS_CERTIFICATE, and that with this")
        return value

    @property
    def scheme(self) -> str:
        """What the server's own address begins with."""
        return "http" if self.tls_certificate is None else "https"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, Toml(settings_cls)


def load(**overrides: Any) -> Settings:
    """Settings as the environment has them, `overrides` on top.

    Raises:
        SettingsError: one sentence per wrong setting.
    """
    try:
        return Settings(**{k: v for k, v in overrides.items() if v is not None})
    except ValidationError as error:
        lines = [
            f"PARLOUR_{'_'.join(str(p) for p in e['loc']).upper()}: {e['msg']}"
            for e in error.errors(include_url=False, include_input=False)
        ]
        raise SettingsError("\n".join(lines)) from None
    except Exception as error:
        raise SettingsError(f"The settings cannot be read: {error}") from None


def static_folder() -> Path:
    """Where the built browser files are shipped."""
    return Path(__file__).parents[1] / "static"
