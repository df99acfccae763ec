"""Types of the wire as TypeScript declarations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from parlour.typegen.kinds import KindTypes
from parlour.typegen.shapes import AllOf, Basic, Declared, Exactly, Key, ListOf, MapOf, Named, OneOf, Type
from parlour.typegen.wire import Wire

HEADER = """\
/**
 * The wire, version {protocol}, as the server's own registry has it (docs/protocol.md is the prose).
 *
 * Made by `parlour schema protocol --lang ts`; do not edit. `at` and every `…At` are milliseconds since 1970 UTC.
 */

export type Hex = `0x${{string}}`;
export type JsonObject = Record<string, unknown>;
"""
ENTRIES = """\
/** An entry of one type; `body` is null where it is hidden or was erased. */
export type EntryOf<Type extends keyof EntryBodies> = EntryHead & { type: Type; body: EntryBodies[Type] | null };

/** An entry of a type that this version knows. */
export type KnownEntry = { [Type in keyof EntryBodies]: EntryOf<Type> }[keyof EntryBodies];

/** One numbered, durable line of a room's log; `entry.type ===` says which body it has. Skip types you do not know. */
export type Entry = KnownEntry | AppEntry;
"""
FOOTER = """\
export type RequestName = keyof Requests;
export type EventName = keyof Events;

/** The answer to a request, carried out or refused. */
export type AckOf<Name extends RequestName> = Replies[Name] | Refusal;

/** Any ack. */
export type Ack = ({ ok: true } & JsonObject) | Refusal;

/** Socket.IO's own generics, for stock clients. */
export type ServerToClientEvents = { [Name in EventName]: (event: Events[Name]) => void };
export type ClientToServerEvents = {
  [Name in RequestName]: (request: Requests[Name], ack?: (reply: AckOf<Name>) => void) => void;
};
"""
_BASIC = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "unknown": "unknown",
    "object": "JsonObject",
    "nothing": "Record<never, never>",
    "bytes": "ArrayBuffer | Uint8Array",
    "hex": "Hex",
    "app-type": "`app.${string}`",
}
KINDS_HEADER = """\
/**
 * The kinds of a Parlour server as types for `@parlour/client`: with this file in a project, `kind` in `createRoom`,
 * `joinRoom` and `useRoom` types options, actions and view.
 *
 * Made by `parlour schema ts`; do not edit.
 */
import type * as client from "@parlour/client";

export type Hex = `0x${string}`;
export type JsonObject = Record<string, unknown>;
"""
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*")


def printed(wire: Wire) -> str:
    """Return the whole file."""
    parts = [
        HEADER.format(protocol=wire.protocol),
        *(_declaration(shape) for shape in wire.shapes),
        _declaration(_without_type_and_body(wire.head)),
        _map("EntryBodies", "The body of each entry type.", {t: Named(b) for t, b in wire.bodies.items()}),
        ENTRIES,
        _map("Requests", "What each request sends.", wire.requests),
        _map("Replies", "What each request is answered where it was carried out.", wire.replies),
        _map("Events", "What each event of the server carries.", wire.events),
        FOOTER,
    ]
    return "\n".join(parts)


def printed_kinds(kinds: Sequence[KindTypes]) -> str:
    """Return a declaration file that registers kinds with `@parlour/client`."""
    shapes = [_declaration(shape) for kind in kinds for shape in kind.shapes]
    registered = "".join(line for kind in kinds for line in _kind(kind))
    interface = f"  interface Register {{\n    kinds: {{\n{registered}    }};\n  }}\n"
    return "\n".join([KINDS_HEADER, *shapes, f'declare module "@parlour/client" {{\n{interface}}}\n'])


def _kind(kind: KindTypes) -> Iterator[str]:
    yield f"      {_name(kind.name)}: {{\n        options: {_type(kind.options)};\n        actions: {{\n"
    for action, args in kind.actions.items():
        yield f"          {_name(action)}: {_type(args)};\n"
    view = f"client.{kind.wire_view}" if kind.wire_view else _type(kind.view)
    yield f"        }};\n        view: {view};\n"
    if kind.rejects:
        yield f"        reject: {' | '.join(json.dumps(why) for why in kind.rejects)};\n"
    yield "      };\n"


def _without_type_and_body(head: Declared) -> Declared:
    keys = tuple(key for key in head.keys or () if key.name not in ("type", "body"))
    return Declared(head.name, head.about, keys, head.type)


def _declaration(shape: Declared) -> str:
    about = _comment(shape.about)
    if shape.keys is None:
        return f"{about}export type {shape.name} = {_type(shape.type)};\n"
    body = "".join(line for key in shape.keys for line in _key(key))
    return f"{about}export interface {shape.name} {{\n{body}}}\n"


def _key(key: Key) -> Iterator[str]:
    if key.about:
        yield _comment(key.about, "  ")
    yield f"  {_name(key.name)}{'?' if key.optional else ''}: {_type(key.type)};\n"


def _map(name: str, about: str, types: Mapping[str, Type]) -> str:
    keys = tuple(Key(key, type_, False, "") for key, type_ in types.items())
    return _declaration(Declared(name, about, keys, Basic("object")))


def _name(name: str) -> str:
    return name if _PLAIN_KEY.fullmatch(name) else json.dumps(name)


def _type(type_: Type) -> str:
    match type_:
        case Basic(name):
            return _BASIC[name]
        case Named(name):
            return name
        case Exactly(values):
            return " | ".join(json.dumps(value) for value in values)
        case OneOf(types):
            return " | ".join(_type(each) for each in types)
        case AllOf(types):
            return " & ".join(f"({inner})" if " | " in (inner := _type(each)) else inner for each in types)
        case ListOf(item):
            inner = _type(item)
            return f"({inner})[]" if " | " in inner or " & " in inner else f"{inner}[]"
        case MapOf(value):
            return f"Record<string, {_type(value)}>"


def _comment(text: str, indent: str = "") -> str:
    return f"{indent}/** {' '.join(text.split())} */\n" if text else ""
