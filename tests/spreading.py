"""Engines that nodes meet at, for a whole test run: `pytest --nodes 2`."""

from __future__ import annotations

import os
from collections.abc import Callable

from parlour.testing.server import ServerProcess
from tests.postgres import start_postgres
from tests.redis_server import RedisServer

REDIS = "TESTS_NODES_REDIS"
"""Environment variable that names Redis to tests/e2e/two_nodes.py."""
REDIS_DATABASES = 4096


def serve_engines() -> Callable[[], None]:
    """Start a Postgres, for servers to which no test gives a database, and a Redis; return what ends them."""
    postgres, redis = start_postgres(), RedisServer("--databases", str(REDIS_DATABASES))
    redis.start()
    os.environ[REDIS] = redis.url
    ServerProcess.makes_database = postgres.copy

    def end() -> None:
        redis.close()
        postgres.close()

    return end
