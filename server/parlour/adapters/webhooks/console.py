"""`/api/admin/webhooks`: the receivers, what was given up, and making, changing and deleting them (protocol §7)."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.routes import Route
from parlour.adapters.webhooks.posting import Poster
from parlour.core.audit.record import AuditRecord
from parlour.core.room import RoomId
from parlour.core.webhooks.hook import EVERYTHING, NEWS, Hook, named
from parlour.errors import Invalid
from parlour.protocol.http_admin import ChangeRequest, DoneReply
from parlour.protocol.http_console import (
    WebhookChangeRequest,
    WebhookEntryRequest,
    WebhookMadeReply,
    WebhookMakeRequest,
    WebhookReply,
    WebhooksReply,
)
from parlour.runtime.identity.server_key import ServerKey
from parlour.runtime.rooms.room_ids import named_room
from parlour.runtime.webhooks.receivers import Receivers
from parlour.runtime.webhooks.sending import HookStatus, Webhooks


class WebhookConsole:
    """The routes of webhooks.

    Args:
        poster: says which addresses a request may name.
        key: makes names and secrets from the request's id, so that a retry is answered the same.
    """

    def __init__(
        self, webhooks: Webhooks, receivers: Receivers, poster: Poster, key: ServerKey, door: AdminDoor
    ) -> None:
        self._webhooks = webhooks
        self._receivers = receivers
        self._poster = poster
        self._key = key
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        door, all_, one = self._door, "/api/admin/webhooks", "/api/admin/webhooks/{hook}"
        make = Change("POST", all_, "webhook.make", "operator", WebhookMakeRequest)
        change = Change("PATCH", one, "webhook.change", "operator", WebhookChangeRequest)
        delete = Change("DELETE", one, "webhook.delete", "operator", ChangeRequest)
        retry = Change("POST", one + "/retry", "webhook.retry", "operator", WebhookEntryRequest)
        replay = Change("POST", one + "/replay", "webhook.replay", "operator", WebhookEntryRequest)
        return [
            door.view(all_, self.webhooks, WebhooksReply),
            door.change(make, self.make_webhook, WebhookMadeReply, again=self._with_secret),
            door.change(change, self.change_webhook, WebhookReply),
            door.change(delete, self.delete_webhook, DoneReply),
            door.change(retry, self.retry_webhook, DoneReply),
            door.change(replay, self.replay_webhook, DoneReply),
        ]

    async def webhooks(self, request: web.Request) -> web.Response:
        """List the receivers of entries with what waits for each and what it did not take for a day."""
        return json_answer({"webhooks": [_told(each) for each in await self._webhooks.status()]})

    async def make_webhook(self, request: web.Request, act: Act[WebhookMakeRequest]) -> dict[str, Any]:
        """Add a receiver of what is stored from now on; the answer holds its secret, which is not shown again."""
        body = act.body
        await self._poster.check(body.url)
        types = tuple(body.types or (EVERYTHING,))
        name = named(self._code(act, "name"))
        hook = Hook(body.url, self._secret(act), body.rooms or EVERYTHING, types, name, public=True)
        answer = {"webhook": _told(HookStatus(hook))}
        await self._receivers.make(hook, act.row(whom=name, after=_shown(hook), answer=answer))
        await self._webhooks.take()
        return self._with_secret(act, answer)

    async def change_webhook(self, request: web.Request, act: Act[WebhookChangeRequest]) -> dict[str, Any]:
        """Change a receiver that an operator made; it goes on where it was."""
        body = act.body
        wanted = {
            "url": body.url,
            "secret": body.secret,
            "rooms": body.rooms,
            "types": body.types and tuple(body.types),
        }
        changes: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        if not changes:
            raise Invalid("Name something to change.", details={"path": "url"})
        before = await self._receivers.one(act.whom)
        if body.url is not None:
            await self._poster.check(body.url)
        hook = replace(before, **changes)
        answer = {"webhook": _told(HookStatus(hook))}
        after = {**_shown(hook), "changed": sorted(changes)}
        await self._receivers.change(hook, act.row(before=_shown(before), after=after, answer=answer))
        await self._webhooks.take()
        return answer

    async def delete_webhook(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """Delete a receiver that an operator made, with what waits for it and what it did not take."""
        before = await self._receivers.one(act.whom)
        await self._receivers.remove(act.whom, act.row(before=_shown(before), answer={}))
        await self._webhooks.take()
        return {}

    async def retry_webhook(self, request: web.Request, act: Act[WebhookEntryRequest]) -> dict[str, Any]:
        """Post a parked entry, or parked news, once more, now; once it is received it is no longer parked."""
        await self._webhooks.retry(act.whom, _named(act), act.body.seq, _row(act))
        return {}

    async def replay_webhook(self, request: web.Request, act: Act[WebhookEntryRequest]) -> dict[str, Any]:
        """Send a room's entries, or the news, again from one on; those parked from there on are tried anew."""
        await self._webhooks.replay(act.whom, _named(act), act.body.seq, _row(act))
        return {}

    def _with_secret(self, act: Act[WebhookMakeRequest], answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "secret": self._secret(act)}

    def _secret(self, act: Act[WebhookMakeRequest]) -> str:
        return act.body.secret or self._code(act, "secret-1") + self._code(act, "secret-2")

    def _code(self, act: Act[WebhookMakeRequest], part: str) -> str:
        return self._key.code("webhook", act.operator.account, act.id, part)


def _named(act: Act[WebhookEntryRequest]) -> RoomId:
    return NEWS if act.body.room is None else named_room(act.body.room)


def _row(act: Act[WebhookEntryRequest]) -> AuditRecord:
    return act.row(after={"room": act.body.room, "seq": act.body.seq}, answer={})


def _told(of: HookStatus) -> dict[str, Any]:
    facts = {"setting": of.setting, "sending": of.sending, "waiting": of.waiting}
    return {
        "name": of.hook.name,
        **_shown(of.hook),
        **facts,
        "parked": [{**asdict(entry), "room": entry.room or None} for entry in of.parked],
    }


def _shown(hook: Hook) -> dict[str, Any]:
    """Return what may be seen of a webhook: of its address scheme, host and port."""
    parts = urlsplit(hook.url)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return {"url": origin, "rooms": hook.rooms, "types": list(hook.types)}
