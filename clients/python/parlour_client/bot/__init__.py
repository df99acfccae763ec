"""Bots: handlers by type of entry, commands, turns, and the rooms they are in.

It owns what a bot's author writes against, and imports the client; nothing of the client imports it. An entry's walk:
`Attendance` → `Bot` → `Commands` → the author's handler. Shown by tests/clients/test_python_bot.py.
"""

from parlour_client.bot.bot import Bot
from parlour_client.bot.context import Context

__all__ = ["Bot", "Context"]
