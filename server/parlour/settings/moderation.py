"""Settings of the moderation service that the operator runs."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import field_validator
from pydantic_settings import BaseSettings

from parlour.settings.fields import setting


class ModerationSettings(BaseSettings):
    """Where texts are judged, how its questions are signed, how long it may take, and what happens without it."""

    moderation_url: str | None = setting(
        None, "Service that is asked about each text before its room decides; none asks nobody."
    )
    moderation_secret: str | None = setting(
        None, "Secret that signs the questions (`Parlour-Signature`, as webhooks are signed)."
    )
    moderation_ms: int = setting(
        500, "Time for an answer.", unit="milliseconds", why="People wait for it with every message."
    )
    moderation_fails: Literal["allow", "refuse"] = setting(
        "allow", "What happens to a text where the service gave no verdict in time.", why="Conversations go on."
    )

    @field_validator("moderation_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("is an address such as https://moderation.example/judge")
        return value
