"""`GET /api/rooms/<id>/transcript`: a room's log as NDJSON, verifiable offline (protocol §6)."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from aiohttp import web

from parlour.adapters.sql.server_key import ServerKey
from parlour.core.proof.authors import Signers
from parlour.core.room import Entry
from parlour.protocol import PROTOCOL
from parlour.runtime.identity.sign_in import SignIn
from parlour.runtime.live_room.host import RoomHost
from parlour.runtime.rooms.history import Reader, Reading
from parlour.runtime.rooms.registry import RoomRegistry

PAGE = 1000


async def stream_transcript(
    request: web.Request,
    registry: RoomRegistry,
    host: RoomHost,
    reading: Reading,
    reader: Reader,
    sign_in: SignIn,
    key: ServerKey,
) -> web.StreamResponse:
    """First `{room, epochs, head, protocol, floor?}`, then delegations, then entries with salts, last `{signed}`."""
    store = registry.context.store
    head, hash_ = host.record.head, host.record.hash
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson", "Cache-Control": "no-store"})
    await response.prepare(request)
    epochs: list[dict[str, Any]] = []
    signers, keys = Signers(), set[tuple[str, str]]()
    after = host.record.floor - 1
    while after < head:
        page = [e for e in await store.entries(host.id, after, PAGE) if e.seq <= head]
        if not page:
            break
        _note_epochs(epochs, page)
        keys |= await asyncio.to_thread(signers.keys, page)
        after = page[-1].seq
    first: dict[str, Any] = {"room": host.id, "epochs": epochs, "head": head, "protocol": PROTOCOL}
    if host.record.floor > 1:
        first["floor"] = {"seq": host.record.floor, "previous": "0x" + host.record.floor_hash.hex()}
    await _line(response, first)
    for author in sorted({author for author, _ in keys}):
        for delegation in await sign_in.delegations(author):
            if (author, delegation["sessionKey"]) in keys:
                await _line(response, {"delegation": delegation})
    after = host.record.floor - 1
    while after < head:
        page = [e for e in await store.entries(host.id, after, PAGE) if e.seq <= head]
        if not page:
            break
        for shown in await reading.shown(host, reader, page, proof=True):
            await _line(response, {"entry": shown})
        after = page[-1].seq
    await _line(response, {"signed": key.sign(host.id, host.record.epoch, head, hash_)})
    await response.write_eof()
    return response


def _note_epochs(epochs: list[dict[str, Any]], page: list[Entry]) -> None:
    for entry in page:
        if not epochs or epochs[-1]["epoch"] != entry.epoch:
            epochs.append({"epoch": entry.epoch, "from": entry.seq})


async def _line(response: web.StreamResponse, value: dict[str, Any]) -> None:
    await response.write(orjson.dumps(value) + b"\n")
