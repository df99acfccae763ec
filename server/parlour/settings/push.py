"""Settings of web push: who answers for it, which services are called, and what a push says."""

from __future__ import annotations

from pydantic import field_validator
from pydantic_settings import BaseSettings

from parlour.settings.fields import Listed, at_least, setting

BROWSERS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.notify.windows.com",
    "web.push.apple.com",
)
"""The push services of Chrome, Firefox, Edge and Safari."""


class PushSettings(BaseSettings):
    """Notices that reach a browser while no page of it is open (Web Push, RFC 8030)."""

    push_contact: str | None = setting(
        None, "Whom push services reach about this server, `mailto:…` or `https://…`; none sends no pushes."
    )
    push_hosts: Listed = setting(
        BROWSERS,
        "Push services that are called, `*.` before a name for all below it.",
        why="Those of Chrome, Firefox, Edge and Safari; a browser's subscription names any address it likes.",
    )
    push_text: bool = setting(
        False,
        "Whether pushes carry a message's text.",
        why="They pass the browser makers' services, encrypted, and are shown on a locked screen.",
    )
    push_delay_ms: int = setting(
        5_000,
        "How long a notice waits for being read elsewhere before it is pushed.",
        unit="milliseconds",
        why="Whoever sits before an open page is not disturbed by a telephone.",
        bounds=at_least(0, 60_000),
    )
    push_subscriptions: int = setting(
        10, "Browsers of one account that are pushed to.", unit="browsers", why="More than a person uses."
    )

    @field_validator("push_contact")
    @classmethod
    def _is_a_contact(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("mailto:", "https://")):
            raise ValueError("is an address such as mailto:ops@example.com")
        return value
