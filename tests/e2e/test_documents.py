"""docs/protocol.md section 11: documents, as stock clients and backends see them."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import aiohttp
import pytest
from pycrdt import Doc, Map, Text

from parlour.core.documents.awareness import ClientState, read_awareness, write_awareness
from parlour.core.documents.encoding import read_vector
from parlour.testing.server import ServerProcess
from parlour.testing.wallets import sign_in, wallet
from tests.e2e.conftest import Enter
from tests.e2e.kit import done, fresh, made, post, posted, refused, said
from tests.e2e.stock import PythonClient, heard, until
from tests.e2e.test_protocol_http import mint
from tests.forked import parlour

ANN, BEA = (wallet(name).address for name in ("ann", "bea"))


class Editor:
    """A document of somebody's, and the updates it makes."""

    def __init__(self, update: bytes = b"\x00\x00") -> None:
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("t", type=Text)
        self.doc.apply_update(update)

    def edit(self, change: Callable[[], Any]) -> bytes:
        before = self.doc.get_state()
        change()
        return self.doc.get_update(before)

    def write(self, text: str) -> bytes:
        return self.edit(lambda: self.text.insert(len(str(self.text).encode()), text))


async def document(client: PythonClient, **options: Any) -> tuple[str, Editor]:
    """A new document with `gm` in it, joined by its owner."""
    room = await made(client, "document", **options)
    await done(client, "room:join", room=room)
    editor = Editor()
    await posted(client, room, "doc.update", editor.write("gm"))
    return room, editor


async def test_edit_reaches_everybody_as_bytes_and_newcomers_in_the_state(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, editor = await document(ann)
    joined = await done(bea, "room:join", room=room)
    assert (joined["write"], joined["role"], joined["head"]) == (True, "member", 2)
    assert [entry["type"] for entry in joined["entries"]] == ["room.created"]
    assert read_vector(joined["state"]["vector"]) == read_vector(editor.doc.get_state())
    other = Editor(joined["state"]["update"])
    assert str(other.text) == "gm"
    update = editor.write(" all")
    receipt = await posted(ann, room, "doc.update", update)
    await until(lambda: heard(bea, "entry", room))
    [entry] = heard(bea, "entry", room)
    assert (entry["body"], entry["seq"], entry["author"]) == (update, receipt["seq"], ANN)
    other.doc.apply_update(entry["body"])
    assert str(other.text) == "gm all"


async def test_join_answers_the_difference_to_a_vector_and_what_else_was_missed(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, editor = await document(ann)
    joined = await done(bea, "room:join", room=room)
    known, since = editor.doc.get_state(), {key: joined[key] for key in ("epoch", "hash")} | {"seq": joined["head"]}
    await done(bea, "room:leave", room=room)
    for letter in "abc":
        await posted(ann, room, "doc.update", editor.write(letter))
    await said(ann, room, "a word beside it")
    again = await done(bea, "room:join", room=room, vector=known, since=since)
    assert (again["recovered"], again["head"]) == (True, 6)
    assert [(entry["seq"], entry["type"]) for entry in again["entries"]] == [(6, "chat.message")]
    late = Editor(joined["state"]["update"])
    late.doc.apply_update(again["state"]["update"])
    assert str(late.text) == "gmabc"
    assert await refused(bea, "room:join", room=room, vector=b"\xff") == ("invalid", None)


async def test_gap_is_healed_by_the_vector_of_the_refusal(enter: Enter) -> None:
    ann = await enter("ann")
    room, editor = await document(ann)
    editor.write(" lost")
    ack = await ann.ask("room:post", post(room, "doc.update", editor.write(" found")))
    assert (ack["error"]["code"], ack["error"]["reason"]) == ("illegal", "gap")
    vector = b64decode(ack["error"]["details"]["vector"]["b64"])
    await posted(ann, room, "doc.update", editor.doc.get_update(vector))
    assert (await done(ann, "doc:read", room=room, **{"as": "text"}))["text"] == "gm lost found"
    again = await posted(ann, room, "doc.update", editor.doc.get_update())
    assert (again["duplicate"], again["seq"]) == (True, 3)


async def test_versions_are_kept_listed_read_and_restored(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, editor = await document(ann)
    kept = await done(ann, "doc:version", room=room, id="v1", title="first")
    assert await done(ann, "doc:version", room=room, id="v1", title="first") | {"room": 0} == {
        **kept, "duplicate": True, "room": 0,
    }  # fmt: skip
    assert await refused(ann, "doc:version", room=room, id="v1", title="other") == ("conflict", None)
    await posted(ann, room, "doc.update", editor.edit(lambda: editor.text.clear()))
    await posted(ann, room, "doc.update", editor.write("gone"))
    listed = await done(bea, "doc:versions", room=room)
    assert [(each["seq"], each["title"], each["by"]) for each in listed["versions"]] == [(kept["seq"], "first", ANN)]
    read = await done(bea, "doc:read", room=room, version=kept["seq"], **{"as": "text"})
    assert read == {"seq": kept["seq"], "text": "gm"}
    assert str(Editor((await done(bea, "doc:read", room=room, version=kept["seq"]))["update"]).text) == "gm"
    assert await refused(bea, "doc:read", room=room, version=1) == ("not_found", None)
    restored = await done(ann, "doc:restore", room=room, id="r1", version=kept["seq"])
    await until(lambda: any(entry["type"] == "doc.restored" for entry in heard(ann, "entry", room)))
    update, said_so = heard(ann, "entry", room)[-2:]
    assert (update["author"], update["seq"]) == ("", restored["seq"])
    assert said_so["body"] == {"version": kept["seq"], "by": ANN, "update": restored["seq"]}
    editor.doc.apply_update(update["body"])
    assert str(editor.text) == "gm"
    again = await done(ann, "doc:restore", room=room, id="r1", version=kept["seq"])
    assert (again["seq"], again["duplicate"]) == (restored["seq"], True)


async def test_mute_and_ban_end_writing_in_the_middle(enter: Enter) -> None:
    ann, bea, guest = await enter("ann"), await enter("bea"), await enter(None)
    room, _ = await document(ann)
    other = Editor((await done(bea, "room:join", room=room))["state"]["update"])
    assert (await done(guest, "room:join", room=room))["write"] is False
    await posted(bea, room, "doc.update", other.write("!"))
    await done(ann, "room:moderate", room=room, account=BEA, action="mute")
    assert await refused(bea, "room:post", **post(room, "doc.update", other.write("?"))) == ("forbidden", "muted")
    assert (await done(bea, "room:join", room=room))["write"] is False
    await done(ann, "room:moderate", room=room, account=BEA, action="ban")
    assert await refused(bea, "room:post", **post(room, "doc.update", other.write("?"))) == ("forbidden", "banned")
    assert await refused(bea, "doc:read", room=room) == ("forbidden", "banned")
    assert (await refused(guest, "room:post", **post(room, "doc.update", other.write("?"))))[0] == "unauthorized"
    assert (await done(ann, "doc:read", room=room, **{"as": "text"}))["text"] == "gm!"


async def test_gate_ends_writing_in_the_middle(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, _ = await document(ann)
    other = Editor((await done(bea, "room:join", room=room))["state"]["update"])
    await posted(bea, room, "doc.update", other.write("!"))
    await done(ann, "room:configure", room=room, id="g1", gate={"accounts": [ANN]})
    assert await refused(bea, "room:post", **post(room, "doc.update", other.write("?"))) == ("forbidden", "gate")
    assert await refused(bea, "room:join", room=room) == ("forbidden", "gate")
    await done(ann, "room:configure", room=room, id="g2", gate={"accounts": [ANN, BEA]})
    joined = await done(bea, "room:join", room=room, vector=other.doc.get_state())
    await posted(bea, room, "doc.update", other.doc.get_update(joined["state"]["vector"]))
    assert (await done(ann, "doc:read", room=room, **{"as": "text"}))["text"] == "gm!?"


async def test_awareness_belongs_to_its_socket_and_goes_with_it(enter: Enter) -> None:
    ann, bea, late = await enter("ann"), await enter("bea"), await enter("cid")
    room, _ = await document(ann)
    await done(bea, "room:join", room=room)
    state = ClientState(77, 1, b'{"name":"bea"}')
    await done(bea, "room:signal", room=room, type="doc.awareness", body=write_awareness([state]))
    await until(lambda: heard(ann, "signal", room))
    assert read_awareness(heard(ann, "signal", room)[0]["body"]) == [state]
    forged = write_awareness([ClientState(77, 9, b'{"name":"ann"}')])
    assert await refused(ann, "room:signal", room=room, type="doc.awareness", body=forged) == ("forbidden", "role")
    assert (await refused(ann, "room:signal", room=room, type="doc.awareness", body=b"\x05"))[0] == "invalid"
    await done(late, "room:join", room=room)
    await until(lambda: heard(late, "signal", room))
    assert read_awareness(heard(late, "signal", room)[0]["body"]) == [state]
    await bea.close()
    await until(lambda: len(heard(ann, "signal", room)) == 2)
    assert read_awareness(heard(ann, "signal", room)[1]["body"]) == [ClientState(77, 2, b"null")]


async def test_update_as_large_as_may_be_is_taken_and_more_is_not(enter: Enter) -> None:
    ann = await enter("ann")
    room = await made(ann, "document", options={"maxBytes": 400_000})
    editor = Editor()
    large = editor.write("x" * (256 * 1024 - 100))
    await posted(ann, room, "doc.update", large)
    assert await refused(ann, "room:post", **post(room, "doc.update", editor.write("y" * 200_000))) == (
        "too_large", "document",
    )  # fmt: skip
    assert (await refused(ann, "room:post", **post(room, "app.note", large)))[0] == "too_large"


async def test_document_is_read_and_edited_over_http(
    server: ServerProcess, http: aiohttp.ClientSession, enter: Enter
) -> None:
    ann = await enter("ann")
    room, editor = await document(ann)
    await posted(ann, room, "doc.update", editor.edit(lambda: editor.doc.get("m", type=Map).update({"k": 1})))
    path = f"{server.url}/api/rooms/{room}/document"
    async with http.get(path) as answer:
        assert (answer.status, answer.content_type, await answer.text()) == (200, "text/plain", "gm")
        assert answer.headers["Parlour-Seq"] == "3"
    async with http.get(path, params={"as": "json"}) as answer:
        assert await answer.json() == {"m": {"k": 1}, "t": "gm"}
    async with http.get(path, params={"as": "update"}) as answer:
        assert str(Editor(await answer.read()).text) == "gm"
    async with http.get(path, params={"as": "html"}) as answer:
        assert answer.status == 400
    async with http.get(path, params={"version": "2"}) as answer:
        assert answer.status == 404
    hall = await made(ann)
    async with http.get(f"{server.url}/api/rooms/{hall}/document") as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (400, "invalid")
    private = await made(ann, "document", visibility="private")
    async with http.get(f"{server.url}/api/rooms/{private}/document") as answer:
        assert answer.status == 404


async def test_backend_edits_a_document_with_its_key(
    server: ServerProcess, http: aiohttp.ClientSession, enter: Enter
) -> None:
    ann = await enter("ann")
    room, editor = await document(ann)
    key = await mint(server, fresh("backend"), "entries:post")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/octet-stream"}
    path = f"{server.url}/api/rooms/{room}/entries"
    agent = Editor(editor.doc.get_update())
    update = agent.write(" from an agent")
    async with http.post(path, params={"type": "doc.update", "id": "a1"}, data=update, headers=headers) as answer:
        assert (answer.status, (await answer.json())["seq"]) == (200, 3)
    await until(lambda: heard(ann, "entry", room)[-1]["seq"] == 3)
    assert heard(ann, "entry", room)[-1]["author"].startswith("app:")
    params = {"type": "doc.update", "id": "a2"}
    async with http.post(path, params={"type": "doc.update"}, data=update, headers=headers) as answer:
        assert (answer.status, (await answer.json())["error"]["details"]) == (400, {"path": "id"})
    async with http.post(path, params=params, data=bytes(300_000), headers=headers) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("as_", ["text", "json", "update"])
async def test_private_document_is_read_over_http_by_who_may(
    server: ServerProcess, http: aiohttp.ClientSession, enter: Enter, as_: str
) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, _ = await document(ann, visibility="private")
    version = (await done(ann, "doc:version", room=room, id="v1", title="first"))["seq"]
    tokens = {name: (await sign_in(http, server.url, wallet(name)))["token"] for name in ("ann", "bea")}
    tokens |= {scope: await mint(server, fresh("key"), scope) for scope in ("entries:read", "entries:post")}

    async def statuses() -> dict[str, set[int]]:
        told: dict[str, set[int]] = {}
        for name, token in {**tokens, "nobody": ""}.items():
            for more in ({}, {"version": str(version)}):
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                path = f"{server.url}/api/rooms/{room}/document"
                async with http.get(path, params={"as": as_, **more}, headers=headers) as answer:
                    told.setdefault(name, set()).add(answer.status)
        return told

    others = {"ann": {200}, "nobody": {404}, "entries:read": {200}, "entries:post": {403}}
    assert await statuses() == {**others, "bea": {404}}
    invite = (await done(ann, "room:invite", room=room, id=fresh()))["invite"]
    await done(bea, "room:join", room=room, invite=invite)
    assert await statuses() == {**others, "bea": {200}}
    await done(ann, "room:moderate", room=room, account=BEA, action="ban")
    assert await statuses() == {**others, "bea": {404}}


async def test_version_is_restored_over_http_by_who_may_write(
    server: ServerProcess, http: aiohttp.ClientSession, enter: Enter
) -> None:
    ann = await enter("ann")
    room, editor = await document(ann)
    version = (await done(ann, "doc:version", room=room, id="v1", title="first"))["seq"]
    await posted(ann, room, "doc.update", editor.write(" all"))
    await done(ann, "room:moderate", room=room, account=BEA, action="mute")
    tokens = {name: (await sign_in(http, server.url, wallet(name)))["token"] for name in ("ann", "bea")}
    tokens |= {scope: await mint(server, scope.replace(":", "-"), scope) for scope in ("entries:read", "entries:post")}

    async def restored(token: str, id_: str, seq: int = version) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        path = f"{server.url}/api/rooms/{room}/document/restore"
        async with http.post(path, json={"id": id_, "version": seq}, headers=headers) as answer:
            return answer.status, await answer.json()

    refusals = {"": 401, tokens["bea"]: 403, tokens["entries:read"]: 403}
    assert [(await restored(token, "r0"))[0] for token in refusals] == list(refusals.values())
    assert (await restored(tokens["ann"], "r0", 1))[0] == 404
    status, answer = await restored(tokens["entries:post"], "r1")
    assert status == 200
    await until(lambda: heard(ann, "entry", room)[-1]["type"] == "doc.restored")
    assert heard(ann, "entry", room)[-1]["body"] == {
        "version": version, "by": "app:entries-post", "update": answer["seq"],
    }  # fmt: skip
    again = (await restored(tokens["entries:post"], "r1"))[1]
    assert (again["seq"], again["duplicate"]) == (answer["seq"], True)
    assert (await done(ann, "doc:read", room=room, **{"as": "text"}))["text"] == "gm"
    await posted(ann, room, "doc.update", editor.write("!"))
    assert (await restored(tokens["ann"], "r2"))[0] == 200
    await until(
        lambda: [e["body"]["by"] for e in heard(ann, "entry", room) if e["type"] == "doc.restored"][1:] == [ANN]
    )


@pytest.mark.parametrize("options", [{"maxBytes": 1}, {"gc": 1}, {"versions": {"every": -1}}, {"colour": "red"}])
async def test_options_of_a_document_are_checked(enter: Enter, options: dict[str, Any]) -> None:
    ann = await enter("ann")
    assert (await refused(ann, "room:create", kind="document", id=fresh(), options=options))[0] == "invalid"


async def test_operator_shows_and_restores_versions(server: ServerProcess, enter: Enter) -> None:
    ann = await enter("ann")
    room, editor = await document(ann)
    version = (await done(ann, "doc:version", room=room, id="v1", title="first"))["seq"]
    await posted(ann, room, "doc.update", editor.write(" all"))
    stored = ("--database-url", server.database_url)
    assert (await printed("doc", "show", room, *stored)).strip() == "gm all"
    assert (await printed("doc", "show", room, "--version", str(version), *stored)).strip() == "gm"
    assert (await printed("doc", "versions", room, *stored)).split() == [str(version), ANY, ANN, "first"]
    key = await mint(server, fresh("ops"), "entries:post")
    said_so = await printed("doc", "restore", room, str(version), "--url", server.url, PARLOUR_KEY=key)
    assert said_so.startswith("Restored by entry")
    assert (await done(ann, "doc:read", room=room, **{"as": "text"}))["text"] == "gm"


async def printed(*words: str, **env: str) -> str:
    code, out, err = await parlour(*words, env={**os.environ, **env})
    assert code == 0, err
    return out


async def test_document_is_the_same_after_kill_and_restart() -> None:
    async with ServerProcess() as server, aiohttp.ClientSession() as http:
        token = (await sign_in(http, server.url, wallet("ann")))["token"]
        async with PythonClient(["websocket"]) as ann:
            await ann.connect(server.url, token)
            room, editor = await document(ann)
            for number in range(60):
                await posted(ann, room, "doc.update", editor.write(str(number)))
            await server.kill9()
            await server.start()
        async with PythonClient(["websocket"]) as ann:
            await ann.connect(server.url, token)
            joined = await done(ann, "room:join", room=room)
            assert str(Editor(joined["state"]["update"]).text) == str(editor.text)


async def test_comment_is_a_thread_on_a_place_and_is_resolved(enter: Enter) -> None:
    ann, bea = await enter("ann"), await enter("bea")
    room, _ = await document(ann)
    anchor = {"root": "t", "from": "0x0001", "to": "0x0002"}
    root = await said(bea, room, "unclear", anchor=anchor)
    await said(ann, room, "better now?", thread=root["seq"])
    resolve = post(room, "chat.resolve", {"of": root["seq"], "on": True})
    done_at = await done(ann, "room:post", **resolve)
    [comment] = [
        entry
        for entry in (await done(bea, "room:history", room=room, view="messages"))["entries"]
        if entry["seq"] == root["seq"]
    ]
    assert comment["body"]["anchor"] == anchor
    assert comment["resolved"] == {"seq": done_at["seq"], "at": done_at["at"], "by": ANN}
    await posted(bea, room, "chat.resolve", {"of": root["seq"], "on": False})
    page = (await done(bea, "room:history", room=room, view="messages"))["entries"]
    assert all("resolved" not in entry for entry in page)
    plain = await said(bea, room, "gm")
    assert await refused(ann, "room:post", **post(room, "chat.resolve", {"of": plain["seq"], "on": True})) == (
        "illegal", "not_a_comment",
    )  # fmt: skip
    for wrong in ("t", {}, {**anchor, "from": "1"}, {**anchor, "to": "0x"}, {**anchor, "root": ""}):
        body = {"text": "x", "anchor": wrong}
        assert (await refused(ann, "room:post", **post(room, "chat.message", body)))[0] == "invalid"
