"""Documents on the wire: what is asked of them, and what that is answered with (protocol §11)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from parlour.protocol.replies import Reply
from parlour.protocol.values import Account, Id, Maybe, Millis, Request, RoomId, RoomInfo, Seq, Shape, Short


class DocVersion(Request):
    """Name the document as it is now."""

    room: RoomId
    id: Id
    title: Short


class DocVersions(Request):
    """List the versions of a document, newest first."""

    room: RoomId
    cursor: Short | None = None
    limit: Annotated[int, Field(ge=1)] | None = None


class DocRead(Request):
    """Read a document as it is now, or as it was in a version."""

    room: RoomId
    version: Seq | None = None
    as_: Literal["update", "text", "json"] = "update"


class DocRestore(Request):
    """Make a document read as it did in a version; that is one more edit."""

    room: RoomId
    id: Id
    version: Seq


class DocSeqReply(Reply):
    """The entry that was written; with `duplicate` the one that says it already."""

    seq: Seq
    duplicate: Maybe[Literal[True]] = None
    room: Maybe[RoomInfo] = None


class Version(Shape):
    """One version in a list; `by` and `title` are "" where the room kept it by itself."""

    seq: Seq
    title: str
    by: Account
    at: Millis


class DocVersionsReply(Reply):
    """A page of versions, and where the next one begins."""

    versions: list[Version]
    cursor: str | None


class DocReadReply(Reply):
    """The document in the form that was asked for."""

    seq: Seq
    """The entry as of which it reads so."""
    update: Maybe[bytes] = None
    text: Maybe[str] = None
    json_: Maybe[object] = Field(None, alias="json")
    approximate: Maybe[Literal[True]] = None
    """Some client cut an emoji in two: the text may differ from what editors show."""
