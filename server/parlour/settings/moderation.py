"""Settings of the words that hold everywhere, and of the moderation service that the operator runs."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, StringConstraints, field_validator
from pydantic_settings import BaseSettings
from typing_extensions import TypedDict

from parlour.protocol.requests import MAX_WORD, MAX_WORDS
from parlour.settings.fields import setting


class WordRule(TypedDict):
    """A word or phrase and what is done about texts with it, as in a room's rules."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic reads it of a TypedDict

    match: Annotated[str, StringConstraints(min_length=1, max_length=MAX_WORD, pattern=r"\S")]
    do: Literal["block", "hold", "mask"]


class ModerationSettings(BaseSettings):
    """Words of every room, and the moderation service: where it is, how long it may take, what happens without it."""

    words: list[WordRule] = setting(
        [],
        "JSON list of `{match, do}`: words that hold in every room, `do` being `block`, `hold` or `mask`.",
        why="Each is looked for in every message; moderators of the server are exempt, owners of rooms are not.",
        bounds={"max_length": MAX_WORDS},
    )
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
