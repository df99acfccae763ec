"""The client for scripts and notebooks: the same names without `await`, one thread and event loop per client.

It owns no behaviour: every call runs in the asynchronous client. `with connect(url, key) as parlour: …`. Listeners are
called on the client's thread and must not wait. Shown by tests/clients/test_python_sync.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eth_account.signers.local import LocalAccount

from parlour_client import connecting
from parlour_client.listeners import log_error
from parlour_client.net.retry import Retry
from parlour_client.people.notices import NoticePage
from parlour_client.ports import ErrorHook
from parlour_client.sync import faces_gen
from parlour_client.sync.faces_gen import Document, Lobby, Room
from parlour_client.sync.portal import Portal
from parlour_client.tokens import TokenOption

__all__ = ["Document", "Lobby", "Parlour", "Room", "connect"]


class Parlour(faces_gen.Parlour):
    """A signed-in wallet's client; made by `connect`."""

    def notices(self, *, cursor: str | None = None, limit: int | None = None) -> NoticePage:
        """Return a page of what this account was told. Raises ParlourError."""
        notices = self._portal.call(lambda: self._target.notices(cursor=cursor, limit=limit))

        async def page() -> NoticePage:
            return await notices

        return self._portal.run(page)

    def coming_notices(self) -> Iterator[dict[str, Any]]:
        """Yield every notice from now on; raises ParlourError where the connection is closed for good."""
        return self._portal.iterate(lambda: aiter(self._target.notices()))


@contextmanager
def connect(
    url: str,
    key: str | bytes | LocalAccount | None = None,
    *,
    token: TokenOption | None = None,
    path: str | None = None,
    namespace: str = "/",
    chain_id: int | None = None,
    session_key: bool | str = False,
    timeout: float = 30.0,
    retry: Retry | None = None,
    on_error: ErrorHook = log_error,
) -> Iterator[Parlour]:
    """Sign in and stay connected for the length of the block. Args and errors as for `parlour_client.connect`."""
    portal = Portal()
    try:
        with portal.entered(
            lambda: connecting.connect(
                url,
                key,
                token=token,
                path=path,
                namespace=namespace,
                chain_id=chain_id,
                session_key=session_key,
                timeout=timeout,
                retry=retry,
                on_error=on_error,
            )
        ) as parlour:
            yield Parlour(parlour, portal)
    finally:
        portal.close()
