"""Documents of a conversation: what the application does with them, and what is in them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from pycrdt import Doc, Text

from parlour_client import Room
from parlour_client.rooms.document import Document


class Documents:
    """The documents that a vector opened, by their names."""

    def __init__(self) -> None:
        self._opened: dict[str, Document] = {}

    async def open(self, room: Room, name: str, client: int) -> None:
        """Open a room's document as a Yjs client of this number, so that what it writes is the same bytes each time."""
        document = Document(room, room._membership, Doc(client_id=client))
        self._opened[name] = await document.opened()

    def call(self, verb: str, name: str, args: Any) -> Coroutine[Any, Any, Any] | None:
        """Do what a step says with a document."""
        return VERBS[verb](self._opened[name], **args)

    def seen(self) -> dict[str, Any]:
        """Return what an `expect` matches."""
        return {
            name: {
                "text": str(opened.text("t")),
                "write": opened.write,
                "shown": [[client, state] for client, state in sorted(opened.awareness.states.items())],
            }
            for name, opened in self._opened.items()
        }


def _write(opened: Document, at: int, text: str) -> None:
    opened.text("t").insert(at, text)


def _show(opened: Document, state: Any) -> None:
    opened.awareness.show(state)


async def _keep(opened: Document, title: str) -> dict[str, Any]:
    return {"version": await opened.keep_version(title)}


async def _versions(opened: Document) -> dict[str, Any]:
    return {"versions": await opened.versions()}


async def _read(opened: Document, version: int) -> dict[str, Any]:
    doc: Doc[Any] = Doc()
    doc.apply_update((await opened.read_version(version, "update"))["update"])
    return {"text": str(doc.get("t", type=Text))}


async def _restore(opened: Document, version: int) -> dict[str, Any]:
    return {"seq": await opened.restore_version(version)}


VERBS: dict[str, Callable[..., Coroutine[Any, Any, Any] | None]] = {
    "write": _write,
    "show": _show,
    "keepVersion": _keep,
    "versions": _versions,
    "readVersion": _read,
    "restoreVersion": _restore,
}
