"""Files over HTTP (protocol §7): uploads, tickets and avatars."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from parlour.protocol.values import Hash, Maybe, Millis, Shape, Text


class UploadQuery(Shape):
    """What the file is called."""

    name: Maybe[Text] = None
    """Without folders, controls and what a file system refuses; those are taken out."""


class FileQuery(Shape):
    """What stands for a token where none can be sent."""

    ticket: Maybe[Text] = None


class ExportQuery(Shape):
    """How a room is written out."""

    as_: Maybe[Literal["json", "markdown", "html"]] = None
    """`json` where it is missing: with every entry; the others show messages as they are now."""


class FileInfo(Shape):
    """A file as it is kept: `hash` is SHA-256 of that, which a message names in `files`."""

    hash: Hash
    name: str
    type: str
    """Found from the bytes; `application/octet-stream` for what is none of those that the protocol lists."""
    bytes: int = Field(ge=1)
    width: Maybe[int] = None
    """Of an image, in pixels, as people see it."""
    height: Maybe[int] = None


class FileReply(Shape):
    """The file, as it is kept."""

    file: FileInfo


class TicketReply(Shape):
    """What `?ticket=` takes for this one file, until then."""

    ticket: str
    until: Millis


class AvatarReply(Shape):
    """The avatar, as it is kept: `hash` is what `account:profile` takes."""

    hash: Hash
    file: FileInfo
