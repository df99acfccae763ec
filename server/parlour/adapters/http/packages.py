"""npm packages of the build, packed on request: `npm i http://<server>/parlour/client.tgz` installs one."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

PACKED_AT = 499162500
"""The time of every file, in seconds since 1970, so that packing twice gives the same bytes; npm packs with it too."""


def pack(folder: Path) -> bytes:
    """Pack a folder as npm does, below `package/`. The same files give the same bytes.

    Args:
        folder: what npm would publish, with its package.json.
    """
    packed = io.BytesIO()
    # No name and no time in gzip's head: both would differ from call to call.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = tarfile.TarInfo(f"package/{file.relative_to(folder).as_posix()}")
            body = file.read_bytes()
            entry.size, entry.mtime, entry.mode = len(body), PACKED_AT, 0o644
            tar.addfile(entry, io.BytesIO(body))
    return packed.getvalue()
