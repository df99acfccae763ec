"""Bots: routers with handlers of entries, commands, turns, people, signals and timers, and the rooms they are in.

It owns what a bot's author writes against, and imports the client; nothing of the client imports it. An entry's walk:
`Attendance` → `Following` → `Dispatcher` → `Running` → the author's handler. Shown by tests/clients/test_python_bot.py.
"""

from parlour_client.bot.arguments import Account
from parlour_client.bot.bot import Bot
from parlour_client.bot.context import Context
from parlour_client.bot.filters import Filter
from parlour_client.bot.router import Router

__all__ = ["Account", "Bot", "Context", "Filter", "Router"]
