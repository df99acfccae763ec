"""Reads or makes the server's VAPID key: how push services know who posts (RFC 8292). Needs the extra `push`."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from typing import Any

from parlour.adapters.accounts.sessions import load_secret
from parlour.adapters.sql.rooms import SqlStore
from parlour.runtime.plugins import need

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
    return Vapid(await load_secret(store, NAME, _private_key, now))


def _private_key() -> bytes:
    return (secrets.randbelow(_CURVE_ORDER - 1) + 1).to_bytes(32, "big")
