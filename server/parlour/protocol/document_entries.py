"""The entries that only documents have (protocol §5)."""

from __future__ import annotations

from parlour.protocol.values import Account, Hash, Hex, Millis, Seq, Shape


class DocVersionBody(Shape):
    """The document as it is here has a name, or the room kept it by itself (`by` and `title` are "")."""

    title: str
    by: Account
    at: Millis
    vector: Hex
    """The Yjs state vector."""
    sha256: Hash
    """Of the document as one update, which `doc:read` answers."""


class DocRestoredBody(Shape):
    """Somebody went back to a version, by the update right before."""

    version: Seq
    by: Account
    update: Seq


BODIES: dict[str, type[Shape]] = {"doc.version": DocVersionBody, "doc.restored": DocRestoredBody}
