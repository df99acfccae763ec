"""The server's own key: made at the first start, kept in the database, signs transcripts (protocol §6)."""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from sqlalchemy import BigInteger, Connection, Text, insert, select
from sqlmodel import Field, SQLModel

from parlour.runtime.store import Repeated

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


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
    """A secp256k1 key; `address` is what verifiers compare with."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @cached_property
    def _account(self) -> LocalAccount:
        # Half a second of imports that a restart need not wait for.
        from eth_account import Account

        account: LocalAccount = Account.from_key(self._secret)
        return account

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign(self, room: str, epoch: str, seq: int, hash_: bytes) -> dict[str, Any]:
        """`{room, epoch, seq, hash, by, sig}`: EIP-191 over the JCS of the first four keys."""
        from eth_account.messages import encode_defunct

        claim = {"epoch": epoch, "hash": "0x" + hash_.hex(), "room": room, "seq": seq}
        signed = self._account.sign_message(encode_defunct(orjson.dumps(claim, option=orjson.OPT_SORT_KEYS)))
        return {**claim, "by": self.address, "sig": "0x" + bytes(signed.signature).hex()}


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
