"""`/api/admin/config`: every setting in force with its source, and changing those that may change now."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from parlour.adapters.console.door import Act, AdminDoor, Change
from parlour.adapters.console.live_settings import LiveSettings
from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.routes import Route
from parlour.protocol.http_console import ConfigReply, ConfigRequest
from parlour.settings import Settings
from parlour.settings.masking import masked
from parlour.settings.origins import origins
from parlour.settings.settings import declared


class ConfigRoutes:
    """The routes of settings."""

    def __init__(self, live: LiveSettings, door: AdminDoor) -> None:
        self._live = live
        self._door = door
        self._origins = origins()

    def routes(self) -> list[Route]:
        """List the routes."""
        path = "/api/admin/config"
        change = Change("PATCH", path, "config.change", "admin", ConfigRequest)
        return [
            self._door.view(path, self.config, ConfigReply),
            self._door.change(change, self.change_config, ConfigReply, again=self._again),
        ]

    async def config(self, request: web.Request) -> web.Response:
        """List every setting with its value, where it came from, and whether it may change now; secrets are masked."""
        return json_answer(self._told(Settings.model_fields))

    async def change_config(self, request: web.Request, act: Act[ConfigRequest]) -> dict[str, Any]:
        """Change settings in every process within a second; null takes a setting back to what the server began with."""
        wanted = act.body.values
        for name in wanted:
            self._live.check_name(name)
        values = {name: None if value is None else self._live.check(name, value) for name, value in wanted.items()}
        before = {name: getattr(self._live.current, name) for name in values}
        after = {name: getattr(self._live.started, name) if v is None else v for name, v in values.items()}
        names = ", ".join(sorted(values))
        await self._live.change(
            values, act.row(whom=names, before=before, after=after, answer={"names": sorted(values)})
        )
        return self._told(sorted(values))

    def _again(self, act: Act[ConfigRequest], answer: dict[str, Any]) -> dict[str, Any]:
        return self._told(answer["names"])

    def _told(self, names: Any) -> dict[str, Any]:
        return {"settings": [self._setting(name) for name in names]}

    def _setting(self, name: str) -> dict[str, Any]:
        field, live = Settings.model_fields[name], self._live
        return {
            "name": name,
            "value": masked(name, getattr(live.current, name)),
            "source": "console" if name in live.changed else self._origins[name],
            "changeable": live.may_change(name),
            "meaning": field.description or "",
            "unit": declared(field)["unit"],
            "why": declared(field)["why"],
        }
