"""On-chain watches of a room: checks a request, and decides what the chain's news means for the room.

The chain outbox submits `ChainUpdate(drafts)` to a room. Each draft's `source` is unique in the room (room_news.py says
how it is made); the room's host leaves out drafts whose source is stored already. `chain.moved` and `chain.reverted`
name the events they correct by source (`body.of`). Before `handle`, the host

1. maps each source in `of` to its seq with `Store.sourced`, and leaves out those the room never stored;
2. for `chain.reverted`, folds the log again without the reverted events, and puts later entries that no longer hold
   into `void: [{seq, reason}]`.

So `handle` sees seqs only, and leaves out a correction whose `of` came out empty. A step's corrections travel in an
update of their own, before its events.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from typing import Any

from eth_utils.address import is_address

from parlour.core.chain.abi import checksum, read_abi
from parlour.core.chain.topics import where_topics
from parlour.core.chain.transactions import TRACK, TRANSACTION, Tracks
from parlour.core.identity.accounts import has_wrong_checksum
from parlour.core.room import ChainUpdate, Command, Draft, Entry, Outcome, RoomId, Unwatch, Watch
from parlour.errors import Forbidden, Invalid, NotFound, TooLarge

MAX_ADDRESSES = 32
"""Contracts of one watch; several watches together stay below what providers take in one filter."""
MAX_CONFIRMATIONS = 1024
"""The deepest `finality` or `confirm` number: beyond it, `finalized` is what is meant."""
_MAX_REQUEST = 64 * 1024
"""Bytes of a request: room for a whole contract's ABI."""
_MAX_TOPICS = 4
"""Topics of a log, by the EVM."""
_MAX_CHOICES = 64
"""Accepted values of one topic, as many as `where` takes of a parameter."""
_TOPIC = re.compile(r"0x[0-9a-fA-F]{64}")
_MAX_LEVELS = 8
"""Levels that one watch announces by `chain.confirmed`."""

_EVENT_FIELDS = frozenset(
    ("chain", "address", "event", "topics", "where", "finality", "confirm", "fromBlock", "blocks", "balance")
)
WatchRecord = dict[str, Any]
"""`{id, chain, address?, event | topics, where?, finality, confirm, from: {number, hash}}`, as rooms keep it; `blocks`
or `balance` stand in place of `event` where it is about those."""


def normalise(request: Any, *, operator: bool = False) -> WatchRecord:
    """Check what `room:watch` asks for and return it in one form, still without `id` and `from`.

    Args:
        request: `{chain, address, event | topics, where?, finality?, confirm?, fromBlock?}` (protocol §3).
        operator: operators may leave the address out.

    Returns:
        `{chain, address?, event | topics, where?, finality, confirm, fromBlock?}`: `address` EIP-55 (one, or a list of
        several), `event` one human-readable signature or a list of them, `topics` without trailing nulls.

    Raises:
        Invalid, Forbidden, TooLarge: with `details.path` naming the field.
    """
    if not isinstance(request, dict):
        raise _invalid("watch is an object", "watch")
    for word in ("blocks", "balance"):
        if request.get(word) is not None:
            return _normalise_listening(request, word)
    check_fields(request, _EVENT_FIELDS)
    if len(json.dumps(request, default=str)) > _MAX_REQUEST:
        raise TooLarge("A watch is at most 64 kB.", details={"path": "watch"})
    record: WatchRecord = {"chain": _chain(request.get("chain"))}
    addresses = _addresses(request.get("address"))
    if addresses:
        record["address"] = addresses[0] if len(addresses) == 1 else addresses
    elif not operator:
        raise Forbidden("Only operators may watch without a contract address.", reason="role")
    if request.get("topics") is None:
        record |= _wanted_events(request)
    else:
        record["topics"] = _wanted_topics(request, anywhere=not addresses)
    record |= read_levels(request)
    if (start := request.get("fromBlock")) is not None:
        if not isinstance(start, int) or isinstance(start, bool) or start < 0:
            raise _invalid("fromBlock is a block number", "watch.fromBlock")
        record["fromBlock"] = start
    return record


def _wanted_events(request: dict[str, Any]) -> dict[str, Any]:
    events = read_abi(request.get("event"))
    where = {} if request.get("where") is None else request["where"]
    if not isinstance(where, dict):
        raise _invalid("where is an object of indexed parameters", "watch.where")
    where_topics(events, where)
    return {
        "event": events[0].text if len(events) == 1 else [e.text for e in events],
        **({"where": where} if where else {}),
    }


def _wanted_topics(request: dict[str, Any], *, anywhere: bool) -> list[list[str] | None]:
    """Check `topics: [[…] | null ×4]`: what each topic of a log may be, null for anything; anonymous events too."""
    if request.get("event") is not None or request.get("where") is not None:
        raise _invalid("topics stand in place of event and where", "watch.topics")
    given = request["topics"]
    if not isinstance(given, list) or len(given) > _MAX_TOPICS:
        raise _invalid(f"topics is a list of at most {_MAX_TOPICS}, each null or a list of topics", "watch.topics")
    topics = [_topic_choices(at, choices) for at, choices in enumerate(given)]
    while topics and topics[-1] is None:
        topics.pop()
    if anywhere and not (topics and topics[0]):
        raise _invalid("a watch names a contract or the first topic: not everything on a chain", "watch.topics")
    return topics


def _topic_choices(at: int, given: Any) -> list[str] | None:
    if given is None:
        return None
    choices = given if isinstance(given, list) else [given]
    if not 1 <= len(choices) <= _MAX_CHOICES:
        raise _invalid(f"a topic is null or one of 1 to {_MAX_CHOICES}", f"watch.topics[{at}]")
    if not all(isinstance(c, str) and _TOPIC.fullmatch(c) for c in choices):
        raise _invalid("a topic is 0x and 64 hex digits", f"watch.topics[{at}]")
    return list(dict.fromkeys(c.lower() for c in choices))


def watch_id(room: RoomId, key: str) -> str:
    """Return the id of the watch that a request with this `id` makes in a room."""
    return "w" + hashlib.sha256(f"{room}|{key}".encode()).hexdigest()[:12]


def _normalise_listening(request: dict[str, Any], word: str) -> WatchRecord:
    """Check `{chain, blocks: true | balance: {account, token?}, finality?, confirm?}`; raises as `normalise`."""
    check_fields(request, {"chain", "finality", "confirm", word})
    record: WatchRecord = {"chain": _chain(request.get("chain"))}
    record[word] = _blocks(request[word]) if word == "blocks" else _balance(request[word])
    record |= read_levels(request)
    return record


def check_fields(request: dict[str, Any], known: Collection[str]) -> None:
    """Raise Invalid where a request has a field that such a watch does not know."""
    if unknown := sorted(str(k)[:40] for k in request.keys() - set(known)):
        raise _invalid(f"such a watch has no field {unknown[0]!r}", f"watch.{unknown[0]}")


def _blocks(given: Any) -> bool:
    if given is not True:
        raise _invalid("blocks is true", "watch.blocks")
    return True


def _balance(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not given.keys() <= {"account", "token"} or "account" not in given:
        raise _invalid("balance is {account, token?}", "watch.balance")
    asked = {"account": _address(given["account"], "watch.balance.account")}
    if given.get("token") is not None:
        asked["token"] = _address(given["token"], "watch.balance.token")
    return asked


def _invalid(message: str, path: str) -> Invalid:
    return Invalid(message[:1].upper() + message[1:] + ".", details={"path": path})


def _chain(chain: Any) -> int:
    if not isinstance(chain, int) or isinstance(chain, bool) or chain < 1:
        raise _invalid("chain is a chain id, such as 1", "watch.chain")
    return chain


def _addresses(given: Any) -> list[str]:
    if given is None:
        return []
    several = given if isinstance(given, list) else [given]
    if not 1 <= len(several) <= MAX_ADDRESSES:
        raise _invalid(f"a watch takes 1 to {MAX_ADDRESSES} addresses", "watch.address")
    return list(dict.fromkeys(_address(a) for a in several))


def _address(address: Any, path: str = "watch.address") -> str:
    if not isinstance(address, str) or not address.startswith("0x") or not is_address(address):
        raise _invalid(f"{str(address)[:60]!r} is not an address (0x and 40 hex digits)", path)
    if has_wrong_checksum(address):
        raise _invalid(f"{address} has a wrong EIP-55 checksum", path)
    return checksum(address)


def read_levels(request: dict[str, Any]) -> WatchRecord:
    """Return `{finality, confirm}` of a request; raises Invalid."""
    finality = _level(request.get("finality", "included"), "watch.finality")
    return {"finality": finality, "confirm": _confirm(request.get("confirm"), finality)}


def _level(given: Any, path: str) -> str | int:
    """Check a level: `included`, `safe`, `finalized` or a number of confirmations from 1 on."""
    if given in ("included", "safe", "finalized") and isinstance(given, str):
        return given
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MAX_CONFIRMATIONS:
        return given
    raise _invalid(
        f"{path.rpartition('.')[2]} is included, safe, finalized or a number from 1 to {MAX_CONFIRMATIONS}", path
    )


def _confirm(given: Any, finality: str | int) -> list[str | int]:
    if given is None:
        return [] if finality == "finalized" else ["finalized"]
    if not isinstance(given, list) or len(given) > _MAX_LEVELS:
        raise _invalid(f"confirm is a list of at most {_MAX_LEVELS} levels", "watch.confirm")
    return list(dict.fromkeys(_level(g, "watch.confirm") for g in given if g != "included"))


def check_start(first: int, head: int, most_back: int) -> None:
    """Check the block a watch starts from (`fromBlock`) against the chain's head.

    Args:
        most_back: blocks below the head that it may lie.

    Raises:
        Invalid: `first` lies in the future or too far back.
    """
    if first > head + 1:
        raise Invalid(f"fromBlock {first} is in the future: the chain is at {head}.", reason="from_block")
    if head - first > most_back:
        raise Invalid(
            f"fromBlock may lie {most_back} blocks back at most; the chain is at {head}.", reason="from_block"
        )


class Watches:
    """The watches a room holds, and how far each chain has confirmed the room's events.

    Attributes:
        records: by watch id.
        confirmed: chain id → level → `{number, hash}`, from `chain.confirmed`.
        tracks: the transactions it tracks.
    """

    def __init__(self) -> None:
        self.records: dict[str, WatchRecord] = {}
        self.confirmed: dict[str, dict[str, dict[str, Any]]] = {}
        self.tracks = Tracks()

    def get(self, watch: str) -> WatchRecord | None:
        """Return the record of a watch, or None."""
        return self.records.get(watch)

    def on_chain(self, chain: int) -> list[WatchRecord]:
        """Return the records of the watches on this chain."""
        return [r for r in self.records.values() if r["chain"] == chain]

    def handle(self, command: Command) -> Outcome:
        """Decide on Watch, Unwatch or ChainUpdate; the caller has checked the right to ask.

        Raises:
            Invalid: too many watches.
            NotFound: no such watch, or a whole update for watches that the room does not have.
        """
        if isinstance(command, Watch):
            return self._watch(command)
        if isinstance(command, Unwatch):
            return self._unwatch(command)
        if isinstance(command, ChainUpdate):
            return self._chain_update(command.drafts)
        raise TypeError(f"Watches do not handle {type(command).__name__}.")

    def _watch(self, command: Watch) -> Outcome:
        record = command.watch
        if record["id"] in self.records:
            return Outcome(reply={"watch": self.records[record["id"]]})
        if len(self.records) >= command.most:
            raise Invalid(f"A room holds at most {command.most} watches.", reason="watches")
        body = {"watch": record, "by": command.author}
        return Outcome([Draft("room.watched", body)], reply={"watch": record})

    def _unwatch(self, command: Unwatch) -> Outcome:
        if command.watch not in self.records:
            raise NotFound("This room has no such watch.")
        return Outcome([Draft("room.unwatched", {"watch": command.watch, "by": command.author})])

    def _chain_update(self, drafts: Iterable[Draft]) -> Outcome:
        kept, unknown, said = list[Draft](), set(), dict[int, dict[str, Any]]()
        for draft in drafts:
            assert isinstance(draft.body, dict)
            watch = draft.body.get("watch")
            if draft.type == TRANSACTION:
                kept += self.tracks.accepted(draft, said)
            elif watch is not None and watch not in self.records:
                unknown.add(watch)
            elif draft.type == "chain.confirmed" and not self.on_chain(draft.body["chain"]):
                continue
            elif "of" not in draft.body or draft.body["of"]:
                kept.append(draft)
        if unknown and not kept:
            raise NotFound("This room has no such watch.", reason="watch", details={"watches": sorted(unknown)})
        return Outcome(kept)

    def apply(self, entry: Entry) -> None:
        """Fold `room.watched`, `room.unwatched`, `chain.confirmed` and tracked transactions into the state."""
        body = entry.body
        assert isinstance(body, dict)
        if entry.type in (TRACK, TRANSACTION):
            self.tracks.apply(entry)
        elif entry.type == "room.watched":
            self.records[body["watch"]["id"]] = body["watch"]
        elif entry.type == "room.unwatched":
            self.records.pop(body["watch"], None)
        elif entry.type == "chain.confirmed":
            name = str(body["confirmations"]) if "confirmations" in body else body["status"]
            self.confirmed.setdefault(str(body["chain"]), {})[name] = body["upTo"]

    def snapshot(self) -> dict[str, Any]:
        """Return the state as JSON, for `restore`."""
        return {
            "records": dict(self.records),
            "confirmed": {chain: dict(levels) for chain, levels in self.confirmed.items()},
            **({"tracks": self.tracks.snapshot()} if self.tracks.open else {}),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Replace the state by a snapshot's."""
        self.records = dict(state["records"])
        self.confirmed = {chain: dict(levels) for chain, levels in state["confirmed"].items()}
        self.tracks.restore(state.get("tracks", []))
