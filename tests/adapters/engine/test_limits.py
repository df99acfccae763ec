"""The default limits are those of docs/protocol.md."""

from tests.adapters.engine.lab import QUICK
from tests.bounds import engine_limits


async def test_default_limits_are_those_of_the_protocol() -> None:
    limits = engine_limits()
    assert (limits.message_bytes, limits.attachment_bytes, limits.send_queue_bytes) == (65_536, 262_144, 1 << 20)
    assert (limits.outstanding, limits.attachments, limits.json_depth, limits.json_keys) == (256, 10, 32, 1_000)
    assert (limits.connect_timeout, limits.ping_interval, limits.ping_timeout) == (10.0, 25.0, 20.0)
    assert QUICK.connect_timeout < limits.connect_timeout
