"""The result of a settled game: who gets how much, and the EIP-712 message that the referee and the players sign.

    GameResult(bytes32 table,bytes32 transcript,address[] players,uint256[] payout,uint256 nonce)

The domain is `{name: "ParlourEscrow", version: "1", chainId, verifyingContract}`. `transcript` is the hash of the log
before the entry that ends the game, so the result that is paid names the log that proves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from eth_hash.auto import keccak

from parlour.core.settlement.terms import Terms

PRIMARY_TYPE = "GameResult"
_FIELDS = (
    ("table", "bytes32"),
    ("transcript", "bytes32"),
    ("players", "address[]"),
    ("payout", "uint256[]"),
    ("nonce", "uint256"),
)
_DOMAIN_FIELDS = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))
NAME, VERSION = "ParlourEscrow", "1"


class Signer(Protocol):
    """The referee's key.

    Attributes:
        address: EIP-55.
        sign: makes the 65-byte signature of a 32-byte digest.
    """

    address: str
    sign: Callable[[bytes], bytes]


def payouts(result: Mapping[str, Any], seats: Sequence[int], stake: int) -> list[int]:
    """Return what each of these seats gets, in wei: together what they put in, to the last wei.

    A game's own `shares` (whole numbers by seat, `finish(shares=[3, 1])`) divide the pot; wei that do not divide go
    to the first who share. Without them the winner gets all, and after a draw or a broken off game each the own stake.
    """
    pot = stake * len(seats)
    shares = [_share(result, seat) for seat in seats]
    whole = sum(shares)
    if not whole:
        return [stake] * len(seats)
    paid = [pot * share // whole for share in shares]
    sharing = [at for at, share in enumerate(shares) if share]
    for at in sharing[: pot - sum(paid)]:
        paid[at] += 1
    return paid


def _share(result: Mapping[str, Any], seat: int) -> int:
    shares = result.get("shares")
    if "aborted" in result:
        return 0
    if isinstance(shares, list) and all(type(share) is int and share >= 0 for share in shares):
        return shares[seat] if seat < len(shares) else 0
    return int(result.get("winner") == seat)


def unsigned(terms: Terms, table: bytes, nonce: int, paid: Mapping[str, int]) -> dict[str, Any]:
    """Return `{typedData, referee}` of a result whose `transcript` only the log can tell (`completed`).

    Args:
        paid: wei by address, in the order of the seats.
    """
    message = {
        "table": "0x" + table.hex(),
        "transcript": "0x" + "00" * 32,
        "players": list(paid),
        "payout": [str(wei) for wei in paid.values()],
        "nonce": str(nonce),
    }
    domain = {"name": NAME, "version": VERSION, "chainId": terms.chain, "verifyingContract": terms.address}
    types = {
        "EIP712Domain": [{"name": name, "type": kind} for name, kind in _DOMAIN_FIELDS],
        PRIMARY_TYPE: [{"name": name, "type": kind} for name, kind in _FIELDS],
    }
    typed = {"types": types, "primaryType": PRIMARY_TYPE, "domain": domain, "message": message}
    return {"typedData": typed, "referee": terms.referee}


def completed(settlement: Mapping[str, Any], transcript: bytes, signer: Signer | None) -> dict[str, Any]:
    """Return `{typedData, referee, sig}` of a result; in place of `sig`, `unsettled` says why there is none.

    Args:
        settlement: as `unsigned` made it.
        transcript: the hash of the log before the entry that ends the game, 32 bytes.
        referee: whose signature the escrow takes.
    """
    typed = settlement["typedData"]
    typed = {**typed, "message": {**typed["message"], "transcript": "0x" + transcript.hex()}}
    whole = {**settlement, "typedData": typed}
    if signer is None:
        return {**whole, "unsettled": "no_referee_key"}
    if signer.address != settlement["referee"]:
        return {**whole, "unsettled": "other_referee_key"}
    return {**whole, "sig": "0x" + signer.sign(digest(typed)).hex()}


def digest(typed: Mapping[str, Any]) -> bytes:
    """Return the 32 bytes that are signed: EIP-712 of a `typedData`."""
    domain, message = typed["domain"], typed["message"]
    separator = keccak(
        keccak(_encoded_type("EIP712Domain", _DOMAIN_FIELDS))
        + keccak(domain["name"].encode())
        + keccak(domain["version"].encode())
        + _word(domain["chainId"])
        + _word(int(domain["verifyingContract"], 16))
    )
    struct = keccak(
        keccak(_encoded_type(PRIMARY_TYPE, _FIELDS))
        + bytes.fromhex(message["table"][2:])
        + bytes.fromhex(message["transcript"][2:])
        + keccak(b"".join(_word(int(player, 16)) for player in message["players"]))
        + keccak(b"".join(_word(int(wei)) for wei in message["payout"]))
        + _word(int(message["nonce"]))
    )
    return keccak(b"\x19\x01" + separator + struct)


RESULT_TYPE = "(bytes32,bytes32,address[],uint256[],uint256)"
"""The ABI type of the contract's `GameResult`."""


def words(message: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the contract's `GameResult` of a message, in the order of its fields."""
    hashes = (bytes.fromhex(message["table"][2:]), bytes.fromhex(message["transcript"][2:]))
    return (*hashes, list(message["players"]), [int(wei) for wei in message["payout"]], int(message["nonce"]))


def _encoded_type(name: str, fields: Sequence[tuple[str, str]]) -> bytes:
    return f"{name}({','.join(f'{kind} {field}' for field, kind in fields)})".encode()


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
