"""The kind `document`: what may be posted, what a join shows, versions, and going back to one."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment

from parlour.core.documents.commands import KeepVersion, RestoreVersion
from parlour.core.documents.encoding import read_vector, write_uint
from parlour.core.documents.room import MAX_STRUCTS, DocumentRoom
from parlour.core.identity.server_roles import SERVER_ROLES
from parlour.core.room import Close, Configure, DeadlinePassed, Join, Moderate, Operate, Outcome, Post
from parlour.errors import Forbidden, Illegal, Invalid, NotFound, ParlourError, TooLarge, Unauthorized
from parlour.testing.kept_room import OWNER, KeptRoom

MINUTE = 60_000


class Editor:
    """A document as somebody edits it, and the room that it is posted to."""

    def __init__(self, room: KeptRoom[DocumentRoom], name: str, client: int) -> None:
        self.doc: Doc[Any] = Doc(client_id=client)
        self.text = self.doc.get("t", type=Text)
        self._room, self._name, self._sent = room, name, 0

    def edit(self, change: Callable[[Doc[Any]], None]) -> bytes:
        """Change the document and return the update."""
        updates: list[bytes] = []
        subscription = self.doc.observe(lambda event: updates.append(event.update))
        with self.doc.transaction():
            change(self.doc)
        self.doc.unobserve(subscription)
        return updates[0]

    def write(self, text: str) -> bytes:
        return self.edit(lambda doc: self.text.insert(len(str(self.text).encode()), text))

    def post(self, update: bytes) -> Outcome:
        self._sent += 1
        return self._room.submit(Post(self._name, id=f"{self._name}{self._sent}", type="doc.update", body=update))


@pytest.fixture
def room() -> KeptRoom[DocumentRoom]:
    return KeptRoom(DocumentRoom, {}, 1)


@pytest.fixture
def ann(room: KeptRoom[DocumentRoom]) -> Editor:
    return Editor(room, "ann", 7)


def keep(room: KeptRoom[DocumentRoom], title: str = "first") -> int:
    seq: int = room.submit(KeepVersion("ann", title=title)).reply["seq"]
    return seq


def restore(room: KeptRoom[DocumentRoom], version: int) -> Outcome:
    then = room.replayed(version).contents
    roots = tuple(then.roots.items())
    return room.submit(RestoreVersion("ann", version=version, then=then.whole(), roots=roots))


def refusal(act: Callable[[], Any]) -> ParlourError:
    with pytest.raises(ParlourError) as refused:
        act()
    return refused.value


def test_update_is_stored_as_it_came(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    update = ann.write("gm")
    ann.post(update)
    assert (room.log[-1].type, room.log[-1].body, room.log[-1].author) == ("doc.update", update, "ann")
    assert room.room.text() == "gm"


def test_update_after_a_lost_one_is_refused_with_the_vector_to_post_beyond(
    room: KeptRoom[DocumentRoom], ann: Editor
) -> None:
    ann.post(ann.write("a"))
    ann.write("lost")
    refused = refusal(lambda: ann.post(ann.write("c")))
    assert (type(refused), refused.reason) == (Illegal, "gap")
    vector = b64decode((refused.details or {})["vector"]["b64"])
    ann.post(ann.doc.get_update(vector))
    assert room.room.text() == "alostc"


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        ({"text": "x"}, Invalid, None),
        (b"no update", Illegal, "not_an_update"),
        (write_uint(1) + write_uint(MAX_STRUCTS + 1) + b"\x01\x00", TooLarge, "structs"),
    ],
)
def test_body_that_is_no_update_is_refused(
    room: KeptRoom[DocumentRoom], body: Any, error: type[ParlourError], reason: str | None
) -> None:
    refused = refusal(lambda: room.submit(Post("ann", id="1", type="doc.update", body=body)))
    assert (type(refused), refused.reason) == (error, reason)


def test_update_without_news_writes_nothing_and_names_the_head(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    update = ann.write("gm")
    ann.post(update)
    again = ann.post(update)
    assert (again.entries, again.reply) == ([], {"seq": 2, "duplicate": True})


def test_document_takes_no_more_than_its_bytes(ann: Editor) -> None:
    small = KeptRoom(DocumentRoom, {"maxBytes": 1_024}, 1)
    bea = Editor(small, "bea", 8)
    bea.post(bea.write("x" * 900))
    refused = refusal(lambda: bea.post(bea.write("y" * 200)))
    assert (type(refused), refused.reason) == (TooLarge, "document")
    assert small.room.text() == "x" * 900


def test_join_shows_what_the_client_lacks(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    ann.post(ann.write("good "))
    known = ann.doc.get_state()
    ann.post(ann.write("morning"))
    whole = room.submit(Join("bea")).reply
    later = room.submit(Join("bea", vector=known)).reply
    bea = Editor(room, "bea", 8)
    bea.doc.apply_update(whole["state"]["update"])
    assert (str(bea.text), whole["write"]) == ("good morning", True)
    assert len(later["state"]["update"]) < len(whole["state"]["update"])
    assert read_vector(later["state"]["vector"]) == read_vector(ann.doc.get_state())
    assert refusal(lambda: room.submit(Join("bea", vector=b"\xff"))).details == {"path": "vector"}


def test_muted_and_guests_read_only(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    room.submit(Moderate(OWNER, account="ann", action="mute"))
    assert [room.submit(Join(who)).reply["write"] for who in ("bea", "ann", "")] == [True, False, False]
    muted = refusal(lambda: ann.post(ann.write("gm")))
    assert (type(muted), muted.reason) == (Forbidden, "muted")
    assert type(refusal(lambda: room.submit(KeepVersion("ann", title="v")))) is Forbidden
    assert type(refusal(lambda: room.submit(KeepVersion("", title="v")))) is Unauthorized


def test_rule_of_the_room_says_who_edits(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    room.submit(Configure(OWNER, rules={"post": "moderators"}))
    assert [room.submit(Join(who)).reply["write"] for who in (OWNER, "ann")] == [True, False]
    for act in (lambda: ann.post(ann.write("gm")), lambda: room.submit(KeepVersion("ann", title="v"))):
        refused = refusal(act)
        assert (type(refused), refused.reason) == (Forbidden, "rules")


def test_version_says_what_the_document_was(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    ann.post(ann.write("one"))
    seq = keep(room, "first")
    body = room.log[seq - 1].body
    assert isinstance(body, dict)
    whole = room.room.contents.whole()
    assert (body["title"], body["by"], body["sha256"]) == ("first", "ann", "0x" + sha256(whole).hexdigest())
    assert body["vector"] == "0x" + room.room.contents.encoded_vector().hex()
    assert room.room.versions.page(None, 10) == (
        [{"seq": seq, "title": "first", "by": "ann", "at": room.now}],
        None,
    )


def test_versions_are_listed_newest_first_in_pages(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    seqs = [keep(room, title) for title in "abc"]
    page, cursor = room.room.versions.page(None, 2)
    assert ([each["seq"] for each in page], cursor) == ([seqs[2], seqs[1]], seqs[1])
    assert [each["seq"] for each in room.room.versions.page(cursor, 2)[0]] == [seqs[0]]


@pytest.mark.parametrize("title", ["", " ", "x" * 121, "a\nb"])
def test_title_of_a_version_is_a_line_with_something_in_it(room: KeptRoom[DocumentRoom], title: str) -> None:
    assert type(refusal(lambda: keep(room, title))) is Invalid


def test_room_keeps_a_version_after_ten_minutes_of_change(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    assert room.room.deadline() is None
    ann.post(ann.write("gm"))
    due = room.now + 10 * MINUTE
    room.now += MINUTE
    ann.post(ann.write("!"))
    assert room.room.deadline() == due
    assert room.submit(DeadlinePassed()).entries == []
    room.now = due
    [kept] = room.submit(DeadlinePassed()).entries
    assert (kept.type, kept.author, room.room.deadline()) == ("doc.version", "", None)


def test_only_the_newest_of_its_own_versions_stay_listed(ann: Editor) -> None:
    room = KeptRoom(DocumentRoom, {"versions": {"every": 1_000, "keep": 2}}, 1)
    bea = Editor(room, "bea", 8)
    bea.post(bea.write("x"))
    named = room.submit(KeepVersion("bea", title="mine")).reply["seq"]
    for _ in range(4):
        bea.post(bea.write("x"))
        room.now += 1_000
        room.submit(DeadlinePassed())
    assert [each["seq"] for each in room.room.versions.kept] == [named, len(room.log) - 2, len(room.log)]


def test_restored_version_reads_as_it_did(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    def everything(doc: Doc[Any]) -> None:
        doc.get("m", type=Map)["k"] = {"n": 1}
        doc.get("a", type=Array).extend([1, "two"])
        doc.get("x", type=XmlFragment).children.append(XmlElement("p", {"class": "c"}, ["text"]))

    ann.post(ann.write("good 📊 morning"))
    ann.post(ann.edit(everything))
    version, then = keep(room), room.room.read("json")

    def otherwise(doc: Doc[Any]) -> None:
        doc.get("m", type=Map)["k"] = 2
        doc.get("a", type=Array).pop(0)
        del doc.get("x", type=XmlFragment).children[0]
        del ann.text[0:5]
        doc.get("later", type=Map)["new"] = True

    ann.post(ann.edit(otherwise))
    outcome = restore(room, version)
    update, restored = room.log[-2:]
    assert (update.type, update.author, outcome.reply) == ("doc.update", "", {"seq": update.seq})
    assert restored.body == {"version": version, "by": "ann", "update": update.seq}
    assert room.room.read("json") == {**then, "later": {}}
    ann.doc.apply_update(bytes(update.body or b""))
    assert str(ann.text) == "good 📊 morning"
    ann.post(ann.write("!"))
    assert room.room.read("json")["t"] == "good 📊 morning!"


def test_restore_is_one_more_edit_that_can_be_restored(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    ann.post(ann.write("one"))
    first = keep(room)
    ann.post(ann.write(" two"))
    second = keep(room)
    restore(room, first)
    assert room.room.text() == "one"
    restore(room, second)
    assert room.room.text() == "one two"
    assert restore(room, second).reply == {"seq": len(room.log), "duplicate": True}
    assert type(refusal(lambda: room.submit(RestoreVersion("ann", version=1)))) is NotFound


def test_closed_document_takes_nothing_and_keeps_no_versions(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    ann.post(ann.write("gm"))
    room.submit(Close(OWNER))
    assert room.room.deadline() is None
    assert refusal(lambda: ann.post(ann.write("!"))).code == "closed"
    assert refusal(lambda: keep(room)).code == "closed"


def test_document_when_frozen_keeps_and_restores_no_version(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    ann.post(ann.write("one"))
    version = keep(room)
    ann.post(ann.write(" two"))
    room.submit(Operate("op", SERVER_ROLES["operator"], action="freeze"))
    assert refusal(lambda: restore(room, version)).reason == "frozen"
    assert refusal(lambda: keep(room, "second")).reason == "frozen"
    room.submit(Operate("op", SERVER_ROLES["operator"], action="thaw"))
    restore(room, version)
    assert room.room.text() == "one"


def test_entries_beside_updates_are_counted(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    ann.post(ann.write("a"))
    room.submit(Post("ann", id="m1", type="chat.message", body={"text": "gm"}))
    ann.post(ann.write("b"))
    room.submit(Post("ann", id="m2", type="chat.message", body={"text": "gm"}))
    assert room.room.counted_since(1) == [3, 5]
    assert room.room.counted_since(3) == [5]
    assert room.room.counted_newest(2) == [3, 5]
    assert room.restored(4).counted_since(0) == [1, 3, 5]


def test_compacted_document_reads_the_same_in_fewer_bytes(room: KeptRoom[DocumentRoom], ann: Editor) -> None:
    ann.post(ann.write("x" * 500))
    ann.post(ann.edit(lambda doc: ann.text.__delitem__(slice(0, 400))))
    before, text = len(room.room.contents.whole()), room.room.text()
    assert room.room.compact()
    assert len(room.room.contents.whole()) < before - 300
    assert room.room.text() == text
    ann.post(ann.write("!"))
    assert room.room.text() == text + "!"
    assert not KeptRoom(DocumentRoom, {"gc": False}, 1).room.compact()
