"""Reads the private keys that settle games: given as hex, by a file, or by a command that prints one."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from parlour.core.identity.secp256k1 import address_of, signer

COMMAND = "command:"
"""Before a command line, such as `command:vault kv get -field=key secret/referee`."""
COMMAND_SECONDS = 30
"""A key service that takes longer is down."""
_KEY = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


class BadKey(Exception):
    """A key cannot be read; the message says why and never what was read."""


class SettlementKey:
    """A secp256k1 key of its own.

    Attributes:
        address: EIP-55.
        sign: makes the 65-byte signature of a 32-byte digest.
    """

    def __init__(self, secret: bytes) -> None:
        self.address = address_of(secret)
        self.sign = signer(secret)


def read_key(source: str) -> SettlementKey:
    """Return the key that a setting names: 32 bytes of hex, a file with them, or `command:` and a command line.

    Raises:
        BadKey: the file cannot be read, the command failed, or what came is no private key.
    """
    found = _KEY.fullmatch(source.strip()) or _KEY.fullmatch(_told(source).strip())
    if found is None:
        raise BadKey("is no private key: 32 bytes of hex, as they are, in a file, or printed by a command")
    if not 0 < int(found[1], 16) < _ORDER:
        raise BadKey("is no private key: the number is 0 or beyond the curve's order")
    return SettlementKey(bytes.fromhex(found[1]))


def _told(source: str) -> str:
    try:
        if not source.startswith(COMMAND):
            return Path(source).read_text(encoding="ascii", errors="replace")
        line = shlex.split(source[len(COMMAND) :])
        done = subprocess.run(line, capture_output=True, timeout=COMMAND_SECONDS, check=True, text=True)
    except (OSError, ValueError) as error:
        raise BadKey(f"cannot be read: {getattr(error, 'strerror', None) or 'bad name'}") from None
    except subprocess.CalledProcessError as error:
        raise BadKey(f"comes of a command that failed with code {error.returncode}") from None
    except subprocess.TimeoutExpired:
        raise BadKey(f"comes of a command that took more than {COMMAND_SECONDS} s") from None
    return done.stdout
