"""Solana clusters as chains: slots as blocks, and what PubSub tells of an address as logs. Experimental.

A follower knows blocks that each have the number after their parent's. A slot is such a block; a slot that its branch
skipped is an empty one. PubSub tells no block hashes, so that a block is named by its slot: `slot_name`, `skip_name`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from base58 import b58decode, b58encode

from parlour.core.chain.logs import Log
from parlour.core.chain.routes import Route
from parlour.core.chain.watches import MAX_ADDRESSES, WatchRecord, check_fields, normalise, read_levels
from parlour.core.room import RoomId
from parlour.errors import Invalid

KIND = "solana"
"""The kind of such a chain in `PARLOUR_CHAINS`, and of the subscriptions of its watches."""
FEEDS: Mapping[str, str] = {"logs": "0x" + f"{1:040x}", "account": "0x" + f"{2:040x}"}
"""What a watch may name as its event → the contract that a follower takes for the one that emits it."""
SUBSCRIBE = "solana_subscribe"
"""What the adapter is asked before a watch begins: a feed, and addresses."""
MISSED = "0x" + f"{3:040x}"
"""The contract of a log that says: slots passed while nobody was subscribed."""
KEY_BYTES = 32
_SLOT, _SKIP = b"slot".ljust(24, b"\0").hex(), b"skip".ljust(16, b"\0").hex()


def slot_name(slot: int) -> str:
    """Return what stands for the hash of a slot's block."""
    return f"0x{_SLOT}{slot:016x}"


def skip_name(before: int, slot: int) -> str:
    """Return what stands for the hash of a slot that was skipped after the block of the slot `before`."""
    return f"0x{_SKIP}{before:016x}{slot:016x}"


def named(block: str) -> tuple[int, int | None] | None:
    """Return the slot that a name stands for, and, of a skipped one, the slot before; None for no such name."""
    if block.startswith("0x" + _SLOT):
        return int(block[-16:], 16), None
    if block.startswith("0x" + _SKIP):
        return int(block[-16:], 16), int(block[-32:-16], 16)
    return None


def topic_of(address: str) -> str:
    """Return an address (base58) as the topic of a log; raises ValueError where it is none."""
    key: bytes = b58decode(address)
    if len(key) != KEY_BYTES:
        raise ValueError("not 32 bytes")
    return "0x" + key.hex()


def address_of(topic: str) -> str:
    """Return the address that a topic stands for, in base58."""
    text: bytes = b58encode(bytes.fromhex(topic[2:]))
    return text.decode()


def read_watch(request: dict[str, Any]) -> WatchRecord:
    """Check `{chain, address, event: "logs" | "account", finality?, confirm?}`; blocks may be asked for too.

    Raises:
        Invalid: with `details.path` naming the field.
    """
    if request.get("blocks") is not None:
        return normalise(request)
    check_fields(request, {"chain", "address", "event", "finality", "confirm"})
    if request.get("event") not in tuple(FEEDS):
        raise _invalid("On a Solana cluster event is logs or account.", "event")
    given = request.get("address")
    several = given if isinstance(given, list) else [given]
    if not 1 <= len(several) <= MAX_ADDRESSES or not all(_is_address(one) for one in several):
        raise _invalid(f"A watch of a Solana cluster names 1 to {MAX_ADDRESSES} addresses in base58.", "address")
    address = several[0] if len(several) == 1 else list(dict.fromkeys(several))
    return {"chain": request["chain"], "address": address, "event": request["event"], **read_levels(request)}


def _is_address(given: Any) -> bool:
    try:
        return isinstance(given, str) and len(given) <= 44 and bool(topic_of(given))
    except ValueError:
        return False


def _invalid(message: str, key: str) -> Invalid:
    return Invalid(message, details={"path": f"watch.{key}"})


def addresses_in(record: WatchRecord) -> list[str]:
    """Return the addresses that a watch names."""
    given = record["address"]
    return given if isinstance(given, list) else [given]


class SolanaRoute(Route):
    """A watch of what PubSub tells of addresses: their transactions' logs, or their accounts."""

    def __init__(self, room: RoomId, record: WatchRecord) -> None:
        topics = [topic_of(address) for address in addresses_in(record)]
        as_logs = {"address": [FEEDS[record["event"]], MISSED], "event": [], "topics": [topics]}
        super().__init__(room, {**record, **as_logs})
        self._event = record["event"]

    def type_of(self, log: Log) -> str:
        """Return `chain.gap` for slots that passed unheard, else `chain.event`."""
        return "chain.gap" if log.address == MISSED else self.type

    def body(self, log: Log, status: str) -> dict[str, Any]:
        """Return the body of the entry: `args` are what PubSub told, whole numbers as decimal strings."""
        told = json.loads(bytes.fromhex(log.data[2:]))
        here = {"number": log.number, "hash": log.block}
        if log.address == MISSED:
            ends = {key: {"number": told[key], "hash": slot_name(told[key]), "logIndex": 0} for key in ("from", "to")}
            missed = told["to"] - told["from"] + 1
            return {"watch": self.id, "chain": self.chain, **ends, "dropped": missed, "reason": "unheard"}
        return {
            "watch": self.id,
            "chain": self.chain,
            "address": address_of(log.topics[0]),
            "event": self._event,
            "args": told["args"],
            "block": {**here, "time": log.time},
            "tx": told["tx"],
            "logIndex": log.index,
            "status": status,
        }
