"""The table of requests: a subject's module lists what it answers, and stands here."""

from __future__ import annotations

from parlour.adapters.socket import following, matches, moderation, posts, reading, rooms, watches
from parlour.adapters.socket.request_spec import RequestSpec

SUBJECTS = (rooms, following, posts, reading, moderation, watches, matches)
"""A new request is a line in its subject's SPECS; a new subject is a module here."""

REQUESTS: dict[str, RequestSpec] = {spec.name: spec for subject in SUBJECTS for spec in subject.SPECS}
"""Every request by its name; what is not here is refused with `invalid`."""
