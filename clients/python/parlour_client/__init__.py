"""The Python client of Parlour: `connect`, join rooms, write bots. See docs/clients.md."""

from parlour_client.bot import Bot, Context
from parlour_client.client import Parlour, connect
from parlour_client.entries import Entry, Position, Posted
from parlour_client.errors import (
    Closed,
    Conflict,
    ConnectionLost,
    Forbidden,
    Illegal,
    Internal,
    Invalid,
    LogReset,
    NotFound,
    ParlourError,
    RateLimited,
    SignInRefused,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from parlour_client.lobby import Lobby
from parlour_client.room import Room

__all__ = [
    "Bot",
    "Closed",
    "Conflict",
    "ConnectionLost",
    "Context",
    "Entry",
    "Forbidden",
    "Illegal",
    "Internal",
    "Invalid",
    "Lobby",
    "LogReset",
    "NotFound",
    "Parlour",
    "ParlourError",
    "Position",
    "Posted",
    "RateLimited",
    "Room",
    "SignInRefused",
    "TooLarge",
    "Unauthorized",
    "Unavailable",
    "connect",
]
