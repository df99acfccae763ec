"""Settings of the chains: which are followed, and how much of them enters rooms."""

from __future__ import annotations

from typing import Any, Literal

from pydantic_settings import BaseSettings

from parlour.settings.fields import Listed, at_least, setting


class ChainSettings(BaseSettings):
    """The followed chains, who may watch them, and how many watches and events a room takes."""

    chains: list[dict[str, Any]] = setting(
        [], 'JSON list of `{chainId, urls, …}`; docs/chain.md lists all keys. `kind: "solana"` is experimental.'
    )
    watch: Literal["owners", "operators"] = setting("owners", "Who may watch the chain from a room.")
    markets: Literal["owners", "operators"] = setting(
        "owners", "Who may make markets: whoever may create rooms, or operators alone."
    )
    gates: Literal["on", "operators", "off"] = setting(
        "on", "Who may give a room a gate; with `off` nobody passes one either."
    )
    gate_recheck_seconds: float = setting(
        30,
        "How often members are checked again whose right may end without a log: by coins, contract calls, ERC-20s.",
        unit="seconds",
        why="They join the one call of the next block; tokens that rebase tell nobody.",
    )
    gate_grace: int = setting(
        300_000,
        "How long a chain may lag before nobody new passes a gate that asks it, where the gate has no `grace`.",
        unit="milliseconds",
        why="A right that was sold meanwhile must not be given; who is in stays.",
    )
    gate_joins_per_second: float = setting(
        10,
        "How often the joins of one room reach the chain; who comes in between shares the next call.",
        unit="a second",
        why="A crowd at one gate must not use up what the provider allows to all rooms.",
    )
    chain_room_blocks: int = setting(
        1000,
        "Blocks that the room of a chain (`chain:<chain>`) keeps; 0: there are no such rooms.",
        unit="blocks",
        why="Three hours of Ethereum; older ones are look-ups away.",
        bounds=at_least(0),
    )
    wallet_any: Literal["on", "off"] = setting(
        "off",
        "Whether a wallet's room without a list of tokens is told of transfers of every contract.",
        why="Spam sends worthless tokens to everybody, and reading every transfer of a chain costs.",
    )
    tracked_per_room: int = setting(
        64,
        "Transactions that one room tracks at a time.",
        unit="transactions",
        told=True,
        why="A trading desk's; each that is in no block is asked about every few seconds.",
    )
    tracks_per_minute: int = setting(
        10,
        "Transactions that one account begins to track.",
        unit="a minute",
        told=True,
        why="People sign slower than that.",
    )
    track_poll_seconds: float = setting(
        15,
        "How often endpoints are asked about tracked transactions that are in no block.",
        unit="seconds",
        why="One batch for all of them; what enters a block is seen with the block.",
    )
    referee_key: str | None = setting(
        None,
        "Private key that signs results of settled games: hex, a file with it, or `command:` and what prints it.",
        why="Without one games say `unsettled`, and players sign together or draw their stakes after the deadline.",
    )
    settle_key: str | None = setting(
        None,
        "Private key of the account that brings results to their escrows and pays the gas; as `PARLOUR_REFEREE_KEY`.",
        why="Without one the players send the claims; the account needs ether for gas, and holds no stakes.",
    )
    settle_escrows: Listed = setting(
        (),
        "Escrow contracts that this account pays gas for, comma-separated; needed where there is such an account.",
        why="Whoever may create rooms may name any contract, one of their own that wastes gas too.",
    )
    settle_gas: int = setting(
        1_000_000, "Gas that one such transaction may take.", unit="gas", why="A result of 100 players needs less."
    )
    settle_patience_blocks: int = setting(
        6,
        "Blocks after which such a transaction that is in none is sent again, for a quarter more.",
        unit="blocks",
        why="A minute of Ethereum: prices moved, and waiting longer would not help.",
    )
    watches_per_room: int = setting(
        16, "Watches of one room.", unit="watches", told=True, why="Each is matched against every log of its chain."
    )
    events_per_second: int = setting(
        50,
        "Events of watches one room takes, where the chain's own `eventsPerSecond` says nothing; more wait their turn.",
        unit="a second",
        told=True,
        why="People cannot read more.",
    )
