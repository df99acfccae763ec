"""The Python client of Parlour: connect, join rooms, write bots (docs/clients.md).

It knows the server by its protocol alone and imports none of it. A message's way: `Parlour` → `Room` → `Outbox` →
`Connection` → `Dialer`; an event's way back: `Connection` → `Parlour` → `Membership` → `Replica` → `Reader`.
tests/clients plays the conversations of tests/vectors/conversations.
"""

from parlour_client.bot import Account, Bot, Context, Filter, Router
from parlour_client.chat import Message, MessagePage, fold_messages
from parlour_client.client import Parlour
from parlour_client.connecting import connect
from parlour_client.entries import Entry, EntryPage, Page, Position, Posted
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
    Unreachable,
)
from parlour_client.gates import GateNeed, describe_gate, missing_at_gate
from parlour_client.lobby import Lobby
from parlour_client.matching import Match
from parlour_client.net.retry import Retry
from parlour_client.people.names import name_of, short_account, with_address
from parlour_client.rooms.asking import Member
from parlour_client.rooms.room import Room

__all__ = [
    "Account",
    "Bot",
    "Closed",
    "Conflict",
    "ConnectionLost",
    "Context",
    "Entry",
    "EntryPage",
    "Filter",
    "Forbidden",
    "GateNeed",
    "Illegal",
    "Internal",
    "Invalid",
    "Lobby",
    "LogReset",
    "Match",
    "Member",
    "Message",
    "MessagePage",
    "NotFound",
    "Page",
    "Parlour",
    "ParlourError",
    "Position",
    "Posted",
    "RateLimited",
    "Retry",
    "Room",
    "Router",
    "SignInRefused",
    "TooLarge",
    "Unauthorized",
    "Unavailable",
    "Unreachable",
    "connect",
    "describe_gate",
    "fold_messages",
    "missing_at_gate",
    "name_of",
    "short_account",
    "with_address",
]
