"""API keys over `/api/admin/*`. A key's text comes from the request's id and the server's key, for retries."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.routes import Route
from parlour.protocol.http_admin import ChangeRequest, DoneReply
from parlour.protocol.http_console import KeyReply, KeyRequest, KeysReply
from parlour.runtime.identity.api_keys import ApiKey, ApiKeys
from parlour.runtime.identity.server_key import ServerKey


class KeyRoutes:
    """The routes of API keys; no key gives keys, so they need a session."""

    def __init__(self, keys: ApiKeys, server_key: ServerKey, door: AdminDoor) -> None:
        self._keys = keys
        self._server_key = server_key
        self._door = door

    def routes(self) -> list[Route]:
        """List the routes."""
        path = "/api/admin/keys"
        mint = Change("POST", path, "key.mint", "admin", KeyRequest, keys=False)
        revoke = Change("DELETE", path + "/{name}", "key.revoke", "admin", ChangeRequest, keys=False)
        return [
            self._door.view(path, self.keys, KeysReply, role="admin"),
            self._door.change(mint, self.mint_key, KeyReply, again=self._again),
            self._door.change(revoke, self.revoke_key, DoneReply),
        ]

    async def keys(self, request: web.Request) -> web.Response:
        """List every API key there ever was, without its text."""
        return json_answer({"keys": [_told(key) for key in await self._keys.list()]})

    async def mint_key(self, request: web.Request, act: Act[KeyRequest]) -> dict[str, Any]:
        """Make an API key; the answer holds its text."""
        body = act.body
        key = self._keys.draft(body.name, body.scopes, body.days)
        answer = {"key": _told(key)}
        row = act.row(whom=key.account, after={"scopes": list(key.scopes), "expiresAt": key.expires_at}, answer=answer)
        text = self._text(act)
        await self._keys.add(key, text, row)
        return {**answer, "token": text}

    async def revoke_key(self, request: web.Request, act: Act[ChangeRequest]) -> dict[str, Any]:
        """End an API key; every process refuses it within a second."""
        await self._keys.revoke(act.whom, act.row(whom=f"app:{act.whom}", answer={}))
        return {}

    def _again(self, act: Act[KeyRequest], answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "token": self._text(act)}

    def _text(self, act: Act[KeyRequest]) -> str:
        words = ("api-key", act.operator.account, act.id)
        return self._keys.text_of(self._server_key.code(*words, "1") + self._server_key.code(*words, "2"))


def _told(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "revokedAt": key.revoked_at,
    }
