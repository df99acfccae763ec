"""Testing bots without a server and without waiting: a bot runs on the real client over a server in memory.

It owns what a test of a bot says and sees; it starts no process, opens no socket and never sleeps. A message's walk:
`BotHarness.say` → `ServerInMemory` → the client → the bot's handlers → `BotHarness.posted`.
Shown by tests/clients/test_python_harness.py.
"""

from parlour_client.testing.harness import ALICE, BOB, Action, BotHarness

__all__ = ["ALICE", "BOB", "Action", "BotHarness"]
