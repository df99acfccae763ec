"""Requests about a document's versions: keep one, list them, read one, go back to one."""

from __future__ import annotations

from typing import Any

from parlour.adapters.socket.request_spec import Call, RequestSpec
from parlour.core.documents.commands import KeepVersion
from parlour.protocol.documents import (
    DocRead,
    DocReadReply,
    DocRestore,
    DocSeqReply,
    DocVersion,
    DocVersions,
    DocVersionsReply,
)
from parlour.runtime.rooms.interface import RoomRequest
from parlour.runtime.rooms.room_ids import named_room


def keep(call: Call[DocVersion]) -> None:
    """Name the document as it is now."""
    asked, client = call.parsed(), call.client
    named_room(asked.room)
    command = KeepVersion(client.signed_in(), client.rank, title=asked.title)
    call.rooms.submit(asked.room, RoomRequest(command, call.reply, request_id=asked.id))


async def versions(call: Call[DocVersions]) -> dict[str, Any]:
    """Answer the versions of a document, newest first."""
    asked = call.parsed()
    return await call.rooms.document_versions(named_room(asked.room), call.client.caller, asked.cursor, asked.limit)


async def read(call: Call[DocRead]) -> dict[str, Any]:
    """Answer a document as it is, or as it was in a version."""
    asked = call.parsed()
    return await call.rooms.document(named_room(asked.room), call.client.caller, asked.version, asked.as_)


async def restore(call: Call[DocRestore]) -> dict[str, Any]:
    """Make a document read as it did in a version."""
    asked = call.parsed()
    call.client.signed_in()
    return await call.rooms.restore_document(named_room(asked.room), call.client.caller, asked.version, asked.id)


SPECS = (
    RequestSpec("doc:version", DocVersion, DocSeqReply, keep, cost="change", mutates=True),
    RequestSpec("doc:versions", DocVersions, DocVersionsReply, versions, cost="read"),
    RequestSpec("doc:read", DocRead, DocReadReply, read, cost="read", large=True),
    RequestSpec("doc:restore", DocRestore, DocSeqReply, restore, cost="change", mutates=True),
)
