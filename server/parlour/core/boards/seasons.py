"""Seasons of a board that ended: their first rows, and the root that is signed for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_hash.auto import keccak

from parlour.core.boards.declared import Season
from parlour.core.boards.merkle import root_of
from parlour.core.boards.standings import Standings
from parlour.core.settlement.result import Signer

KEPT_SEASONS = 12
"""Seasons whose first rows the state holds; the log holds them all."""
SIGNED_ROWS = 1000
"""Rows below the root, the first of a season: prizes go to those, and each costs three hashes."""
PRIMARY_TYPE = "BoardSeason"
_FIELDS = (("board", "string"), ("season", "string"), ("ends", "uint256"), ("root", "bytes32"))
_DOMAIN = (("name", "string"), ("version", "string"))
NAME, VERSION = "ParlourBoard", "1"


@dataclass(frozen=True, slots=True)
class EndedSeason:
    """A season that is over.

    Attributes:
        players: how many had a row.
        root: of the Merkle tree of its first rows, 32 bytes.
        rows: the first of them, as they stood.
        signed: whether a `board.season` says so.
    """

    season: Season
    players: int
    root: bytes
    rows: Sequence[Mapping[str, Any]]
    signed: bool = False

    @staticmethod
    def of(season: Season, standings: Standings, shown: int) -> EndedSeason:
        """Return a season with the rows that it ends with."""
        rows = standings.rows(1, SIGNED_ROWS)
        return EndedSeason(season, len(standings), root_of(rows), rows[:shown])

    def announced(self, board: str) -> dict[str, Any]:
        """Return the body of its `board.season`, which the server signs when it stores it."""
        name, starts, ends = self.season
        body = {"season": name, "starts": starts, "ends": ends, "players": self.players, "root": "0x" + self.root.hex()}
        message = {"board": board, "season": name, "ends": str(ends), "root": "0x" + self.root.hex()}
        types = {
            "EIP712Domain": [{"name": field, "type": kind} for field, kind in _DOMAIN],
            PRIMARY_TYPE: [{"name": field, "type": kind} for field, kind in _FIELDS],
        }
        domain = {"name": NAME, "version": VERSION}
        typed = {"types": types, "primaryType": PRIMARY_TYPE, "domain": domain, "message": message}
        return {**body, "typedData": typed}

    def dump(self) -> list[Any]:
        """Return it as JSON."""
        return [list(self.season), self.players, self.root.hex(), list(self.rows), self.signed]

    @staticmethod
    def load(plain: Sequence[Any]) -> EndedSeason:
        """Return the season that `dump` wrote."""
        season, players, root, rows, signed = plain
        return EndedSeason(Season(*season), players, bytes.fromhex(root), rows, signed)


def signed_season(body: Mapping[str, Any], signer: Signer | None) -> dict[str, Any]:
    """Return `{by, sig}` of a `board.season` by the referee's key, or `{unsigned}`, which says why there is none."""
    if signer is None:
        return {"unsigned": "no_referee_key"}
    return {"by": signer.address, "sig": "0x" + signer.sign(digest(body["typedData"])).hex()}


def digest(typed: Mapping[str, Any]) -> bytes:
    """Return the 32 bytes that are signed: EIP-712 of a season's `typedData`."""
    domain, message = typed["domain"], typed["message"]
    separator = keccak(_type("EIP712Domain", _DOMAIN) + _text(domain["name"]) + _text(domain["version"]))
    ends, root = int(message["ends"]).to_bytes(32, "big"), bytes.fromhex(message["root"][2:])
    struct = keccak(_type(PRIMARY_TYPE, _FIELDS) + _text(message["board"]) + _text(message["season"]) + ends + root)
    return keccak(b"\x19\x01" + separator + struct)


def _type(name: str, fields: Sequence[tuple[str, str]]) -> bytes:
    return keccak(f"{name}({','.join(f'{kind} {field}' for field, kind in fields)})".encode())


def _text(value: str) -> bytes:
    return keccak(value.encode())
