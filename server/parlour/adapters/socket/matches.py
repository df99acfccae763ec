"""Requests about matchmaking. This version has none: both are refused."""

from __future__ import annotations

from typing import Any, NoReturn

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.errors import Invalid
from parlour.protocol.replies import Done, MatchReply
from parlour.protocol.requests import MatchCancel, MatchFind


async def refuse(call: Call[Any]) -> NoReturn:
    """Refuse the request."""
    raise Invalid("This server has no matchmaking.", reason="unsupported")


SPECS = (
    RequestSpec("match:find", MatchFind, MatchReply, refuse, cost="search", mutates=True),
    RequestSpec("match:cancel", MatchCancel, Done, refuse, cost="search", mutates=True),
)
