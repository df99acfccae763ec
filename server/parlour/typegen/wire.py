"""The types on the wire, read from the table of requests and the models of parlour.protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parlour.adapters.socket.requests import REQUESTS
from parlour.protocol import PROTOCOL, http_admin, http_auth, http_files, http_operating, http_rooms
from parlour.protocol.entries import BODIES, ENTRIES, VIEWS, EntryHead
from parlour.protocol.events import EVENTS
from parlour.protocol.replies import Refusal
from parlour.protocol.schema import definitions
from parlour.protocol.values import Shape
from parlour.typegen.shapes import Basic, Declared, Named, OneOf, Type, declared, read

UPDATE = Declared(
    "DocUpdate",
    "A Yjs update: bytes as an `entry` event, which carries them as an attachment, and `{b64}` elsewhere.",
    None,
    OneOf((Basic("bytes"), Named("Binary"))),
)
"""The body of the one entry type that is binary."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Everything that clients need types for.

    Attributes:
        shapes: every definition but entries, by name.
        head: what all entries have; `type` and `body` are those of each.
        bodies: the name of each entry type's body.
        requests, replies, events: the type that each carries.
    """

    protocol: int
    shapes: Sequence[Declared]
    head: Declared
    bodies: Mapping[str, str]
    requests: Mapping[str, Type]
    replies: Mapping[str, Type]
    events: Mapping[str, Type]


def read_wire() -> Wire:
    """Read the types of this server's wire."""
    requests, replies = [s.model for s in REQUESTS.values()], [s.reply for s in REQUESTS.values()]
    schemas, found = definitions(
        [*requests, *replies, *EVENTS.values(), Refusal, EntryHead, *_http_models(), *VIEWS.values()]
    )
    carried = [read(schema) for schema in schemas]
    heads = {"Entry", "EntryHead", *(model.__name__ for model in ENTRIES.values())}
    count = len(REQUESTS)
    return Wire(
        protocol=PROTOCOL,
        shapes=[*(declared(name, schema) for name, schema in found.items() if name not in heads), UPDATE],
        head=declared("EntryHead", found["EntryHead"]),
        bodies={**{type_: body.__name__ for type_, body in BODIES.items()}, "doc.update": UPDATE.name},
        requests=dict(zip(REQUESTS, carried[:count], strict=True)),
        replies=dict(zip(REQUESTS, carried[count : 2 * count], strict=True)),
        events=dict(zip(EVENTS, carried[2 * count :], strict=False)),
    )


def _http_models() -> list[type[Shape]]:
    """List the models of HTTP requests and answers."""
    modules = (http_auth, http_rooms, http_files, http_operating, http_admin)
    named = [model for module in modules for model in vars(module).values() if isinstance(model, type)]
    own = {module.__name__ for module in modules}
    return [model for model in named if issubclass(model, Shape) and model.__module__ in own]
