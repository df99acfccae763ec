"""Reads or makes the server's VAPID key: how push services know who posts (RFC 8292). Needs the extra `push`."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from typing import Any

from sqlalchemy import Connection, insert, select

from parlour.adapters.sql.rooms import SqlStore
from parlour.adapters.sql.tables_auth import server_key
from parlour.runtime.plugins import need
from parlour.runtime.store import Repeated

NAME = "push"
_CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (FIPS 186-5): a private key lies between 1 and it."""


class Vapid:
    """The server's key for push services.

    Attributes:
        public_key: base64url of the uncompressed point; what browsers subscribe with.
    """

    def __init__(self, secret: bytes) -> None:
        need("push", "Web push")
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
        from py_vapid import Vapid02

        self._signer: Any = Vapid02.from_raw(urlsafe_b64encode(secret).rstrip(b"="))
        point = self._signer.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public_key = urlsafe_b64encode(point).rstrip(b"=").decode()

    def authorization(self, audience: str, contact: str, until: int) -> str:
        """Return the `Authorization` header for a service.

        Args:
            audience: its origin.
            until: seconds since 1970, a day ahead at most.
        """
        return str(self._signer.sign({"aud": audience, "sub": contact, "exp": until})["Authorization"])


async def load_vapid(store: SqlStore, now: int) -> Vapid:
    """Read the key, or make and store one.

    Raises:
        NotInstalled: the extra is missing. StoreError.
    """

    def find_or_make(connection: Connection) -> bytes:
        secret = connection.scalar(select(server_key.c.secret).where(server_key.c.name == NAME))
        if secret is not None:
            return bytes(secret)
        fresh = (secrets.randbelow(_CURVE_ORDER - 1) + 1).to_bytes(32, "big")
        connection.execute(insert(server_key).values(name=NAME, secret=fresh, created_at=now))
        return fresh

    try:
        return Vapid(await store.write(find_or_make))
    except Repeated:  # another process of the same database made it at the same moment
        return Vapid(await store.write(find_or_make))
