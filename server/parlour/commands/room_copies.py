"""`parlour room export` and `import`: a room as one file with its proof and its files, and a new room from it."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from zipfile import BadZipFile, ZipFile

import typer
from pydantic import TypeAdapter, ValidationError

from parlour.adapters.files.open_store import open_file_store
from parlour.adapters.files.room_lists import SqlFileRows
from parlour.adapters.sql import migrations
from parlour.adapters.sql.rooms import SqlStore, open_store
from parlour.commands.asking import Token, Url, asked
from parlour.commands.options import AsJson, Database, settings_with
from parlour.commands.outcome import USAGE, fail, run, using
from parlour.core.log.formats import FORMATS
from parlour.core.log.hash_chain import SALT_BYTES
from parlour.core.proof.copies import NewPlace, NoCopy, copied
from parlour.core.proof.transcript import NoTranscript, Transcript, read_transcript
from parlour.core.room import Entry, fold
from parlour.core.rooms.attached import NAMES_FILES, attached
from parlour.core.rooms.hall import Hall
from parlour.core.rooms.reserved import prefix_of
from parlour.protocol.entries import BODIES
from parlour.runtime.clock import SystemClock
from parlour.runtime.files.uploads import FileLimits, Uploads
from parlour.runtime.rooms.kinds import served_kinds
from parlour.runtime.rooms.room_ids import named_room
from parlour.runtime.store import FOREVER, Append, Listing, MemberRight, RoomExists, RoomRecord
from parlour.settings import Settings, limits_of

LOG, FILES = "transcript.ndjson", "files/"
PIECE = 1 << 16
MOST_UNPACKED = 100
"""Times its own size that an archive may unpack to: logs are JSON full of hashes, which packs to a tenth at best."""
FORMS = {"json": "json", "markdown": "md", "html": "html"}


@dataclass(frozen=True, slots=True)
class _Named:
    """A file of a copy: whose upload it was, and its name."""

    by: str
    name: str = "file"


def export_room(
    room: Annotated[str, typer.Argument(help="The room's id.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    form: Annotated[str, typer.Option("--as", help="zip, which can be imported, or json, markdown, html.")] = "zip",
    url: Url = None,
    token: Token = None,
) -> None:
    """Write a room into a file: as zip with its proof and its files, or for people as json, markdown or html."""
    base, where = f"/api/rooms/{quote(room, safe='')}", (url, token)
    if form != "zip":
        if form not in FORMS:
            fail("--as is zip, json, markdown or html.", USAGE)
        with using(out), asked("GET", f"{base}/export?as={form}", where) as answer, out.open("wb") as file:
            shutil.copyfileobj(answer, file)
        typer.echo(f"wrote {out}")
        return
    with using(out), ZipFile(out, "w") as archive:
        with asked("GET", f"{base}/transcript", where) as answer:
            lines = answer.read().splitlines()
        archive.writestr(LOG, b"\n".join(lines) + b"\n")
        told = read_transcript(lines)
        named = _named(told.entries)
        for hash_ in named:
            with asked("GET", f"{base}/files/0x{hash_}", where) as answer:
                shown = answer.headers.get_filename() or "file"  # type: ignore[attr-defined]  # an HTTPResponse
                archive.writestr(f"{FILES}{hash_}", answer.read())
                named[hash_]["name"] = shown
        archive.writestr("files.json", json.dumps(named))
    typer.echo(f"wrote {out}: {told.first['head']} entries, {len(named)} files")


def import_room(
    source: Annotated[Path, typer.Argument(help="What `room export` wrote.")],
    name: Annotated[str, typer.Option("--id", help="The id of the new room.")],
    database_url: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a new room from an exported one, once its hash chain was checked; it works on the database."""
    try:
        with using(source), ZipFile(source) as archive:
            _check_size(source, archive)
            told = read_transcript(archive.read(LOG).splitlines())
            record = run(_import(settings_with(database_url=database_url), archive, told, name))
    except (NoTranscript, BadZipFile, KeyError) as error:
        fail(f"{source} is no exported room: {error}", USAGE)
    done = {"room": record.id, "entries": record.head}
    typer.echo(json.dumps(done) if as_json else f"made {record.id} with {record.head} entries")


def _check_size(source: Path, archive: ZipFile) -> None:
    if sum(each.file_size for each in archive.infolist()) > MOST_UNPACKED * source.stat().st_size:
        raise BadZipFile(f"it unpacks to more than {MOST_UNPACKED} times its size.")


def _check_entries(entries: list[Entry]) -> None:
    """Check that each entry is one that a server may have written: whoever made the file also made its hashes."""
    for entry in entries:
        if entry.body is None or isinstance(entry.body, bytes):
            continue
        shape = BODIES.get(entry.type)
        if shape is None and not entry.type.startswith("app."):
            raise NoCopy(f"Entry {entry.seq} is of a type that this server does not write.")
        if shape is not None:
            try:
                shape.model_validate(entry.body)
            except ValidationError:
                raise NoCopy(f"Entry {entry.seq} is not what a {entry.type} is.") from None


def _named(entries: list[Entry]) -> dict[str, dict[str, Any]]:
    """Return the files that messages name, by hash, each with its author."""
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if entry.type in NAMES_FILES and entry.raw is not None:
            for hash_ in attached(entry):
                found.setdefault(hash_.hex(), {"by": entry.author})
    return found


async def _import(settings: Settings, archive: ZipFile, told: Transcript, name: str) -> RoomRecord:
    if prefix_of(named_room(name)) is not None:
        raise NoCopy("That id is the server's own; choose another.")
    now = time.time_ns() // 1_000_000
    _check_entries(told.entries)
    entries = copied(told, NewPlace(name, secrets.token_hex(8), secrets.token_bytes(SALT_BYTES), now))
    kind = str(told.entries[0].body["kind"])  # type: ignore[index,call-overload]  # `copied` has looked
    hall = served_kinds(settings.games).make(kind, name)
    fold(hall, entries)
    record = _record(hall, entries)
    await migrations.upgrade(settings.database_url)
    store = await open_store(settings.database_url)
    try:
        await _keep_files(settings, store, archive, name)
        await store.create(record, entries)
        await _keep_people(store, hall, record, now)
    except RoomExists:
        raise NoCopy(f"A room {name} exists already.") from None
    finally:
        await store.close()
    return record


def _record(hall: Hall, entries: list[Entry]) -> RoomRecord:
    last = entries[-1]
    return RoomRecord(
        hall.room,
        hall.kind,
        hall.owner,
        hall.created_at,
        title=hall.title,
        visibility=hall.visibility,
        signed=hall.signed,
        options=hall.options,
        closed=hall.closed,
        epoch=last.epoch,
        head=last.seq,
        hash=last.hash,
        updated_at=last.at,
        gated=hall.access.gated,
        format=FORMATS.needed(entries),
        rules=hall.rules.public(),
        frozen=hall.frozen_at is not None,
    )


async def _keep_people(store: SqlStore, hall: Hall, record: RoomRecord, now: int) -> None:
    """Make those members who have a role, and store who is banned."""
    banned = {who: FOREVER if until is None else until for who, until in hall.access.banned.items()}
    people = dict.fromkeys([*([hall.owner] if hall.owner else []), *hall.access.roles])
    for account in people:
        record.members += await store.touch_member(record.id, account, now)
    rights = [MemberRight(each, hall.listed_role(each), banned.get(each, 0)) for each in {**people, **banned}]
    listing = Listing(
        hall.title, hall.visibility, hall.options, hall.closed, record.members, hall.lobby(), record.format,
        hall.rules.public(), hall.access.gated, hall.frozen_at is not None, hall.standing.featured, hall.owner,
    )  # fmt: skip
    await store.append(Append(record.id, record.epoch, 0, record.head, [], listing=listing, rights=rights))


async def _keep_files(settings: Settings, store: SqlStore, archive: ZipFile, room: str) -> None:
    """Keep the files of messages as their authors' uploads, before the messages that name them."""
    named = _listed(archive.read("files.json"))
    files = open_file_store(settings.files, settings.database_url)
    uploads = Uploads(files, SqlFileRows(store.writer, store.reader), SystemClock(), limits_of(FileLimits, settings))
    try:
        for hash_, facts in named.items():
            async with aclosing(_pieces(archive, f"{FILES}{hash_}")) as pieces:
                kept = await uploads.keep(room, facts.by, facts.name, pieces)
            if kept.facts.hash.hex() != hash_:
                raise NoCopy(f"File {hash_} was changed.")
    finally:
        await files.close()


def _listed(raw: bytes) -> dict[str, _Named]:
    try:
        return TypeAdapter(dict[str, _Named]).validate_json(raw)
    except ValidationError:
        raise NoCopy("Its list of files is none.") from None


async def _pieces(archive: ZipFile, name: str) -> AsyncGenerator[bytes]:
    with archive.open(name) as file:
        while piece := file.read(PIECE):
            yield piece
