"""Engines that nodes meet at, for a whole test run: `pytest --nodes 2`."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.postgres import start_postgres
from tests.redis_server import RedisServer

POSTGRES, REDIS = "TESTS_NODES_POSTGRES", "TESTS_NODES_REDIS"
"""Environment variables that name them to tests/e2e/two_nodes.py."""
REDIS_DATABASES = 4096


def serve_engines() -> Callable[[], None]:
    """Start a Postgres and a Redis; return what ends them."""
    postgres, redis = start_postgres(), RedisServer("--databases", str(REDIS_DATABASES))
    redis.start()
    os.environ[POSTGRES], os.environ[REDIS] = postgres.migrated(), redis.url

    def end() -> None:
        redis.close()
        postgres.close()

    return end
