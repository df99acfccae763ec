"""`/api/admin/webhooks`: the receivers and what was given up, for the console (protocol §7 "Webhooks")."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.routes import Route
from parlour.core.audit.record import AuditRecord
from parlour.protocol.http_admin import DoneReply, WebhookEntryRequest, WebhooksReply
from parlour.runtime.rooms.room_ids import named_room
from parlour.runtime.webhooks.sending import Webhooks


class WebhookConsole:
    """The routes of webhooks."""

    def __init__(self, webhooks: Webhooks, door: AdminDoor) -> None:
        self._webhooks = webhooks
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        door, all_, one = self._door, "/api/admin/webhooks", "/api/admin/webhooks/{hook}"
        retry = Change("POST", one + "/retry", "webhook.retry", "operator", WebhookEntryRequest)
        replay = Change("POST", one + "/replay", "webhook.replay", "operator", WebhookEntryRequest)
        return [
            door.view(all_, self.webhooks, WebhooksReply),
            door.change(retry, self.retry_webhook, DoneReply),
            door.change(replay, self.replay_webhook, DoneReply),
        ]

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

    async def retry_webhook(self, request: web.Request, act: Act[WebhookEntryRequest]) -> dict[str, Any]:
        """Post a parked entry once more, now; once it is received it is no longer parked."""
        await self._webhooks.retry(act.whom, named_room(act.body.room), act.body.seq, _row(act))
        return {}

    async def replay_webhook(self, request: web.Request, act: Act[WebhookEntryRequest]) -> dict[str, Any]:
        """Send a room's entries again, in order, from one on; those parked from there on are tried anew."""
        await self._webhooks.replay(act.whom, named_room(act.body.room), act.body.seq, _row(act))
        return {}


def _row(act: Act[WebhookEntryRequest]) -> AuditRecord:
    return act.row(after={"room": act.body.room, "seq": act.body.seq}, answer={})


def _origin(url: str) -> str:
    """Return scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
