"""The table of requests: each subject's module lists its own."""

from __future__ import annotations

from parlour.adapters.socket import (
    direct,
    documents,
    following,
    inbox,
    lookups,
    markets,
    matches,
    moderation,
    pending,
    people,
    posts,
    reading,
    reports,
    rooms,
    watches,
)
from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.errors import Invalid
from parlour.protocol.replies import Done
from parlour.protocol.values import Request

SUBJECTS = (
    rooms,
    following,
    posts,
    reading,
    moderation,
    watches,
    matches,
    markets,
    lookups,
    pending,
    documents,
    reports,
    people,
    inbox,
    direct,
)
"""A new request is a line in its subject's SPECS; a new subject is a module here."""

REQUESTS: dict[str, RequestSpec] = {spec.name: spec for subject in SUBJECTS for spec in subject.SPECS}
"""Every request by its name."""


def unknown_request(name: str) -> RequestSpec:
    """Return a spec for a name that is not in the table: it costs a read, and its handler refuses it."""

    def refuse(call: Call[Request]) -> None:
        raise Invalid(f"There is no request {name!r}.", details={"path": "event"})

    return RequestSpec("unknown", Request, Done, refuse, cost="read")
