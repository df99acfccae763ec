"""What is asked over HTTP: files of rooms, and the kinds there are (protocol section 7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from parlour_client.errors import Unavailable
from parlour_client.ports import Content, Http, Tokens
from parlour_client.types_gen import FileInfo


class Files:
    """Brings files into rooms and reads them, and reads the kinds of rooms."""

    _http: Http | None = None
    _tokens: Tokens | None = None

    async def upload(self, room: str, content: Content | Path, *, name: str | None = None) -> FileInfo:
        """Bring a file into a room; `room.say("", files=[file["hash"]])` names it.

        Args:
            content: bytes, a file that is open for reading, or the path of one.
            name: what it is called; by default the name of the path.

        Raises:
            ParlourError: the server refuses. OSError: the file cannot be read.
        """
        query = {"name": name if name is not None else content.name if isinstance(content, Path) else ""}
        path = f"/api/rooms/{quote(room, safe='')}/files"
        http, token = await self._caller()
        if isinstance(content, Path):
            with content.open("rb") as opened:
                answer = await http.call("POST", path, token=token, query=query, content=opened)
        else:
            answer = await http.call("POST", path, token=token, query=query, content=content)
        return cast(FileInfo, answer["file"])

    async def kinds(self) -> list[dict[str, Any]]:
        """Return the server's kinds of rooms: titles, and JSON Schemas of options and actions. Raises ParlourError."""
        http, _ = await self._caller()
        return list((await http.call("GET", "/api/kinds"))["kinds"])

    async def download(self, room: str, hash: str) -> bytes:
        """Return the bytes of a file of a room. Raises ParlourError."""
        http, token = await self._caller()
        return await http.read(f"/api/rooms/{quote(room, safe='')}/files/{quote(hash, safe='')}", token=token)

    def _serve_files(self, http: Http | None, tokens: Tokens | None) -> None:
        self._http, self._tokens = http, tokens

    async def _caller(self) -> tuple[Http, str | None]:
        if self._http is None:
            raise Unavailable("This client has no HTTP.")
        return self._http, None if self._tokens is None else await self._tokens.token()
