"""docs/protocol.md section 7 "Files": uploads, downloads, tickets and avatars, as a stock HTTP client meets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.core.files.pictures import SECRET, exif, jpeg, png
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, error_of, made, post, refused, said
from tests.e2e.stock import http_json, until
from tests.e2e.test_protocol_http import mint

ORIGIN = "https://app.example"
SMALL = 300_000
TEXT = b"the whole of a file"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[ServerProcess]:
    env = {"PARLOUR_GUESTS": "on", "PARLOUR_FILE_BYTES": str(SMALL), "PARLOUR_ORIGINS": ORIGIN}
    async with ServerProcess(env=env) as server:
        yield server


class Web:
    """HTTP as one wallet, or as a guest."""

    def __init__(self, server: ServerProcess, http: aiohttp.ClientSession, token: str | None) -> None:
        self._server = server
        self._http = http
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    async def upload(self, room: str, body: Any, name: str = "", **headers: str) -> tuple[int, Any]:
        url = f"{self._server.url}/api/rooms/{room}/files"
        sent = {**self.headers, "Content-Type": "application/x-anything", **headers}
        async with self._http.post(url, params={"name": name}, data=body, headers=sent) as answer:
            return answer.status, await answer.json()

    async def kept(self, room: str, body: bytes = TEXT, name: str = "a.txt") -> dict[str, Any]:
        status, answer = await self.upload(room, body, name)
        assert (status, answer.keys()) == (201, {"file"}), answer
        file: dict[str, Any] = answer["file"]
        return file

    async def read(self, room: str, hash_: str, ticket: str = "", **headers: str) -> tuple[int, Any, bytes]:
        url = f"{self._server.url}/api/rooms/{room}/files/{hash_}"
        query = {"ticket": ticket} if ticket else {}
        async with self._http.get(url, params=query, headers={**self.headers, **headers}) as answer:
            return answer.status, answer.headers, await answer.read()

    async def status(self, room: str, hash_: str) -> int:
        return (await self.read(room, hash_))[0]

    async def ticketed(self, room: str, hash_: str, ticket: str) -> int:
        return (await self.read(room, hash_, ticket))[0]

    async def ticket(self, room: str, hash_: str) -> tuple[int, Any]:
        url = f"{self._server.url}/api/rooms/{room}/files/{hash_}/ticket"
        return await http_json("POST", url, headers=self.headers)


@pytest.fixture
async def web(server: ServerProcess, http: aiohttp.ClientSession) -> Any:
    """`await web("ann")`, or a guest's `await web(None)`."""

    async def one(name: str | None) -> Web:
        token = None if name is None else (await sign_in(http, server.url, wallet(name), origin=ORIGIN))["token"]
        return Web(server, http, token)

    return one


async def test_file_is_uploaded_named_and_read_by_others(enter: Enter, web: Any) -> None:
    ann, bob = await enter("ann"), await enter("bob")
    room = await made(ann)
    mine = await web("ann")
    file = await mine.kept(room, TEXT, "../my notes\u202e.txt")
    assert file == {
        "hash": f"0x{sha256(TEXT).hexdigest()}",
        "name": "my notes.txt",
        "type": "text/plain",
        "bytes": len(TEXT),
    }
    await done(bob, "room:join", room=room)
    ack = await said(ann, room, "", files=[file["hash"]])
    await until(lambda: any(data.get("seq") == ack["seq"] for name, data in bob.events if name == "entry"))
    status, headers, body = await (await web("bob")).read(room, file["hash"])
    assert (status, body) == (200, TEXT)
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Content-Disposition"].startswith('attachment; filename="my notes.txt"')
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox")
    assert headers["Cache-Control"] == "private, no-cache"


async def test_image_is_shown_without_its_metadata(enter: Enter, web: Any) -> None:
    room = await made(await enter("ann"))
    mine = await web("ann")
    file = await mine.kept(room, jpeg(exif(8), tail=SECRET), "home.jpg")
    assert (file["type"], file["width"], file["height"]) == ("image/jpeg", 3, 4)
    status, headers, body = await mine.read(room, file["hash"])
    assert (status, SECRET in body, f"0x{sha256(body).hexdigest()}") == (200, False, file["hash"])
    assert headers["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize("body", [b"<svg onload=alert(1)>", b"<!doctype html><script>", b"%PDF-1.7"])
async def test_what_a_browser_would_run_is_only_saved(enter: Enter, web: Any, body: bytes) -> None:
    room = await made(await enter("ann"))
    mine = await web("ann")
    file = await mine.kept(room, body, "x.html")
    _, headers, _ = await mine.read(room, file["hash"])
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["Content-Type"].partition(";")[0] in ("text/plain", "application/pdf")


async def test_parts_of_a_file_are_read_by_range_and_tag(enter: Enter, web: Any) -> None:
    room = await made(await enter("ann"))
    mine = await web("ann")
    hash_ = (await mine.kept(room))["hash"]
    _, headers, _ = await mine.read(room, hash_)
    tag = headers["ETag"]
    for asked, part in (("bytes=4-8", TEXT[4:9]), ("bytes=-4", TEXT[-4:]), ("bytes=15-999", TEXT[15:])):
        status, headers, body = await mine.read(room, hash_, Range=asked)
        assert (status, body) == (206, part)
        assert headers["Content-Range"].endswith(f"/{len(TEXT)}")
    assert (await mine.read(room, hash_, Range="bytes=99-"))[0] == 416
    for whole in ({"Range": "bytes=x"}, {"Range": "bytes=0-1", "If-Range": '"other"'}):
        assert (await mine.read(room, hash_, **whole))[::2] == (200, TEXT)
    assert (await mine.read(room, hash_, **{"Range": "bytes=0-1", "If-Range": tag}))[0] == 206
    assert (await mine.read(room, hash_, **{"If-None-Match": tag}))[::2] == (304, b"")


async def test_ticket_reads_one_file_without_a_token(enter: Enter, web: Any) -> None:
    ann = await enter("ann")
    room = await made(ann, visibility="private")
    mine, guest = await web("ann"), await web(None)
    file, other = await mine.kept(room), await mine.kept(room, b"other")
    assert await guest.status(room, file["hash"]) == 404
    status, answer = await mine.ticket(room, file["hash"])
    assert (status, answer.keys()) == (200, {"ticket", "until"})
    assert (await guest.read(room, file["hash"], answer["ticket"]))[::2] == (200, TEXT)
    assert (await guest.read(room, other["hash"], answer["ticket"]))[0] == 401
    assert (await guest.read(room, file["hash"], answer["ticket"] + "x"))[0] == 401
    assert (await (await web("bob")).ticket(room, file["hash"]))[0] == 404


async def test_ticket_opens_nothing_once_its_account_lost_the_right(enter: Enter, web: Any) -> None:
    ann = await enter("ann")
    room = await made(ann)
    hash_ = (await (await web("ann")).kept(room))["hash"]
    guest = await web(None)
    tickets = {name: (await (await web(name)).ticket(room, hash_))[1]["ticket"] for name in ("ann", "bob", None)}
    await done(ann, "room:moderate", room=room, account=wallet("bob").address, action="ban")
    assert [await guest.ticketed(room, hash_, ticket) for ticket in tickets.values()] == [200, 403, 200]
    await done(ann, "room:configure", room=room, visibility="private")
    assert [await guest.ticketed(room, hash_, ticket) for ticket in tickets.values()] == [200, 404, 404]


async def test_message_names_only_files_of_its_author_in_that_room(enter: Enter, web: Any) -> None:
    ann, bob = await enter("ann"), await enter("bob")
    room, other = await made(ann), await made(ann)
    hash_ = (await (await web("ann")).kept(room))["hash"]
    for client, where in ((ann, other), (bob, room)):
        entry = post(where, "chat.message", {"text": "mine", "files": [hash_]})
        assert await refused(client, "room:post", **entry) == ("not_found", None)
    for files in ("x", [1], [hash_, hash_], ["0x12"], [f"0x{n:064x}" for n in range(11)]):
        entry = post(room, "chat.message", {"text": "mine", "files": files})
        assert await refused(ann, "room:post", **entry) == ("invalid", None), files
    assert await refused(ann, "room:post", **post(room, "chat.message", {"text": "", "files": []})) == ("invalid", None)
    assert await (await web("ann")).status(other, hash_) == 404


async def test_erasing_the_message_removes_the_file_and_its_bytes(
    enter: Enter, web: Any, server: ServerProcess
) -> None:
    ann = await enter("ann")
    room = await made(ann)
    mine, planted = await web("ann"), b"a secret that was planted in a file"
    hash_ = (await mine.kept(room, planted, "secret-name.txt"))["hash"]
    seq = (await said(ann, room, "look", files=[hash_]))["seq"]

    def left() -> list[bytes]:
        return [path.read_bytes() for path in (server.folder / "files").rglob("*") if path.is_file()]

    assert planted in left()
    await done(ann, "room:post", **post(room, "chat.delete", {"of": seq}))
    assert await mine.status(room, hash_) == 404
    await until(lambda: planted not in left())
    assert "secret-name" not in server.log()


@pytest.mark.parametrize("size", [SMALL + 1, 0])
async def test_file_of_a_wrong_size_is_refused(enter: Enter, web: Any, size: int) -> None:
    room = await made(await enter("ann"))
    mine = await web("ann")

    async def unnamed() -> AsyncIterator[bytes]:
        yield b"x" * size

    for body in (b"x" * size, unnamed()):
        status, answer = await mine.upload(room, body)
        assert (status, error_of(answer["error"])[0]) == ((413, "too_large") if size else (400, "invalid"))
    assert (await mine.upload(room, b"x" * SMALL))[0] == 201


async def test_upload_that_is_cut_off_leaves_nothing(enter: Enter, server: ServerProcess, web: Any) -> None:
    room = await made(await enter("ann"))
    mine = await web("ann")
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = f"POST /api/rooms/{room}/files HTTP/1.1\r\nHost: x\r\nContent-Length: {SMALL}\r\n"
    writer.write(f"{head}Authorization: {mine.headers['Authorization']}\r\n\r\n".encode() + b"cut off here " * 9999)
    await writer.drain()
    arriving = server.folder / "files" / "arriving"
    await until(lambda: arriving.is_dir() and any(arriving.iterdir()))
    writer.close()
    await until(lambda: not any(arriving.iterdir()))


async def test_compressed_body_is_refused(enter: Enter, web: Any) -> None:
    room = await made(await enter("ann"))
    status, answer = await (await web("ann")).upload(room, b"\x1f\x8b\x08", **{"Content-Encoding": "gzip"})
    assert (status, error_of(answer["error"])[0]) == (400, "invalid")


async def test_page_of_a_listed_origin_may_read_files(enter: Enter, web: Any) -> None:
    room = await made(await enter("ann"))
    mine = await web("ann")
    hash_ = (await mine.kept(room))["hash"]
    _, headers, _ = await mine.read(room, hash_, Origin=ORIGIN)
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Content-Disposition" in headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in (await mine.read(room, hash_, Origin="https://evil.example"))[1]


async def test_avatar_is_public_and_of_few_types(server: ServerProcess, web: Any) -> None:
    headers = (await web("ann")).headers
    url = f"{server.url}/api/account/avatar"
    status, answer = await http_json("POST", url, headers=headers, data=png())
    assert status == 201
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/api/avatars/{answer['hash']}") as seen:
        assert (seen.status, seen.content_type, await seen.read()) == (200, "image/png", png())
    for body, expected in ((b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", 400), (b"x" * 600_000, 413)):
        assert (await http_json("POST", url, headers=headers, data=body))[0] == expected
    assert (await http_json("POST", url, data=png()))[0] == 401
    assert (await http_json("GET", f"{server.url}/api/avatars/0x{'0' * 64}"))[0] == 404


async def test_profile_shows_a_picture_that_its_account_uploaded(server: ServerProcess, enter: Enter, web: Any) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    url, headers = f"{server.url}/api/account/avatar", (await web("ann")).headers
    _, answer = await http_json("POST", url, headers=headers, data=png(tail=b"mine"))
    shown = await done(ann, "account:profile", avatar=answer["hash"].upper().replace("0X", "0x"))
    assert shown["profile"]["avatar"] == answer["hash"]
    for other in (answer["hash"], "0x" + "1" * 64):
        assert await refused(bea, "account:profile", avatar=other, bio="mine") == ("not_found", None)
    assert (await done(bea, "account:profile"))["profile"] == {}
    assert "avatar" not in (await done(ann, "account:profile", avatar=""))["profile"]


async def test_emoji_names_a_picture_of_that_room(enter: Enter, web: Any) -> None:
    ann = await enter("ann")
    room = await made(ann)
    mine = await web("ann")
    rules = {"emoji": {"party": f"0x{'1' * 64}"}}
    assert await refused(ann, "room:configure", room=room, rules=rules) == ("not_found", None)
    hash_ = (await mine.kept(room, png()))["hash"]
    await done(ann, "room:configure", room=room, rules={"emoji": {"party": hash_}})
    await done(ann, "room:configure", room=room, rules={"emoji": {}})
    assert await mine.status(room, hash_) == 404


async def test_room_that_takes_no_files_refuses_them(enter: Enter, web: Any) -> None:
    ann = await enter("ann")
    room = await made(ann)
    mine = await web("ann")
    hash_ = (await mine.kept(room))["hash"]
    await done(ann, "room:configure", room=room, rules={"files": False})
    status, answer = await mine.upload(room, b"more")
    assert (status, *error_of(answer["error"])) == (403, "forbidden", "rules")
    entry = post(room, "chat.message", {"text": "mine", "files": [hash_]})
    assert await refused(ann, "room:post", **entry) == ("forbidden", "rules")


# ── rights: path × role ──────────────────────────────────────────────────────────────────────────────────────────────

ROLES = ("guest", "stranger", "member", "muted", "moderator", "owner", "banned", "key")
PUBLIC_RIGHTS = {
    "upload": {"stranger", "member", "moderator", "owner", "key"},
    "read": set(ROLES) - {"banned"},
    "ticket": set(ROLES) - {"banned"},
}
PRIVATE_RIGHTS = {
    "upload": {"member", "moderator", "owner", "key"},
    "read": {"member", "muted", "moderator", "owner", "key"},
    "ticket": {"member", "muted", "moderator", "owner", "key"},
}


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_files_rights_are_those_of_the_room(
    enter: Enter, web: Any, server: ServerProcess, http: aiohttp.ClientSession, visibility: str
) -> None:
    owner = await enter("owner")
    room = await made(owner, visibility=visibility)
    for name in ("member", "muted", "moderator"):
        role = "moderator" if name == "moderator" else "member"
        await done(owner, "room:moderate", room=room, account=wallet(name).address, action="role", role=role)
    await done(owner, "room:moderate", room=room, account=wallet("muted").address, action="mute")
    await done(owner, "room:moderate", room=room, account=wallet("banned").address, action="ban")
    hash_ = (await (await web("owner")).kept(room))["hash"]
    key = await mint(server, f"files-{visibility}", "entries:read", "entries:post")
    who = {name: await web(name) for name in ROLES if name not in ("guest", "key")}
    who |= {"guest": await web(None), "key": Web(server, http, key)}
    allowed: dict[str, set[str]] = {"upload": set(), "read": set(), "ticket": set()}
    for name, caller in who.items():
        if (await caller.upload(room, name.encode()))[0] == 201:
            allowed["upload"].add(name)
        if await caller.status(room, hash_) == 200:
            allowed["read"].add(name)
        if (await caller.ticket(room, hash_))[0] == 200:
            allowed["ticket"].add(name)
    assert allowed == (PUBLIC_RIGHTS if visibility == "public" else PRIVATE_RIGHTS)


async def test_nobody_brings_files_into_a_closed_room(enter: Enter, web: Any) -> None:
    ann = await enter("ann")
    room = await made(ann)
    mine = await web("ann")
    hash_ = (await mine.kept(room))["hash"]
    await done(ann, "room:close", room=room)
    assert (await mine.upload(room, b"late"))[1]["error"]["code"] == "closed"
    assert await mine.status(room, hash_) == 200
