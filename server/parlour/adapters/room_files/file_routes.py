"""The routes of files: `/api/rooms/<id>/files…` and avatars. Names, tickets and bytes of files are never logged."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from aiohttp import web

from parlour.adapters.http.answers import json_answer
from parlour.adapters.http.callers import Callers
from parlour.adapters.http.limit import Limit
from parlour.adapters.http.routes import SESSION, Access, Route
from parlour.adapters.room_files.pieces import pieces_of
from parlour.adapters.room_files.ranges import PUBLIC, send
from parlour.core.room import Account
from parlour.errors import Forbidden, NotFound
from parlour.protocol.http_files import AvatarReply, FileQuery, FileReply, TicketReply, UploadQuery
from parlour.runtime.files.store import FileRows, FileStore
from parlour.runtime.files.tickets import Tickets
from parlour.runtime.files.uploads import AVATAR_ROOM, Uploads
from parlour.runtime.rooms.interface import Caller, FileRights
from parlour.runtime.rooms.room_ids import named_room

_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
BINARY = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class FileBacking:
    """What the routes of files use.

    Attributes:
        rank: the rank of an account's server role, for tickets.
        banned: whether an account is banned from the server, whose tickets end with its sessions.
    """

    rights: FileRights
    uploads: Uploads
    store: FileStore
    rows: FileRows
    tickets: Tickets
    limit: Limit
    rank: Callable[[Account], int]
    banned: Callable[[Account], bool]


class FileRoutes:
    """Serves files of rooms to whoever may join, and takes them from whoever may post."""

    def __init__(self, backing: FileBacking, callers: Callers) -> None:
        self._backing = backing
        self._callers = callers

    def routes(self) -> list[Route]:
        """List the routes."""
        files = "/api/rooms/{room}/files"
        post = Access(session=True, scope="entries:post")
        read = Access(session=True, scope="entries:read", nobody=True)
        return [
            Route("POST", files, self.upload, FileReply, post, UploadQuery, status=201, takes=BINARY),
            Route("GET", files + "/{hash}", self.read, bytes, read, FileQuery, media=BINARY),
            Route("POST", files + "/{hash}/ticket", self.ticket, TicketReply, read),
            Route("POST", "/api/account/avatar", self.upload_avatar, AvatarReply, SESSION, status=201, takes=BINARY),
            Route("GET", "/api/avatars/{hash}", self.avatar, bytes, media=BINARY),
        ]

    async def upload(self, request: web.Request) -> web.Response:
        """Keep a file of a room's; the account may name it in messages there."""
        caller = await self._callers.writer(request, "entries:post")
        room = await self._backing.rights.bring(named_room(request.match_info["room"]), caller)
        uploads = self._backing.uploads
        pieces = self._counted(request, caller.account, uploads.limits.file_bytes)
        kept = await uploads.keep(room, caller.account, request.query.get("name", ""), pieces)
        return json_answer({"file": kept.facts.to_json(kept.name)}, 201)

    async def upload_avatar(self, request: web.Request) -> web.Response:
        """Keep an image that the account may show beside its name."""
        account = await self._callers.account(request)
        uploads = self._backing.uploads
        kept = await uploads.keep_avatar(account, self._counted(request, account, uploads.limits.avatar_bytes))
        told = kept.facts.to_json(kept.name)
        return json_answer({"hash": told["hash"], "file": told}, 201)

    async def read(self, request: web.Request) -> web.StreamResponse:
        """Send a file of a room's, or a part of it."""
        room, hash_ = named_room(request.match_info["room"]), _hash(request)
        caller = await self._reader(request, room, hash_)
        found = await self._backing.rights.find(room, caller, hash_)
        return await send(request, found, self._backing.store.read)

    async def ticket(self, request: web.Request) -> web.Response:
        """Answer what stands for the token in an address, for this file and five minutes."""
        room, hash_ = named_room(request.match_info["room"]), _hash(request)
        caller = await self._callers.reader(request, "entries:read")
        await self._backing.rights.find(room, caller, hash_)
        ticket, until = self._backing.tickets.issue(room, hash_, caller.account)
        return json_answer({"ticket": ticket, "until": until})

    async def avatar(self, request: web.Request) -> web.StreamResponse:
        """Send an avatar; anybody may see it."""
        found = await self._backing.rows.find(AVATAR_ROOM, _hash(request))
        if found is None:
            raise NotFound("There is no such avatar.")
        return await send(request, found, self._backing.store.read, PUBLIC)

    async def _reader(self, request: web.Request, room: str, hash_: bytes) -> Caller:
        ticket = request.query.get("ticket")
        if ticket is None:
            return await self._callers.reader(request, "entries:read")
        account = self._backing.tickets.read(ticket, room, hash_)
        if self._backing.banned(account):
            raise Forbidden("You are banned from this server.", reason="banned")
        return Caller(account, self._backing.rank(account))

    async def _counted(self, request: web.Request, account: Account, most: int) -> AsyncIterator[bytes]:
        """Yield the body's pieces; counts the upload before the first one, and its bytes as it names or sends them."""
        limit, told = self._backing.limit, request.content_length
        await limit.hit("upload", account)
        if told:
            await limit.hit("upload_bytes", account, min(told, most))
        async for piece in pieces_of(request, most):
            if told is None:
                await limit.hit("upload_bytes", account, len(piece))
            yield piece


def _hash(request: web.Request) -> bytes:
    """Return the hash of a path; raises NotFound for what is none."""
    text = request.match_info["hash"]
    if _HASH.fullmatch(text) is None:
        raise NotFound("There is no such file.")
    return bytes.fromhex(text[2:])
