"""Settings of the process: where it listens, where it stores, what it logs, how it stops."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from parlour.settings.database_url import database_url
from parlour.settings.fields import Listed, above, at_least, setting

NAMES_A_MASTER = re.compile(r"redis\+sentinel://([^/@]*@)?[^/@,:]+(:\d+)?(,[^/@,:]+(:\d+)?)*/[^/]+")


class ServerSettings(BaseSettings):
    """The address, the database, the proxies in front, the log and the shutdown."""

    host: str = setting("127.0.0.1", "Address to listen on.", why="Loopback is safe; a container needs 0.0.0.0.")
    port: int = setting(8080, "TCP port to listen on; 0 takes a free one.", bounds=at_least(0, 65_535))
    admin_port: int | None = setting(
        None, "Serve the console and its data on this port, and not on the main one.", bounds=at_least(0, 65_535)
    )
    metrics_port: int | None = setting(
        None,
        "Serve `/metrics` on this port, and not on the main one; `--workers` counts up from it.",
        bounds=at_least(0, 65_535),
    )
    metrics_key: str | None = setting(
        None, "What a collector sends as `Authorization: Bearer` to read `/metrics`; none asks for nothing."
    )
    tls_certificate: Path | None = setting(None, "PEM file with the certificate chain; turns TLS on.")
    tls_key: Path | None = setting(None, "PEM file with the private key of the certificate.")
    hosts: Listed = setting((), "`Host` header values to answer, probes and metrics aside; empty answers to any.")
    trusted_proxies: Listed = setting((), "Addresses or networks (CIDR) whose `X-Forwarded-*` headers are believed.")
    database_url: str = setting(
        "sqlite+aiosqlite:///.parlour/parlour.db",
        "URL of the database: `sqlite+aiosqlite:////path/file.db` or `postgresql://user:password@host/name`.",
        why="`postgres://` and `?sslmode=require` are taken as hosting services give them.",
    )
    commit: Literal["auto", "loop", "thread"] = setting(
        "auto",
        "Thread that commits posts to SQLite: the event loop's, a thread of its own, or whichever suits the disk.",
        why="A short commit is cheaper in the loop; a slow one there would make everybody wait.",
    )
    commit_loop_ms: float = setting(
        2.0,
        "Moving average of a commit up to which `auto` stays in the event loop's thread.",
        unit="milliseconds",
        why="Going to another thread and back costs a busy machine about as much.",
        bounds=above(0),
    )
    redis_url: str | None = setting(
        None,
        "Redis that several processes share for rate limits and, with Postgres, for news of each other's rooms: "
        "`redis://`, `rediss://`, or `redis+sentinel://host:26379,host:26379/mymaster`.",
        why="Without it rate limits are each process's own, and a room is served by the process that has it open.",
    )
    node_beat_ms: int = setting(
        300,
        "Between two signs of life that a node gives the others.",
        unit="milliseconds",
        why="Three of them fit into the second after which a silent node counts.",
        bounds=at_least(20),
    )
    node_silence_ms: int = setting(
        1000,
        "Without a sign of life, after which requests for a node's rooms are refused for now.",
        unit="milliseconds",
        why="Whoever waits should hear of it within a second.",
        bounds=at_least(40),
    )
    node_gone_ms: int = setting(
        10_000,
        "Without a sign of life, after which a node's people leave and its rooms are served elsewhere.",
        unit="milliseconds",
        why="As long as its rooms are reserved for it.",
        bounds=at_least(100),
    )
    node_held_bytes: int = setting(
        32 << 20,
        "Kept for each other node until it has them; beyond, its clients connect again.",
        unit="bytes",
        why="Half a minute of a busy node's messages outlives a restart of Redis.",
        bounds=at_least(1 << 20),
    )
    node: str = setting(
        "",
        "Name of this process in leases; default `one` on SQLite, else `host:port`.",
        why="The same name after a restart takes the process's rooms over at once.",
    )
    traces: str | None = setting(
        None,
        "OpenTelemetry collector (OTLP over HTTP) that gets a span of each request: http://127.0.0.1:4318/v1/traces.",
        why="None traces nothing; it needs the extra `parlour[otel]`.",
    )
    traces_share: float = setting(
        1.0,
        "Part of all traces that is kept.",
        unit="of 1",
        why="A busy server has thousands a second.",
        bounds=at_least(0, 1),
    )
    error_hook: str | None = setting(
        None, "Function, as `module:function`, that is called with each logged exception and what the log says of it."
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting("info", "The least level that is logged.")
    stall_seconds: float = setting(
        1.0,
        "Log what holds the event loop when it stands still for this long.",
        unit="seconds",
        why="Every client waits meanwhile; a busy but healthy loop comes back within 0.1 s.",
        bounds=at_least(0.05),
    )
    access_log: bool = setting(False, "Log one line for each HTTP request, at level info.")
    drain_seconds: float = setting(
        8, "Time for a clean shutdown.", unit="seconds", why="The process has to end within 10 s of SIGTERM."
    )

    @field_validator("database_url")
    @classmethod
    def _of_a_driver(cls, value: str) -> str:
        return database_url(value)

    @field_validator("redis_url")
    @classmethod
    def _of_redis(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("redis://", "rediss://", "redis+sentinel://")):
            raise ValueError("is an address such as redis://host:6379/0")
        if value is not None and value.startswith("redis+sentinel:") and not NAMES_A_MASTER.fullmatch(value):
            raise ValueError("names no master: redis+sentinel://host:26379,host:26379/mymaster")
        return value

    @field_validator("traces")
    @classmethod
    def _of_a_collector(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("is an address such as http://127.0.0.1:4318/v1/traces")
        return value

    @field_validator("tls_key")
    @classmethod
    def _beside_a_certificate(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if (value is None) is not (info.data.get("tls_certificate") is None):
            raise ValueError("and PARLOUR_TLS_CERTIFICATE must be set together")
        return value

    @property
    def scheme(self) -> str:
        """The scheme of the server's own address: `http` or `https`."""
        return "http" if self.tls_certificate is None else "https"
