"""PublicAddress: where clients find a server that lies below a path of another's."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from parlour.settings import SettingsError

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
"""What browsers leave out of an origin (RFC 6454 section 6.2)."""


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """A server's public address.

    Attributes:
        origin: scheme and host as browsers write them, such as `https://example.com`.
        path: where it is on that host, with a slash at both ends.
    """

    origin: str
    path: str

    @classmethod
    def read(cls, url: str) -> PublicAddress:
        """Read an address such as `https://example.com/rooms/`; raises SettingsError for what is none."""
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise SettingsError(f"url: {url!r} is no address such as https://example.com/rooms/.")
        host = parts.netloc.rpartition("@")[2].lower().removesuffix(DEFAULT_PORTS[parts.scheme])
        return cls(f"{parts.scheme}://{host}", folder(parts.path))

    def advice(self, mounted: str) -> str:
        """Say what to change where it is mounted under another path than clients know."""
        where = folder(mounted)
        return (
            f"Mounted under {where}, while url says {self.path}. Give url={self.origin + where!r}, and clients the "
            f"path {where}socket.io; or mount it under {self.path}."
        )


def folder(path: str) -> str:
    """Return a path with one slash at each end and none doubled."""
    return "/" + "".join(f"{part}/" for part in path.split("/") if part)
