"""`/api/admin/webhooks`: the receivers and what was given up, for the console (protocol §7 "Webhooks")."""

from __future__ import annotations

from dataclasses import asdict
from urllib.parse import urlsplit

from aiohttp import web

from parlour.adapters.console.door import AdminDoor
from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.routes import Route
from parlour.protocol.http_admin import WebhooksReply
from parlour.runtime.webhooks.sending import Webhooks


class WebhookConsole:
    """The routes of webhooks."""

    def __init__(self, webhooks: Webhooks, door: AdminDoor) -> None:
        self._webhooks = webhooks
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        return [self._door.view("/api/admin/webhooks", self.webhooks, WebhooksReply)]

    async def webhooks(self, request: web.Request) -> web.Response:
        """List the receivers of entries with what waits for each and what it did not take for a day."""
        shown = [
            {
                "name": each.hook.name,
                "url": _origin(each.hook.url),
                "rooms": each.hook.rooms,
                "types": list(each.hook.types),
                "sending": each.sending,
                "waiting": each.waiting,
                "parked": [asdict(entry) for entry in each.parked],
            }
            for each in await self._webhooks.status()
        ]
        return json_answer({"webhooks": shown})


def _origin(url: str) -> str:
    """Return scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
