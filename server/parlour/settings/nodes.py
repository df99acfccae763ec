"""Settings of several nodes: how the processes of one database reach each other."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import field_validator
from pydantic_settings import BaseSettings

from parlour.settings.fields import at_least, setting


class NodeSettings(BaseSettings):
    """Processes of one machine, and where other nodes find this one."""

    workers: int = setting(
        1,
        "Processes that `parlour serve` runs behind the one port; more than one needs Postgres.",
        unit="processes",
        why="One process uses one core.",
        bounds=at_least(1, 64),
    )
    reuse_port: bool = setting(
        False, "Let other processes listen on the same port (SO_REUSEPORT); `--workers` sets it for its own."
    )
    peer_url: str | None = setting(
        None, "Where other nodes reach this one, to pass on requests of its polling clients; none passes nothing on."
    )
    peer_socket: Path | None = setting(
        None, "Unix socket on which processes of this machine reach this one; `--workers` sets it for its own."
    )
    bus_socket: Path | None = setting(
        None,
        "Unix socket of the bus between processes of this machine, where there is no Redis; `--workers` sets it.",
    )

    @field_validator("peer_url")
    @classmethod
    def _of_a_node(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("is an address such as http://10.0.0.1:8080")
        return value.rstrip("/")
