"""The server's own key: made once, kept in the database; it signs transcripts and finished games (protocol §6)."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import Any, Protocol

import orjson
from sqlalchemy import BigInteger, Connection, Text, insert, select
from sqlmodel import Field, SQLModel

from parlour.core.identity.secp256k1 import address_of, signer
from parlour.core.log.signed_posts import head_digest
from parlour.runtime.store import Repeated


class KeyRow(SQLModel, table=True):
    """A secret the server made for itself."""

    __tablename__ = "server_key"
    name: str = Field(primary_key=True, sa_type=Text)
    secret: bytes
    created_at: int = Field(sa_type=BigInteger)


class Database(Protocol):
    """Where the key is kept: adapters/store_sql.SqlStore."""

    async def write(self, work: Any) -> Any: ...


class ServerKey:
    """A secp256k1 key.

    Attributes:
        address: EIP-55; what verifiers compare with.
    """

    def __init__(self, secret: bytes) -> None:
        self._sign = signer(secret)
        self._codes = hmac.digest(secret, b"codes", "sha256")
        self.address = address_of(secret)

    def code(self, *words: str) -> str:
        """A code of 128 bits that nobody else can make; the same for the same words."""
        made = hmac.digest(self._codes, orjson.dumps(words), "sha256")
        return urlsafe_b64encode(made[:16]).rstrip(b"=").decode()

    def sign(self, room: str, epoch: str, seq: int, hash_: bytes) -> dict[str, Any]:
        """`{room, epoch, seq, hash, by, sig}`: EIP-191 over the JCS of the first four keys."""
        claim = {"epoch": epoch, "hash": "0x" + hash_.hex(), "room": room, "seq": seq}
        return {**claim, "by": self.address, "sig": "0x" + self._sign(head_digest(claim)).hex()}


async def server_key(database: Database, now: int) -> ServerKey:
    """The key of this database, made where there is none."""
    table = SQLModel.metadata.tables["server_key"]

    def find_or_make(connection: Connection) -> bytes:
        row = connection.execute(select(table.c.secret).where(table.c.name == "transcript")).first()
        if row is not None:
            return bytes(row[0])
        secret = secrets.token_bytes(32)
        connection.execute(insert(table).values(name="transcript", secret=secret, created_at=now))
        return secret

    try:
        return ServerKey(await database.write(find_or_make))
    except Repeated:  # another process of the same database started at the same moment
        return ServerKey(await database.write(find_or_make))
