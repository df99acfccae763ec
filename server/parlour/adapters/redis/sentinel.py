"""Asks Redis Sentinels which server is the master: `redis+sentinel://[user:password@]host:port,host:port/name`.

The credentials are the servers'; Sentinels are asked without any.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

SCHEME = "redis+sentinel"
PORT = 26379
PATIENCE_SECONDS = 0.5
"""A Sentinel that does not answer for so long is passed over for the next one."""


class NoMaster(OSError):
    """No Sentinel names a master."""


class Sentinels:
    """The Sentinels of a URL.

    Attributes:
        sign_in: `username` and `password` of the servers, as far as the URL has them.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        user, _, places = parts.netloc.rpartition("@")
        name, _, password = user.partition(":")
        self.sign_in: dict[str, Any] = {
            key: unquote(value) for key, value in (("username", name), ("password", password)) if value
        }
        self._at = [_place(each) for each in places.split(",")]
        self._name = parts.path.strip("/")

    async def master(self) -> tuple[str, int]:
        """Return host and port of the master, as the first Sentinel that knows it says; raises NoMaster."""
        for host, port in self._at:
            sentinel: Any = Redis(  # whose commands of Sentinel have no types
                host=host,
                port=port,
                socket_timeout=PATIENCE_SECONDS,
                socket_connect_timeout=PATIENCE_SECONDS,
                retry=Retry(NoBackoff(), 0),
                decode_responses=True,
            )
            try:
                found = await sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._name)
            except RedisError:
                continue
            finally:
                await sentinel.aclose()
            if found:
                return str(found[0]), int(found[1])
        raise NoMaster(f"no Sentinel names a master of {self._name}")


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.partition(":")
    return host, int(port or PORT)
