"""npm packages of the build, packed on request: `npm i http://<server>/parlour/client.tgz` installs one.

A package that needs another one of these names its address at this server: none of them has to be on npm.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

PACKED_AT = 499162500
"""The time of every file, in seconds since 1970, so that packing twice gives the same bytes; npm packs with it too."""


def pack(folder: Path, addresses: Mapping[str, str] | None = None) -> bytes:
    """Pack a folder as npm does, below `package/`. The same files give the same bytes.

    Args:
        folder: what npm would publish, with its package.json.
        addresses: where npm finds packages that this one depends on, by name.
    """
    packed = io.BytesIO()
    # No name and no time in gzip's head: both would differ from call to call.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
        for name in sorted(files):
            entry = tarfile.TarInfo(f"package/{name}")
            body = files[name].read_bytes()
            if name == "package.json" and addresses:
                body = _depending_on(body, addresses)
            entry.size, entry.mtime, entry.mode = len(body), PACKED_AT, 0o644
            tar.addfile(entry, io.BytesIO(body))
    return packed.getvalue()


def _depending_on(manifest: bytes, addresses: Mapping[str, str]) -> bytes:
    """Return a package.json whose dependencies are at these addresses, in place of versions on npm."""
    package = json.loads(manifest)
    package["dependencies"] |= addresses
    return json.dumps(package, indent=2).encode()
