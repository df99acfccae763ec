"""What is asked of a document beside posts: to keep a version, to go back to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from parlour.core.room import Command


@dataclass(slots=True)
class KeepVersion(Command):
    """`doc:version`: name the document as it is now. Alone, so that a snapshot is stored at its very entry."""

    alone: ClassVar[bool] = True
    title: str = ""


@dataclass(slots=True)
class RestoreVersion(Command):
    """`doc:restore`: make the document read as it did in a version.

    Attributes:
        version: the seq of its `doc.version`.
        then: the document as it was then, as one update; the host has read it.
        roots: the kinds of its roots then.
    """

    version: int = 0
    then: bytes = b"\x00\x00"
    roots: tuple[tuple[str, str], ...] = ()
