"""The routes of a wallet's watches: transfers from or to one account, as `wallet.transfer`, and its settled orders."""

from __future__ import annotations

from typing import Any, ClassVar

from parlour.core.chain.abi import checksum
from parlour.core.chain.logs import Log
from parlour.core.chain.routes import Route
from parlour.core.chain.watches import WatchRecord
from parlour.core.room import RoomId
from parlour.core.wallets.options import TOPICS

_TRANSFER, _SINGLE, _BATCH = TOPICS
MOST_IDS = 256
"""Ids of one ERC-1155 batch that an entry names."""


class WalletRoute(Route):
    """A watch of a wallet's room. A transfer that a reorganisation moves is reverted and told anew."""

    type = "wallet.transfer"
    pinned = True

    def __init__(self, room: RoomId, record: WatchRecord) -> None:
        super().__init__(room, record)
        self._me = "0x" + record["for"]["account"][2:].lower().rjust(64, "0")
        self._least = int(record["for"]["min"])

    def wants(self, log: Log) -> bool:
        """Return whether the log is a transfer from or to the account, and large enough."""
        if (
            not log.topics
            or log.topics[0] not in self.topics0
            or (self.addresses and log.address not in self.addresses)
        ):
            return False
        ends = _ends(log)
        if ends is None or self._me not in ends:
            return False
        return self._least == 0 or log.topics[0] != _TRANSFER or len(log.topics) != 3 or _word(log, 0) >= self._least

    def body(self, log: Log, status: str) -> dict[str, Any]:
        """Return the body of `wallet.transfer`."""
        ends = _ends(log)
        assert ends is not None, "it is a transfer"
        source, to = ends
        direction = "self" if source == to else "in" if to == self._me else "out"
        return {
            "watch": self.id,
            "chain": self.chain,
            "token": checksum(log.address),
            **_amounts(log),
            "from": checksum("0x" + source[-40:]),
            "to": checksum("0x" + to[-40:]),
            "direction": direction,
            "block": {"number": log.number, "hash": log.block, "time": log.time},
            "tx": log.tx,
            "logIndex": log.index,
            "status": status,
        }


class FillRoute(Route):
    """A watch of the account's settled orders. One that a reorganisation moves is reverted and told anew."""

    kind: ClassVar[str] = "fill"
    pinned = True


def _ends(log: Log) -> tuple[str, str] | None:
    """Return the topics of sender and receiver; None for what is no transfer that any standard knows."""
    topic, count = log.topics[0], len(log.topics)
    if topic == _TRANSFER and ((count == 3 and len(log.data) >= 66) or count == 4):
        return log.topics[1], log.topics[2]
    if topic in (_SINGLE, _BATCH) and count == 4 and len(log.data) >= 130:
        return log.topics[2], log.topics[3]
    return None


def _amounts(log: Log) -> dict[str, Any]:
    """Return `{standard, value | id | ids, values}`, numbers as decimal strings."""
    if log.topics[0] == _TRANSFER:
        if len(log.topics) == 4:
            return {"standard": "erc721", "id": str(int(log.topics[3], 16)), "value": "1"}
        return {"standard": "erc20", "value": str(_word(log, 0))}
    if log.topics[0] == _SINGLE:
        return {"standard": "erc1155", "id": str(_word(log, 0)), "value": str(_word(log, 1))}
    ids, values = _list(log, _word(log, 0)), _list(log, _word(log, 1))
    return {"standard": "erc1155", "ids": ids, "values": values}


def _word(log: Log, at: int) -> int:
    raw = log.data[2 + 64 * at : 66 + 64 * at]
    return int(raw, 16) if len(raw) == 64 else 0


def _list(log: Log, offset: int) -> list[str]:
    """Return the numbers of a dynamic array at a byte offset; what is cut off or endless is shortened."""
    start = offset // 32
    count = min(_word(log, start), MOST_IDS)
    return [str(_word(log, start + 1 + n)) for n in range(count) if 2 + 64 * (start + 2 + n) <= len(log.data)]
