"""Keeps files in an S3 bucket, or in whatever speaks S3; keys and region come from the usual `AWS_…` variables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from parlour.adapters.files.spool import SpoolFile
from parlour.runtime.files.store import Spool

READ_BYTES = 256 * 1024
"""Bytes handed on at once to whoever downloads."""
PART_BYTES = 5 << 20
"""Of a multipart upload: the smallest that S3 takes."""


class S3Store:
    """Implements `runtime.files.store.FileStore`; its docstrings hold here. A key is `prefix/ab/abcd…` in the bucket.

    Args:
        address: `s3://bucket` or `s3://bucket/prefix`.
        folder: where files are on this machine while they arrive.
        retries: of a request that the bucket did not answer.
    """

    def __init__(self, address: str, folder: Path, retries: int = 3) -> None:
        self._bucket = Bucket.from_url(
            address,
            client_options={"allow_http": True, "timeout": timedelta(seconds=60)},
            retry_config={"max_retries": retries},
        )
        self._folder = folder

    async def spool(self, key: str) -> Spool:
        spool = SpoolFile(self._folder / key, key)
        await asyncio.to_thread(spool.open)
        return spool

    async def keep(self, spool: Spool) -> None:
        assert isinstance(spool, SpoolFile), "a spool of this store"
        try:
            await self._bucket.put_async(_name(spool.key), spool.path, chunk_size=PART_BYTES, max_concurrency=1)
        except BaseError as error:
            raise OSError("The bucket did not take the file.") from error

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        try:
            found = await self._bucket.get_async(_name(key), options={"range": (start, end)})
            async for piece in found.stream(min_chunk_size=READ_BYTES):
                yield bytes(piece)
        except FileNotFoundError:
            raise
        except BaseError as error:
            raise OSError("The bucket did not send the file.") from error

    async def remove(self, key: str) -> None:
        with suppress(FileNotFoundError):
            try:
                await self._bucket.delete_async(_name(key))
            except FileNotFoundError:
                raise
            except BaseError as error:
                raise OSError("The bucket did not remove the file.") from error
        await asyncio.to_thread((self._folder / key).unlink, missing_ok=True)

    async def close(self) -> None:
        return


def _name(key: str) -> str:
    return f"{key[:2]}/{key}"
