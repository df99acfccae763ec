"""Signs what this server posts to the operator's services: webhooks and the moderation service."""

from __future__ import annotations

import hmac


def signature(secret: str, at: int, body: bytes) -> str:
    """Return the `Parlour-Signature` of a body at a time (ms): `t=…,v1=` and HMAC-SHA256 of `t.body` in hex."""
    digest = hmac.digest(secret.encode(), str(at).encode() + b"." + body, "sha256")
    return f"t={at},v1={digest.hex()}"
