"""Files of a build, answered from memory: compressed where the client takes it, with what caches may do with them.

A name that holds a hash of the content (`chunk-FDWRLE76.js`) never changes its bytes, so a cache may keep it for good.
Every other file is asked for again with its ETag.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from parlour.errors import NotFound

KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
"""For a year: the longest that caches honour (RFC 9111 section 5.2.2.1)."""
CHECKED = "no-cache"
"""Kept, and asked for again with its ETag each time."""
SMALLEST_COMPRESSED = 512
"""Bytes: a file below it fits in one packet either way."""
_HASHED = re.compile(r"-[0-9A-Z]{8}\.\w+\Z")
"""How esbuild names what it splits off."""
_MEDIA = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".tgz": "application/gzip",
    ".ts": "text/plain",  # by its ending it would be a video: MPEG-2
    ".woff2": "font/woff2",
}
_COMPRESSED = frozenset({".tgz", ".woff2"})
"""Endings of files that are compressed already."""
_TAKES_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?=,|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file as it is sent.

    Attributes:
        zipped: the body by gzip; None where that helps nothing.
        tag: names the content.
    """

    body: bytes
    zipped: bytes | None
    media: str
    tag: str
    cache: str

    @classmethod
    def of(cls, name: str, body: bytes) -> BuiltFile:
        """Prepare a body to be sent as a file of this name."""
        ending = Path(name).suffix
        zipped = None
        if ending not in _COMPRESSED and len(body) >= SMALLEST_COMPRESSED:
            zipped = gzip.compress(body, mtime=0)
        cache = KEPT_FOR_GOOD if _HASHED.search(name) else CHECKED
        tag = hashlib.sha256(body).hexdigest()[:32]
        return cls(body, zipped, _MEDIA.get(ending, "text/plain"), tag, cache)

    def answer(self, request: web.Request, headers: Mapping[str, str] | None = None) -> web.Response:
        """Answer a request for this file, with 304 where the client has it."""
        zipped = self.zipped if _TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")) else None
        about = {"Cache-Control": self.cache, "Vary": "Accept-Encoding", **(headers or {})}
        known = {tag.value for tag in request.if_none_match or ()}
        if known & {"*", self.tag, self._tag_zipped}:
            response = web.Response(status=304, headers=about)
        else:
            charset = None if self.media.startswith(("font/", "application/")) else "utf-8"
            body = self.body if zipped is None else zipped
            response = web.Response(body=body, content_type=self.media, charset=charset, headers=about)
            if zipped is not None:
                response.headers["Content-Encoding"] = "gzip"
        response.etag = self.tag if zipped is None else self._tag_zipped
        return response

    @property
    def _tag_zipped(self) -> str:
        """Return the tag of the compressed body: other bytes have another tag (RFC 9110 section 8.8.3.3)."""
        return f"{self.tag}-gzip"


class BuiltFiles:
    """The files of a folder, each read and compressed once, and again when it was built anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._files: dict[Path, tuple[tuple[int, int], BuiltFile]] = {}

    async def find(self, path: str) -> BuiltFile:
        """Return a file by its path below the folder.

        Raises:
            NotFound: there is none.
        """
        file = None if "\x00" in path else (self._folder / path).resolve()
        if file is None or not file.is_relative_to(self._folder) or not file.is_file():
            raise NotFound("There is no such page.")
        stat = file.stat()
        version, known = stat.st_mtime_ns, self._files.get(file)
        if known is None or known[0] != (version, stat.st_size):
            known = (version, stat.st_size), await asyncio.to_thread(lambda: BuiltFile.of(file.name, file.read_bytes()))
            self._files[file] = known
        return known[1]
