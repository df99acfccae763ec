"""The parts of a client, before it is made."""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from parlour_client.listeners import log_error
from parlour_client.net.retry import Retry
from parlour_client.ports import Dial, ErrorHook, Http, Tokens


@dataclass(frozen=True, slots=True)
class Parts:
    """What a client is made of; `connect` makes it.

    Attributes:
        url: the server's address.
        dial: opens a socket.
        tokens: the session; None for a guest.
        signer: signs posts in signed rooms; None for a guest.
        retry: the pauses between tries.
        timeout: seconds for each request over all its tries.
        on_error: gets what listeners raise.
        http: calls the server's HTTP API, for files.
    """

    url: str
    dial: Dial
    tokens: Tokens | None = None
    signer: LocalAccount | None = None
    retry: Retry = field(default_factory=Retry)
    timeout: float = 30.0
    on_error: ErrorHook = log_error
    http: Http | None = None
