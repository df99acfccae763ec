"""Signs and recovers with ECDSA over secp256k1 as wallets do (SEC 2, EIP-2, EIP-191, EIP-2098).

libsecp256k1 through coincurve recovers in 0.05 ms. Without it eth-keys' pure Python does the same in 5 ms, so callers
on an event loop check `NATIVE` first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_hash.auto import keccak

from parlour.core.identity.accounts import checksum

try:
    from coincurve import PrivateKey, PublicKey
except ImportError:
    NATIVE = False
else:
    NATIVE = True

HALF_ORDER = 0x7FFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_5D576E73_57A4501D_DFE92F46_681B20A0
"""Half the order of the curve: a larger s has a twin below, which EIP-2 demands."""
_EIP2098_PARITY = 1 << 255


@dataclass(frozen=True, slots=True)
class Recovered:
    """The signer of a signature; `malleable` marks a high s, which EIP-2 forbids and callers refuse."""

    address: str
    malleable: bool


@cache
def _python() -> Any:
    """Import eth-keys' pure Python backend on first use, because importing it takes a tenth of a second."""
    from eth_keys.backends.native.main import NativeECCBackend
    from eth_keys.main import KeyAPI

    return KeyAPI(NativeECCBackend())


def personal_digest(message: bytes) -> bytes:
    """Return the digest that `personal_sign` signs (EIP-191 version 0x45)."""
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)


def recover(digest: bytes, signature: bytes) -> Recovered | None:
    """Return who signed a 32-byte digest, or None where the bytes are no signature.

    Args:
        signature: r‖s‖v, 65 bytes with v in {0, 1, 27, 28}, or the 64 bytes of EIP-2098.
    """
    plain = _expanded(signature)
    if plain is None:
        return None
    public = _recover_native(digest, plain) if NATIVE else _recover_python(digest, plain)
    if public is None:
        return None
    s = int.from_bytes(plain[32:64], "big")
    return Recovered(checksum("0x" + keccak(public)[-20:].hex()), malleable=s > HALF_ORDER)


def signer(secret: bytes) -> Callable[[bytes], bytes]:
    """Return a function that signs 32-byte digests as wallets do: r‖s‖v, low s (RFC 6979), v in {27, 28}.

    Args:
        secret: the private key, 32 bytes; reading it costs more than a signature, so keep the answer.
    """
    native = PrivateKey(secret) if NATIVE else None

    def sign(digest: bytes) -> bytes:
        if native is not None:
            plain = bytes(native.sign_recoverable(digest, hasher=None))
        else:
            plain = _python().ecdsa_sign(digest, _python().PrivateKey(secret)).to_bytes()
        return plain[:64] + bytes([plain[64] + 27])

    return sign


def address_of(secret: bytes) -> str:
    """Return the EIP-55 address of a private key."""
    if NATIVE:
        public = bytes(PublicKey.from_secret(secret).format(compressed=False)[1:])
    else:
        public = _python().PrivateKey(secret).public_key.to_bytes()
    return checksum("0x" + keccak(public)[-20:].hex())


def _expanded(signature: bytes) -> bytes | None:
    """Return a signature as r‖s‖parity with parity in {0, 1}, or None where it is none."""
    if len(signature) == 64:
        packed = int.from_bytes(signature[32:], "big")
        s = packed & ~_EIP2098_PARITY
        return signature[:32] + s.to_bytes(32, "big") + bytes([packed >> 255])
    if len(signature) == 65 and signature[64] in (0, 1, 27, 28):
        return signature[:64] + bytes([signature[64] % 27])
    return None


def _recover_native(digest: bytes, plain: bytes) -> bytes | None:
    try:
        return bytes(PublicKey.from_signature_and_message(plain, digest, hasher=None).format(compressed=False)[1:])
    except ValueError:
        return None


def _recover_python(digest: bytes, plain: bytes) -> bytes | None:
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    try:
        public: bytes = _python().ecdsa_recover(digest, _python().Signature(plain)).to_bytes()
    except (BadSignature, ValidationError):
        return None
    return public
